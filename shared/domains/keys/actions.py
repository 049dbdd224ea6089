"""What is done with keys. Nobody makes or renews a key that may do more than they may themselves."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

from shared.access import Actor, Allowed, Grant, Permission
from shared.domains.accounts.queries import get_user
from shared.domains.keys.model import (
    TENANTS,
    ApiKey,
    KeyBeyondRights,
    KeyNotFound,
    KeyTimes,
    NewKey,
    NewTenantKey,
    Secret,
    TenantKeyPatch,
)
from shared.domains.keys.text import KeyText
from shared.errors import Fault
from shared.platform.shapes import IfMatch
from shared.platform.store import Stale, Store, Write, create_once, save
from shared.settings import Settings

OwnCreator = Allowed[None, Literal[Permission.MANAGE_OWN_KEYS]]
TenantsCreator = Allowed[None, Literal[Permission.MANAGE_TENANT_KEYS]]
Manageable = Allowed[ApiKey, Literal[Permission.MANAGE_OWN_KEYS, Permission.MANAGE_TENANT_KEYS]]


async def create_own(store: Store, settings: Settings, me: OwnCreator, new: NewKey, key_id: str) -> tuple[ApiKey, str]:
    """A key of the actor's and its text; raises KeyBeyondRights or KeyTimes, UserNotFound for who is no person."""
    await get_user(store, me.actor.id)
    scopes = me.actor.scopes if new.scopes is None else new.scopes
    given = {**dict(new), "owner": me.actor.id, "scopes": None if scopes is None else tuple(sorted({*scopes}))}
    return await _create(store, settings, me.actor, key_id, given)


async def create_for_tenant(
    store: Store,
    settings: Settings,
    admin: TenantsCreator,
    new: NewTenantKey,
    key_id: str,
) -> tuple[ApiKey, str]:
    """A key of the tenant's and its text; raises KeyBeyondRights or KeyTimes."""
    given = {**dict(new), "owner": TENANTS, "scopes": tuple(sorted({*new.scopes}))}
    return await _create(store, settings, admin.actor, key_id, given)


async def edit(
    store: Store,
    allowed: Allowed[ApiKey, Literal[Permission.MANAGE_TENANT_KEYS]],
    patch: TenantKeyPatch,
    if_match: IfMatch,
) -> ApiKey:
    """Rename a key, change its scopes or its end; raises KeyBeyondRights or KeyTimes."""
    if_match.check(allowed.thing)
    edited = patch.applied_to(allowed.thing)
    _check_rights(allowed.actor, edited.scopes)
    if "expires_at" in patch.model_fields_set:
        _check_end(store, edited)
    return await save(store, edited, "KeyEdited", {"fields": sorted(patch.model_fields_set), "scopes": edited.scopes})


async def rotate(store: Store, settings: Settings, allowed: Manageable, grace_days: int) -> tuple[ApiKey, str]:
    """A new secret, the ones before it good for so many days; raises KeyBeyondRights, or KeyNotFound when revoked."""
    key: ApiKey | None = allowed.thing
    while key:
        _check_rights(allowed.actor, key.scopes)
        now = store.clock.now()
        shown = KeyText.made(settings, store.tenant, key.id, key.generation + 1)
        fresh = Secret.of(shown.secret, store.clock.token(16))
        rotated = key.rotated(fresh, now, now + timedelta(days=grace_days))
        with suppress(Stale):
            return await save(store, rotated, "KeyRotated", {"count": rotated.generation}), shown.text
        key = await store.get(ApiKey, key.id)
    raise KeyNotFound("It was revoked at the same moment.")


async def revoke(store: Store, allowed: Manageable) -> None:
    """Nobody is let in by the key any more."""
    key: ApiKey | None = allowed.thing
    while key:
        with suppress(Stale):
            await store.commit(Write(key.id).delete(key).change("KeyRevoked", key.subject))
            return
        key = await store.get(ApiKey, key.id)


async def _create(
    store: Store, settings: Settings, actor: Actor, key_id: str, given: dict[str, Any]
) -> tuple[ApiKey, str]:
    shown = KeyText.made(settings, store.tenant, key_id, 0)
    secret = Secret.of(shown.secret, store.clock.token(16))
    key = ApiKey(id=key_id, secrets=(secret,), created_by=actor.id, created_at=store.clock.now(), **given)
    _check_rights(actor, key.scopes)
    _check_end(store, key)
    told = {"scopes": key.scopes} if key.scopes is not None else {}
    return await create_once(store, key, "KeyCreated", told), shown.text


def _check_rights(actor: Actor, scopes: tuple[Permission, ...] | None) -> None:
    """Whoever is limited themselves cannot make what is not, nor anybody what they may not do."""
    if scopes is None:
        beyond = [] if actor.scopes is None else ["all that you may"]
    else:
        beyond = [str(scope) for scope in scopes if actor.grant(scope) is Grant.NO]
    if beyond:
        raise KeyBeyondRights(f"Leave out {', '.join(beyond)}: you may not do that here yourself.")


def _check_end(store: Store, key: ApiKey) -> None:
    expires_at, pointer = key.expires_at, "/expires_at" if key.owner == TENANTS else "/expiresAt"
    if expires_at is not None and expires_at <= store.clock.now():
        told = "It has to be in the future."
        raise KeyTimes(told, errors=[Fault(pointer, told)])
