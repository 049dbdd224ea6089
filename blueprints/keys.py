"""API keys over HTTP: one's own, and the tenant's in the dialect of `/api/v1`."""

from blueprints.surface import surface
from shared.access import Actor, Permission, allow
from shared.domains.accounts.model import UserNotFound
from shared.domains.keys import actions, queries
from shared.domains.keys.model import (
    KEYS,
    ApiKey,
    KeyBeyondRights,
    KeyNotFound,
    KeyTimes,
    KeyView,
    MadeKey,
    MadeTenantKey,
    NewKey,
    NewTenantKey,
    Rotation,
    TenantKeyPatch,
    TenantKeyRotation,
    TenantKeyView,
)
from shared.platform.http import Api, Created, Listed, Selection
from shared.platform.shapes import IfMatch, NewId
from shared.platform.store import Store
from shared.settings import Settings

api = Api(surface, "Keys")
OWN, TENANTS = Permission.MANAGE_OWN_KEYS, Permission.MANAGE_TENANT_KEYS


@api.get("v1/me/keys", allow=OWN, listing=KEYS)
async def list_my_keys(actor: Actor, store: Store, selection: Selection) -> Listed[KeyView]:
    """Your keys, without their secrets."""
    page = await queries.list_own(store, allow(actor, None, Permission.MANAGE_OWN_KEYS), selection)
    return page.map(KeyView.of)


@api.post("v1/me/keys", allow=OWN, raises=(KeyBeyondRights, KeyTimes, UserNotFound))
async def create_my_key(
    body: NewKey, settings: Settings, actor: Actor, store: Store, new_id: NewId
) -> Created[MadeKey]:
    """Make a key that may do what you may, or what of it the scopes name; it is shown this once.

    Send it as `Authorization: Bearer …` or as `X-API-Key`.
    """
    me: actions.OwnCreator = allow(actor, None, Permission.MANAGE_OWN_KEYS)
    key, text = await actions.create_own(store, settings, me, body, new_id("key"))
    return Created(_made(key, text), f"/v1/me/keys/{key.id}")


@api.get("v1/me/keys/{key_id}", allow=OWN, raises=(KeyNotFound,))
async def get_my_key(key_id: str, actor: Actor, store: Store) -> KeyView:
    """One of your keys."""
    return KeyView.of((await queries.load_own(store, actor, key_id)).thing)


@api.post("v1/me/keys/{key_id}/rotate", allow=OWN, raises=(KeyNotFound, KeyBeyondRights))
async def rotate_my_key(key_id: str, query: Rotation, settings: Settings, actor: Actor, store: Store) -> MadeKey:
    """Give a key a new secret; the one of now holds for some days more."""
    return _made(*await actions.rotate(store, settings, await queries.load_own(store, actor, key_id), query.grace_days))


@api.delete("v1/me/keys/{key_id}", allow=OWN, raises=(KeyNotFound,))
async def revoke_my_key(key_id: str, actor: Actor, store: Store) -> None:
    """Revoke a key, with all its secrets, at once."""
    await actions.revoke(store, await queries.load_own(store, actor, key_id))


@api.get("api/v1/auth/api-keys", allow=TENANTS, listing=KEYS)
async def list_api_keys(actor: Actor, store: Store, selection: Selection) -> Listed[TenantKeyView]:
    """The keys of your tenant, without their secrets."""
    page = await queries.list_tenants(store, allow(actor, None, Permission.MANAGE_TENANT_KEYS), selection)
    return page.map(TenantKeyView.of)


@api.post("api/v1/auth/api-keys", allow=TENANTS, raises=(KeyBeyondRights, KeyTimes))
async def create_api_key(
    body: NewTenantKey, settings: Settings, actor: Actor, store: Store, new_id: NewId
) -> Created[MadeTenantKey]:
    """Make a key of the tenant: no person, who may do what the scopes name; it is shown this once."""
    admin: actions.TenantsCreator = allow(actor, None, Permission.MANAGE_TENANT_KEYS)
    key, text = await actions.create_for_tenant(store, settings, admin, body, new_id("key"))
    return Created(_made_for_tenant(key, text), f"/api/v1/auth/api-keys/{key.id}")


@api.get("api/v1/auth/api-keys/{api_key_id}", allow=TENANTS, raises=(KeyNotFound,))
async def get_api_key(api_key_id: str, actor: Actor, store: Store) -> TenantKeyView:
    """One of the keys of your tenant."""
    return TenantKeyView.of((await queries.load_tenants(store, actor, api_key_id)).thing)


@api.patch("api/v1/auth/api-keys/{api_key_id}", allow=TENANTS, raises=(KeyNotFound, KeyBeyondRights, KeyTimes))
async def edit_api_key(
    api_key_id: str, body: TenantKeyPatch, if_match: IfMatch, actor: Actor, store: Store
) -> TenantKeyView:
    """Rename a key of the tenant, or change its scopes or its end."""
    key = await queries.load_tenants(store, actor, api_key_id)
    return TenantKeyView.of(await actions.edit(store, key, body, if_match))


@api.post("api/v1/auth/api-keys/{api_key_id}/rotate", allow=TENANTS, raises=(KeyNotFound, KeyBeyondRights))
async def rotate_api_key(
    api_key_id: str, query: TenantKeyRotation, settings: Settings, actor: Actor, store: Store
) -> MadeTenantKey:
    """Give a key of the tenant a new secret; the one of now holds for some days more."""
    key = await queries.load_tenants(store, actor, api_key_id)
    return _made_for_tenant(*await actions.rotate(store, settings, key, query.grace_days))


@api.delete("api/v1/auth/api-keys/{api_key_id}", allow=TENANTS, raises=(KeyNotFound,))
async def revoke_api_key(api_key_id: str, actor: Actor, store: Store) -> None:
    """Revoke a key of the tenant, with all its secrets, at once."""
    await actions.revoke(store, await queries.load_tenants(store, actor, api_key_id))


def _made(key: ApiKey, text: str) -> MadeKey:
    return MadeKey(**dict(KeyView.of(key)), key=text)


def _made_for_tenant(key: ApiKey, text: str) -> MadeTenantKey:
    return MadeTenantKey(**dict(TenantKeyView.of(key)), key=text)
