"""Who may do what: one table, and the actor who is asked about."""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from shared.errors import Forbidden

EMAIL = r"^[^@\s\x00-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\"(),:;<>\[\]\\]{1,64}@[\w-]+(\.[\w-]+)*$"
"""What an address looks like by which people are known, at most 254 characters."""
PASSWORD_LENGTHS = (8, 256)
"""Least and most characters of a password."""


class Role(StrEnum):
    """What a person is in a tenant. Roles do not inherit; rights are the union of their columns."""

    USER = "user"
    PRESENTER = "presenter"
    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    ORGANIZER = "organizer"
    ADMIN = "admin"


class Permission(StrEnum):
    """The operations of the table, by the names the API shows."""

    VIEW_EVENT = "view_event"
    LIST_EVENTS = "list_events"
    CREATE_EVENT = "create_event"
    EDIT_EVENT = "edit_event"
    DELETE_EVENT = "delete_event"
    ARCHIVE_EVENT = "archive_event"
    PUBLISH_EVENT = "publish_event"
    VIEW_PROJECT = "view_project"
    CREATE_PROJECT = "create_project"
    EDIT_OWN_PROJECT = "edit_own_project"
    EDIT_ANY_PROJECT = "edit_any_project"
    DELETE_OWN_PROJECT = "delete_own_project"
    DELETE_ANY_PROJECT = "delete_any_project"
    SUBMIT_PROJECT = "submit_project"
    PUBLISH_PROJECT = "publish_project"
    VIEW_APPROVED_ARTIFACTS = "view_approved_artifacts"
    VIEW_ALL_ARTIFACTS = "view_all_artifacts"
    ADD_ARTIFACT = "add_artifact"
    EXTRACT_KNOWLEDGE = "extract_knowledge"
    APPROVE_ARTIFACT = "approve_artifact"
    REJECT_ARTIFACT = "reject_artifact"
    REQUEST_CHANGES = "request_changes"
    SEND_MESSAGE = "send_message"
    VIEW_CHAT_HISTORY = "view_chat_history"
    DELETE_OWN_MESSAGE = "delete_own_message"
    DELETE_ANY_MESSAGE = "delete_any_message"
    MUTE_USER = "mute_user"
    BAN_USER = "ban_user"
    VIEW_OWN_PROFILE = "view_own_profile"
    EDIT_OWN_PROFILE = "edit_own_profile"
    CREATE_USER = "create_user"
    ASSIGN_ROLES = "assign_roles"
    VIEW_ALL_USERS = "view_all_users"
    DISABLE_USER = "disable_user"
    RESTORE_EVENT = "restore_event"
    REGISTER_FOR_SESSION = "register_for_session"
    RETURN_PROJECT = "return_project"
    UNPUBLISH_PROJECT = "unpublish_project"
    COMPILE_PROJECT = "compile_project"
    EDIT_DRAFT_ARTIFACT = "edit_draft_artifact"
    GIVE_FEEDBACK = "give_feedback"
    VIEW_OWN_JOBS = "view_own_jobs"
    MANAGE_ANY_JOB = "manage_any_job"
    VIEW_OTHERS_CHAT_HISTORY = "view_others_chat_history"
    EXPLORE_GRAPH = "explore_graph"
    VIEW_PEOPLE = "view_people"
    MANAGE_PEOPLE = "manage_people"
    ERASE_PERSON = "erase_person"
    CREATE_SPACE = "create_space"
    MANAGE_ANY_SPACE = "manage_any_space"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_OWN_KEYS = "manage_own_keys"
    MANAGE_TENANT_KEYS = "manage_tenant_keys"
    FOLLOW_CHANGES = "follow_changes"
    VIEW_AUDIT = "view_audit"
    MANAGE_DEAD_LETTERS = "manage_dead_letters"
    VIEW_HEALTH_DETAILS = "view_health_details"
    REBUILD_PROJECTIONS = "rebuild_projections"
    INVITE_PEOPLE = "invite_people"
    ASSIGN_REVIEWERS = "assign_reviewers"
    VIEW_REVIEWS = "view_reviews"


EVERYBODY = "*"
"""The name under which things are shared with all who are signed in."""


class Grant(StrEnum):
    """How far a role's right reaches: not at all, to what is one's own, to everything."""

    NO = "no"
    OWN = "own"
    YES = "yes"


_COLUMNS = tuple(Role)
_ROWS = """
    operation                user presenter reviewer moderator organizer admin
    view_event               yes yes yes yes yes yes
    list_events              yes yes yes yes yes yes
    create_event             no  no  no  no  yes yes
    edit_event               no  no  no  no  yes yes
    delete_event             no  no  no  no  no  yes
    archive_event            no  no  no  no  yes yes
    publish_event            no  no  no  no  yes yes
    view_project             yes yes yes yes yes yes
    create_project           no  yes no  no  yes yes
    edit_own_project         no  own no  no  no  yes
    edit_any_project         no  no  no  no  yes yes
    delete_own_project       no  own no  no  no  yes
    delete_any_project       no  no  no  no  yes yes
    submit_project           no  own no  no  yes yes
    publish_project          no  no  no  no  yes yes
    view_approved_artifacts  yes yes yes yes yes yes
    view_all_artifacts       no  yes yes no  yes yes
    add_artifact             no  own no  no  yes yes
    extract_knowledge        no  own no  no  yes yes
    approve_artifact         no  no  yes no  yes yes
    reject_artifact          no  no  yes no  yes yes
    request_changes          no  no  yes no  yes yes
    send_message             yes yes yes yes yes yes
    view_chat_history        yes yes yes yes yes yes
    delete_own_message       yes yes yes yes yes yes
    delete_any_message       no  no  no  yes yes yes
    mute_user                no  no  no  yes yes yes
    ban_user                 no  no  no  no  yes yes
    view_own_profile         yes yes yes yes yes yes
    edit_own_profile         yes yes yes yes yes yes
    create_user              no  no  no  no  no  yes
    assign_roles             no  no  no  no  no  yes
    view_all_users           no  no  no  no  yes yes
    disable_user             no  no  no  no  no  yes
    restore_event            no  no  no  no  no  yes
    register_for_session     yes yes yes yes yes yes
    return_project           no  no  no  no  yes yes
    unpublish_project        no  own no  no  yes yes
    compile_project          no  own no  no  yes yes
    edit_draft_artifact      no  own no  no  yes yes
    give_feedback            no  own yes no  yes yes
    view_own_jobs            yes yes yes yes yes yes
    manage_any_job           no  no  no  no  yes yes
    view_others_chat_history no  no  no  yes yes yes
    explore_graph            yes yes yes yes yes yes
    view_people              no  no  no  no  yes yes
    manage_people            no  no  no  no  yes yes
    erase_person             no  no  no  no  no  yes
    create_space             yes yes yes yes yes yes
    manage_any_space         no  no  no  no  no  yes
    manage_webhooks          no  no  no  no  yes yes
    manage_own_keys          yes yes yes yes yes yes
    manage_tenant_keys       no  no  no  no  no  yes
    follow_changes           yes yes yes yes yes yes
    view_audit               no  no  no  no  no  yes
    manage_dead_letters      no  no  no  no  no  yes
    view_health_details      no  no  no  no  no  yes
    rebuild_projections      no  no  no  no  no  yes
    invite_people            no  no  no  no  yes yes
    assign_reviewers         no  no  no  no  yes yes
    view_reviews             no  no  yes no  yes yes
"""


def _parse(rows: str) -> dict[Permission, dict[Role, Grant]]:
    lines = [line.split() for line in rows.strip().splitlines()[1:]]
    return {Permission(operation): dict(zip(_COLUMNS, map(Grant, grants), strict=True)) for operation, *grants in lines}


TABLE = _parse(_ROWS)


class Owned(Protocol):
    """What can be somebody's own: its creator's, and its team's."""

    @property
    def created_by(self) -> str: ...

    @property
    def team(self) -> Sequence[str]: ...


def shared_with(created_by: str, team: Sequence[str]) -> tuple[str, ...]:
    """The names of those who own a thing: see `Actor.names`."""
    return tuple(dict.fromkeys((created_by, *(member.casefold() for member in team))))


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody signed in, as their account says now (never as their token says).

    `scopes` limits a key or token below its owner's roles; None means all that the roles allow.
    """

    id: str
    tenant: str
    email: str
    roles: frozenset[Role]
    scopes: frozenset[Permission] | None = None
    name: str = ""
    address: str = field(default="", compare=False)
    tier: str = field(default="", compare=False)

    def grant(self, permission: Permission) -> Grant:
        """The widest right that any of the actor's roles gives, before asking whose the thing is."""
        if self.scopes is not None and permission not in self.scopes:
            return Grant.NO
        row = TABLE[permission]
        grants = {row[role] for role in self.roles | {Role.USER}}
        return Grant.YES if Grant.YES in grants else Grant.OWN if Grant.OWN in grants else Grant.NO

    @property
    def names(self) -> tuple[str, str, str]:
        """Under which something may be shared with the actor: everybody's name, the account's, the e-mail's."""
        return EVERYBODY, self.id, self.email.casefold()

    def owns(self, thing: Owned) -> bool:
        """Creator, or in the team; e-mail addresses compare without case."""
        return thing.created_by == self.id or self.in_team(thing)

    def in_team(self, thing: Owned) -> bool:
        mine = self.email.casefold()
        return any(member.casefold() == mine for member in thing.team)

    def may(self, permission: Permission, thing: Owned | None = None) -> bool:
        grant = self.grant(permission)
        return grant is Grant.YES or (grant is Grant.OWN and (thing is None or self.owns(thing)))

    def require(self, *permissions: Permission, of: Owned | None = None) -> None:
        """Raise Forbidden unless one of the permissions holds for the thing."""
        if not any(self.may(permission, of) for permission in permissions):
            names = " or ".join(permissions)
            raise Forbidden(f"Your roles do not include {names} here. Ask an administrator of your tenant for it.")


T = TypeVar("T")
P = TypeVar("P", bound=Permission)
T_co = TypeVar("T_co", covariant=True)
P_co = TypeVar("P_co", bound=Permission, covariant=True)
_POLICY = object()


@dataclass(frozen=True, slots=True)
class Allowed(Generic[T_co, P_co]):
    """The proof that an actor may do one of these to a thing; nobody but `allow` can make one.

    A verb takes `Allowed[Project, Literal[Permission.SUBMIT_PROJECT]]` and can be called with nothing less. Who holds
    one permission holds one of several: `P_co` is covariant.
    """

    actor: Actor
    thing: T_co
    policy: InitVar[object]

    def __post_init__(self, policy: object) -> None:
        if policy is not _POLICY:
            raise TypeError("only access.allow proves that something is allowed")


def allow(actor: Actor, thing: T, *permissions: P, of: Owned | None = None) -> Allowed[T, P]:
    """The proof that one of the permissions holds for the thing, which is `of` somebody; raises Forbidden."""
    actor.require(*permissions, of=of)
    return Allowed(actor, thing, _POLICY)
