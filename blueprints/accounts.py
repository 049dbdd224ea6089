"""Signing in, one's own account, and the accounts of a tenant."""

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.accounts import actions, making, queries, sessions
from shared.domains.accounts.actions import Assignable, Creator, Editable, Myself, Resettable
from shared.domains.accounts.model import (
    USERS,
    AccountBanned,
    AccountDisabled,
    EmailTaken,
    GuessablePassword,
    InvalidToken,
    InvitationAccepted,
    InvitedProfile,
    LastAdministrator,
    NewUser,
    PasswordChange,
    Profile,
    ProfilePatch,
    RefreshToken,
    ResetLink,
    RolesAssignment,
    Session,
    SignIn,
    TooManyFailures,
    UserNotFound,
    UserPatch,
    WrongCredentials,
)
from shared.platform.http import PUBLIC, Api, Created, Listed, Selection
from shared.platform.opened import Platform
from shared.platform.shapes import IfMatch, NewId
from shared.platform.store import Origin, Store

api = Api(surface, "Accounts")
SIGN_IN = (WrongCredentials, AccountDisabled, AccountBanned, TooManyFailures)


@api.post("api/v1/auth/login", allow=PUBLIC, unlimited=True, raises=SIGN_IN)
@api.post("api/auth/login", allow=PUBLIC, unlimited=True, raises=SIGN_IN)
@api.post("auth/token", allow=PUBLIC, unlimited=True, raises=SIGN_IN)
async def sign_in(body: SignIn, platform: Platform, origin: Origin) -> Session:
    """Exchange e-mail and password for an access token and a refresh token."""
    await making.ensure_first_administrator(platform)
    return await sessions.sign_in(platform, origin, body.email, body.password)


@api.post("api/v1/auth/refresh", allow=PUBLIC, unlimited=True, raises=(InvalidToken, AccountDisabled, AccountBanned))
@api.post("auth/refresh", allow=PUBLIC, unlimited=True, raises=(InvalidToken, AccountDisabled, AccountBanned))
async def refresh(body: RefreshToken, platform: Platform, origin: Origin) -> Session:
    """Exchange a refresh token for its successor and a new access token.

    The previous token still gets the same successor for 30 seconds; using an older one again signs the session out.
    """
    return await sessions.refresh(platform, origin, body.refresh_token)


@api.post("auth/logout", allow=PUBLIC, unlimited=True)
async def sign_out(body: RefreshToken, platform: Platform, origin: Origin) -> None:
    """Revoke a refresh token and all that descend from the same sign-in."""
    await sessions.sign_out(platform, origin, body.refresh_token)


@api.post(
    "auth/reset",
    allow=PUBLIC,
    unlimited=True,
    raises=(InvalidToken, AccountDisabled, AccountBanned, GuessablePassword),
)
@api.post(
    "auth/invitation",
    allow=PUBLIC,
    unlimited=True,
    raises=(InvalidToken, AccountDisabled, AccountBanned, GuessablePassword),
)
async def accept_invitation(body: InvitationAccepted, platform: Platform, origin: Origin) -> Session:
    """Set the first password of an account by its invitation, or a new one by a reset link, and sign in.

    Everything that was signed in before is ended.
    """
    return await sessions.accept_invitation(platform, origin, body.token, body.password)


@api.get("v1/me", allow=Permission.VIEW_OWN_PROFILE, queries=0)
async def view_me(actor: Actor, store: Store) -> Profile:
    """Your own account."""
    return Profile.of(await queries.get_user(store, actor.id))


@api.patch("v1/me", allow=Permission.EDIT_OWN_PROFILE)
async def edit_me(body: ProfilePatch, actor: Actor, store: Store, if_match: IfMatch) -> Profile:
    """Change your name or your preferences."""
    me: Myself = await queries.load(store, actor, actor.id, Permission.EDIT_OWN_PROFILE)
    return Profile.of(await actions.edit_profile(store, me, body, if_match))


@api.post(
    "v1/me/password",
    allow=Permission.EDIT_OWN_PROFILE,
    raises=(WrongCredentials, TooManyFailures, GuessablePassword),
)
async def change_my_password(body: PasswordChange, actor: Actor, store: Store, platform: Platform) -> None:
    """Change your password; every session of yours is signed out."""
    me: Myself = await queries.load(store, actor, actor.id, Permission.EDIT_OWN_PROFILE)
    await actions.change_password(platform, store, me, body.current_password, body.new_password)


@api.post("v1/admin/users", allow=Permission.CREATE_USER, raises=(EmailTaken, GuessablePassword))
async def create_user(
    body: NewUser, platform: Platform, actor: Actor, store: Store, new_id: NewId
) -> Created[InvitedProfile]:
    """Make an account. Without a password, the answer holds an invitation, good for seven days, shown this once."""
    creator: Creator = allow(actor, None, Permission.CREATE_USER)
    user, invitation = await actions.create_user(platform, store, creator, body, new_id("usr"))
    shown = InvitedProfile.of(user).model_copy(update={"invitation_token": invitation})
    return Created(shown, f"/v1/admin/users/{user.id}")


@api.get("v1/admin/users", allow=Permission.VIEW_ALL_USERS, listing=USERS)
async def list_users(selection: Selection, actor: Actor, store: Store) -> Listed[Profile]:
    """The accounts of your tenant."""
    page = await queries.list_users(store, allow(actor, None, Permission.VIEW_ALL_USERS), selection)
    return page.map(Profile.of)


@api.get("v1/admin/users/{user_id}", allow=Permission.VIEW_ALL_USERS, raises=(UserNotFound,))
async def view_user(user_id: str, actor: Actor, store: Store) -> Profile:
    """One account of your tenant."""
    return Profile.of((await queries.load(store, actor, user_id, Permission.VIEW_ALL_USERS)).thing)


@api.patch("v1/admin/users/{user_id}", allow=Permission.DISABLE_USER, raises=(UserNotFound, LastAdministrator))
async def edit_user(user_id: str, body: UserPatch, actor: Actor, store: Store, if_match: IfMatch) -> Profile:
    """Rename, disable or enable an account, or change its tier."""
    user: Editable = await queries.load(store, actor, user_id, Permission.DISABLE_USER)
    return Profile.of(await actions.edit_user(store, user, body, if_match))


@api.post("v1/admin/users/{user_id}/reset-link", allow=Permission.CREATE_USER, raises=(UserNotFound,))
async def create_reset_link(
    user_id: str, actor: Actor, store: Store, platform: Platform, new_id: NewId
) -> Created[ResetLink]:
    """Make a link for who has lost their password: its token, shown this once, sets a new one once within 24 hours."""
    user: Resettable = await queries.load(store, actor, user_id, Permission.CREATE_USER)
    return Created(await actions.reset_link(platform, store, user, new_id("rst")), f"/v1/admin/users/{user_id}")


@api.post("v1/admin/users/{user_id}/roles", allow=Permission.ASSIGN_ROLES, raises=(UserNotFound, LastAdministrator))
@api.patch("v1/admin/users/{user_id}/roles", allow=Permission.ASSIGN_ROLES, raises=(UserNotFound, LastAdministrator))
async def assign_roles(user_id: str, body: RolesAssignment, actor: Actor, store: Store, if_match: IfMatch) -> Profile:
    """Give an account exactly these roles. Everyone has `user`; the last administrator stays one."""
    user: Assignable = await queries.load(store, actor, user_id, Permission.ASSIGN_ROLES)
    return Profile.of(await actions.assign_roles(store, user, body.roles, if_match))
