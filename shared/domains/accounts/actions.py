"""What is done to accounts."""

from contextlib import suppress
from datetime import timedelta
from typing import Literal

from shared.access import Allowed, Permission, Role
from shared.domains.accounts import administrators, passwords
from shared.domains.accounts.handles import Handle
from shared.domains.accounts.making import credential, make_user
from shared.domains.accounts.model import (
    Credential,
    Invitation,
    NewUser,
    ProfilePatch,
    ResetLink,
    User,
    UserPatch,
    WrongCredentials,
)
from shared.domains.accounts.queries import get_user
from shared.domains.accounts.sessions import ATTEMPTS, credential_id
from shared.domains.accounts.throttle import Throttle
from shared.errors import Forbidden
from shared.platform.opened import Platform
from shared.platform.shapes import IfMatch
from shared.platform.store import Stale, Store, Write, create_once, save
from shared.platform.store.tenants import SYSTEM

RESETTABLE = timedelta(hours=24)
"""How long a reset link holds."""
Resettable = Allowed[User, Literal[Permission.CREATE_USER]]
Creator = Allowed[None, Literal[Permission.CREATE_USER]]
Editable = Allowed[User, Literal[Permission.DISABLE_USER]]
Assignable = Allowed[User, Literal[Permission.ASSIGN_ROLES]]
Myself = Allowed[User, Literal[Permission.EDIT_OWN_PROFILE]]


async def create_user(
    platform: Platform,
    store: Store,
    _: Creator,
    new: NewUser,
    user_id: str,
) -> tuple[User, str | None]:
    """A new account of the store's tenant, and its invitation when it has no password.

    Raises EmailTaken or GuessablePassword.
    """
    return await make_user(platform, store, new, user_id)


async def edit_user(store: Store, allowed: Editable, patch: UserPatch, if_match: IfMatch) -> User:
    """Rename, disable, enable or change the tier; raises LastAdministrator."""
    user = allowed.thing
    if_match.check(user)
    edited = patch.applied_to(user)
    if edited.disabled and not user.disabled:
        edited = edited.signed_out_everywhere()
    change = "UserEdited" if edited.disabled == user.disabled else "UserDisabled" if edited.disabled else "UserEnabled"
    told = {"fields": sorted(patch.model_fields_set)}
    return await administrators.save_keeping_one(store, user, edited, change, told)


async def assign_roles(store: Store, allowed: Assignable, roles: frozenset[Role], if_match: IfMatch) -> User:
    """Give the account exactly these roles and `user`; raises LastAdministrator."""
    user = allowed.thing
    if_match.check(user)
    edited = user.with_(roles=roles | {Role.USER})
    told = {"roles": sorted(edited.roles)}
    return await administrators.save_keeping_one(store, user, edited, "RolesAssigned", told)


async def reset_link(platform: Platform, store: Store, allowed: Resettable, link_id: str) -> ResetLink:
    """A link by which the account's password can be set once within a day; raises Forbidden for keys and scopes."""
    if allowed.actor.scopes is not None:
        raise Forbidden("Sign in yourself for this: whoever holds the link is the account, which no scope limits.")
    user, expires_at = allowed.thing, store.clock.now() + RESETTABLE
    handle = Handle.made(platform.settings, store.tenant, user.id, link_id)
    link = Invitation(id=link_id, user=user.id, token_hash=handle.hash, epoch=user.epoch, expires_at=expires_at)
    made = await create_once(store, link, "ResetLinkCreated", {"userId": user.id})
    return ResetLink(token=handle.text, expires_at=made.expires_at)


async def edit_profile(store: Store, me: Myself, patch: ProfilePatch, if_match: IfMatch) -> User:
    """Change one's own name or preferences."""
    user = me.thing
    if_match.check(user)
    return await save(store, patch.applied_to(user), "ProfileEdited", {"fields": sorted(patch.model_fields_set)})


async def change_password(platform: Platform, store: Store, me: Myself, current: str, new: str) -> None:
    """Set a new password and sign every session out; raises WrongCredentials, TooManyFailures or GuessablePassword."""
    passwords.check(new, me.thing.email, me.thing.display_name, pointer="/newPassword")
    for _ in range(ATTEMPTS):
        user = await get_user(store, me.thing.id)
        await _prove(platform, store, user, current)
        write = Write(user.id).replace(user.signed_out_everywhere()).put(await credential(user.id, new, store))
        with suppress(Stale):
            await store.commit(write.change("PasswordChanged", user.subject))
            return
    raise Stale("The account is being changed; try again.")


async def _prove(platform: Platform, store: Store, user: User, password: str) -> None:
    throttle = Throttle((await platform.stores()).open(SYSTEM, store.origin), user.email, store.origin.address)
    there = await store.get(Credential, credential_id(user.id), user.id)
    async with passwords.slot():
        await throttle.check()
        if not await passwords.verified(password, there.password_hash if there else None):
            await throttle.failed()
            raise WrongCredentials
