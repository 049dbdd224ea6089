"""The verbs of accounts as they are used: on what was loaded for them, by somebody who may."""

from shared.access import Actor, Permission, Role, allow
from shared.domains.accounts import actions
from shared.domains.accounts.model import NewUser, ProfilePatch, User, UserPatch
from shared.domains.accounts.queries import get_user, load
from shared.platform.opened import Platform
from shared.platform.shapes import IfMatch
from shared.platform.store import Store

ROOT = Actor("usr_root", "default", "root@example.org", frozenset({Role.ADMIN}))


async def create_user(platform: Platform, store: Store, new: NewUser, user_id: str) -> tuple[User, str | None]:
    return await actions.create_user(platform, store, allow(ROOT, None, Permission.CREATE_USER), new, user_id)


async def edit_user(store: Store, user_id: str, patch: UserPatch, if_match: IfMatch) -> User:
    return await actions.edit_user(store, await load(store, ROOT, user_id, Permission.DISABLE_USER), patch, if_match)


async def assign_roles(store: Store, user_id: str, roles: frozenset[Role], if_match: IfMatch) -> User:
    return await actions.assign_roles(store, await load(store, ROOT, user_id, Permission.ASSIGN_ROLES), roles, if_match)


async def edit_profile(store: Store, user_id: str, patch: ProfilePatch, if_match: IfMatch) -> User:
    return await actions.edit_profile(store, await _myself(store, user_id), patch, if_match)


async def change_password(platform: Platform, store: Store, user_id: str, current: str, new: str) -> None:
    await actions.change_password(platform, store, await _myself(store, user_id), current, new)


async def _myself(store: Store, user_id: str) -> actions.Myself:
    user = await get_user(store, user_id)
    return allow(Actor(user.id, store.tenant, user.email, user.roles), user, Permission.EDIT_OWN_PROFILE)
