"""Accounts: people, their credentials, their sessions, and what can be wrong with them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AliasChoices, ConfigDict, Field

from shared.access import EMAIL, PASSWORD_LENGTHS, Role
from shared.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated, Unprocessable
from shared.platform.shapes import Input, Patch, View
from shared.platform.store.listing import Each, Listing, Order
from shared.platform.store.records import Expiring, Index, Partial, Record

Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=EMAIL,
        json_schema_extra={"format": "email"},
    ),
]
Tier = Literal["free", "basic", "pro", "enterprise"]


class UserNotFound(NotFound):
    """No such account in the tenant."""

    code = "user.not_found"
    title = "There is no such account"


class EmailTaken(Conflict):
    """The tenant has an account with that e-mail."""

    code = "user.email_taken"
    title = "An account with this e-mail exists"


class LastAdministrator(Conflict):
    """A tenant keeps at least one administrator."""

    code = "user.last_administrator"
    title = "The last administrator stays one"


class WrongCredentials(Unauthenticated):
    """Unknown e-mail or wrong password: one answer for both."""

    code = "auth.wrong_credentials"
    title = "E-mail or password is wrong"


class GuessablePassword(Unprocessable):
    """The password to be set is a very common one, or holds the account's name."""

    code = "auth.guessable_password"
    title = "The password is easy to guess"


class InvalidToken(Unauthenticated):
    """The token is not one of ours, or not any more."""

    code = "auth.invalid_token"
    title = "The token is not valid"


class AccountDisabled(Unauthenticated):
    """An administrator has disabled the account."""

    code = "auth.account_disabled"
    title = "The account is disabled"


class AccountBanned(Forbidden):
    """The account is banned for a while or for good."""

    code = "auth.account_banned"
    title = "The account is banned"


class TooManyFailures(TooManyRequests):
    """Too many failed sign-ins in 15 minutes, for an account or an address."""

    code = "auth.too_many_failures"
    title = "Too many failed sign-ins"


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Preferences(Input):
    """What a person has chosen."""

    theme: Theme = Theme.SYSTEM
    notifications: bool = True


class Restriction(Input):
    """A mute or a ban: why, by whom, and until when (None: for good)."""

    reason: str = Field(max_length=500)
    by: str
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


MOST_SIGNED_OUT = 50
"""How many ended sign-ins an account keeps in mind; one more ends all of them."""


class SignedOut(Input):
    """A sign-in that was ended, and when: kept for as long as its access tokens would hold."""

    family: str
    at: datetime


class User(Record):
    """A person's account in a tenant. E-mails are kept in lower case.

    `epoch` counts what ends everything signed in before, such as a new password: tokens of another epoch are void.
    """

    kind: ClassVar[str] = "user"
    indexes: ClassVar[tuple[Index, ...]] = (Index("email"), Index("createdAt"), Index("displayName"))

    email: str
    display_name: str
    roles: frozenset[Role] = frozenset({Role.USER})
    tier: Tier = "basic"
    preferences: Preferences = Preferences()
    disabled: bool = False
    muted: Restriction | None = None
    banned: Restriction | None = None
    created_at: datetime
    last_login_at: datetime | None = None
    epoch: int = 0
    signed_out: tuple[SignedOut, ...] = ()
    identity: str = ""
    """Under which another issuer knows the person, once they came by it."""

    def signed_out_of(self, family: str, now: datetime, lifetime: timedelta) -> Self:
        """Without one sign-in, whose access tokens may hold for `lifetime`; without any when too many ended lately."""
        recent = tuple(each for each in self.signed_out if each.at > now - lifetime)
        if len(recent) >= MOST_SIGNED_OUT:
            return self.signed_out_everywhere()
        return self.with_(signed_out=(*recent, SignedOut(family=family, at=now)))

    def signed_out_everywhere(self) -> Self:
        return self.with_(epoch=self.epoch + 1, signed_out=())

    @property
    def administers(self) -> bool:
        """Whether the tenant can count on it: a ban counts until it is lifted, though it may have ended."""
        return Role.ADMIN in self.roles and not self.disabled and self.banned is None


class Caller(Partial, of=User):
    """What every signed-in request asks of the account: who it is, and whether the token still holds."""

    email: str
    display_name: str
    roles: frozenset[Role] = frozenset({Role.USER})
    tier: Tier = "basic"
    disabled: bool = False
    banned: Restriction | None = None
    epoch: int = 0
    signed_out: tuple[SignedOut, ...] = ()


class Credential(Record):
    """The password of an account, as a hash; beside the account, so that reading one never loads the other."""

    kind: ClassVar[str] = "credential"

    user: str
    password_hash: str
    changed_at: datetime

    @property
    def aggregate_id(self) -> str:
        return self.user


class Invitation(Expiring):
    """Lets its holder set the first password, or a new one in the same `epoch`; the token is kept as a hash."""

    kind: ClassVar[str] = "invitation"

    user: str
    token_hash: str
    epoch: int | None = None

    @property
    def aggregate_id(self) -> str:
        return self.user


class RefreshFamily(Expiring):
    """The refresh tokens that descend from one sign-in: the newest one's hash, its number, and when it was made."""

    kind: ClassVar[str] = "refresh_family"

    user: str
    token_hash: str
    generation: int = 0
    epoch: int = 0
    started_at: datetime
    rotated_at: datetime
    revoked: bool = False

    @property
    def aggregate_id(self) -> str:
        return self.user


class DirectoryEntry(Input):
    """Where an account is: its tenant, its id, and when the place was taken."""

    tenant: str
    user: str
    taken_at: datetime


class Directory(Record):
    """The accounts with one e-mail, at most one in a tenant; in the tenant `system`, under the e-mail's hash."""

    kind: ClassVar[str] = "account_directory"

    places: tuple[DirectoryEntry, ...] = ()


class Administrators(Record):
    """Where enabled administrators are looked for: joined after they became it, left before they cease."""

    kind: ClassVar[str] = "administrators"

    users: frozenset[str] = frozenset()


class FailedSignIns(Expiring):
    """When signing in failed lately, for an e-mail or an address; in the tenant `system`, under its hash."""

    kind: ClassVar[str] = "failed_sign_ins"

    at: tuple[datetime, ...] = ()


USERS = Listing(
    fields={
        "email": str,
        "displayName": str,
        "roles": Each(str),
        "tier": str,
        "disabled": bool,
        "createdAt": datetime,
        "lastLoginAt": datetime,
    },
    orders=(Order("-createdAt"), Order("email"), Order("displayName")),
)


class NewUser(Input):
    """An account to be made; without a password, an invitation is answered."""

    email: Email
    display_name: str = Field(min_length=1, max_length=200, examples=["Ada Reader"])
    roles: frozenset[Role] = frozenset({Role.USER})
    password: str | None = Field(default=None, min_length=PASSWORD_LENGTHS[0], max_length=PASSWORD_LENGTHS[1])
    tier: Tier | None = None


class PreferencesPatch(Patch):
    theme: Theme = Theme.SYSTEM
    notifications: bool = True


class ProfilePatch(Patch):
    """What people may change about themselves."""

    display_name: str = Field(default="", min_length=1, max_length=200, examples=["Ada Reader"])
    preferences: PreferencesPatch = PreferencesPatch()


class UserPatch(Patch):
    """What an administrator may change about an account."""

    display_name: str = Field(default="", min_length=1, max_length=200, examples=["Ada Reader"])
    tier: Tier = "basic"
    disabled: bool = False


class RolesAssignment(Input):
    """All the roles that the account is to have; everyone has `user`."""

    roles: frozenset[Role]


class Profile(View):
    """An account as the API shows it."""

    id: str
    email: str = Field(examples=["ada@example.org"])
    display_name: str = Field(examples=["Ada Reader"])
    roles: tuple[Role, ...]
    tier: Tier
    preferences: Preferences
    disabled: bool
    muted: Restriction | None
    banned: Restriction | None
    created_at: datetime
    last_login_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(**{**dict(user), "roles": sorted(user.roles)})


class InvitedProfile(Profile):
    """A new account; its invitation is shown this once."""

    invitation_token: str | None = None


class ResetLink(View):
    """Lets its holder set a new password once; the token is shown this once."""

    token: str
    expires_at: datetime


class SignIn(Input):
    """E-mail (or `username`) and password."""

    email: str = Field(max_length=254, examples=["ada@example.org"], validation_alias=AliasChoices("email", "username"))
    password: str = Field(max_length=PASSWORD_LENGTHS[1])


class RefreshToken(Input):
    model_config = ConfigDict(alias_generator=None)

    refresh_token: str = Field(max_length=2000)


class InvitationAccepted(Input):
    """The invitation and the first password."""

    token: str = Field(max_length=2000)
    password: str = Field(min_length=PASSWORD_LENGTHS[0], max_length=PASSWORD_LENGTHS[1])


class PasswordChange(Input):
    current_password: str = Field(max_length=PASSWORD_LENGTHS[1])
    new_password: str = Field(min_length=PASSWORD_LENGTHS[0], max_length=PASSWORD_LENGTHS[1])


class Session(View):
    """Tokens, in OAuth's own words; `expires_in` are the seconds that the access token lives."""

    model_config = ConfigDict(alias_generator=None)

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 -- the scheme's name
    expires_in: int
    refresh_token: str
