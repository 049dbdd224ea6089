"""Reading keys, and who somebody is that shows one."""

from contextlib import suppress
from datetime import timedelta
from typing import Literal

from shared.access import Actor, Allowed, Permission, allow
from shared.domains.accounts import federation
from shared.domains.accounts import queries as accounts
from shared.domains.accounts.model import InvalidToken
from shared.domains.accounts.tokens import invalid
from shared.domains.keys.model import TENANTS, ApiKey, KeyNotFound
from shared.domains.keys.text import PREFIX, KeyText
from shared.platform.opened import Platform
from shared.platform.store import Busy, Stale, Store, Write
from shared.platform.store.listing import Listed, Selection, listed
from shared.platform.store.predicates import eq

NOTED_EVERY = timedelta(minutes=1)
"""How often it is written down at most that a key was used."""
Own = Allowed[ApiKey, Literal[Permission.MANAGE_OWN_KEYS]]
Tenants = Allowed[ApiKey, Literal[Permission.MANAGE_TENANT_KEYS]]


async def authenticate(platform: Platform, token: str, address: str) -> Actor:
    """Whoever shows this access token or key; raises what forbids them."""
    if not token.startswith(PREFIX):
        if platform.settings.oidc_issuer and not accounts.tokens_of(platform).is_ours(token):
            return await federation.authenticate(platform, token, address)
        return await accounts.authenticate(platform, token, address)
    shown = KeyText.read(token)
    store = accounts.store_of(await platform.stores(), shown.tenant) if shown else None
    key = await store.get(ApiKey, shown.key) if shown and store else None
    if shown is None or store is None or key is None or not key.admits(shown.secret, platform.clock.now()):
        raise invalid("The key is unknown, revoked, rotated or expired; use another.")
    actor = await _holder(store, key, address, platform.settings.tier)
    await _note_use(store, key)
    return actor


async def actor_of(store: Store, actor_id: str) -> Actor | None:
    """Whoever asked for something that is done now, an account or a key; None when they may do nothing any more."""
    key = await store.get(ApiKey, actor_id)
    if key is None:
        return await accounts.actor_of(store, actor_id)
    ended = key.expires_at is not None and store.clock.now() >= key.expires_at
    return None if ended else await _holder(store, key)


async def load_own(store: Store, actor: Actor, key_id: str) -> Own:
    """A key of the actor's, with the proof; raises KeyNotFound or Forbidden."""
    return allow(actor, await _of(store, actor.id, key_id), Permission.MANAGE_OWN_KEYS)


async def load_tenants(store: Store, actor: Actor, key_id: str) -> Tenants:
    """A key of the tenant's, with the proof; raises KeyNotFound or Forbidden."""
    return allow(actor, await _of(store, TENANTS, key_id), Permission.MANAGE_TENANT_KEYS)


async def list_own(
    store: Store, me: Allowed[None, Literal[Permission.MANAGE_OWN_KEYS]], selection: Selection
) -> Listed[ApiKey]:
    """The actor's keys, the newest first."""
    return await listed(store, ApiKey, selection, eq("owner", me.actor.id))


async def list_tenants(
    store: Store, _: Allowed[None, Literal[Permission.MANAGE_TENANT_KEYS]], selection: Selection
) -> Listed[ApiKey]:
    """The tenant's keys, the newest first."""
    return await listed(store, ApiKey, selection, eq("owner", TENANTS))


async def _of(store: Store, owner: str, key_id: str) -> ApiKey:
    key = await store.get(ApiKey, key_id)
    if key is None or key.owner != owner:
        raise KeyNotFound("List the keys for those there are.")
    return key


async def _holder(store: Store, key: ApiKey, address: str = "", tier: str = "") -> Actor:
    scopes = None if key.scopes is None else frozenset(key.scopes)
    if key.owner == TENANTS:
        return accounts.service_principal(store.tenant, key.id, key.name, scopes or frozenset(), address, tier)
    actor = await accounts.caller(store, key.owner, scopes, address)
    if actor is None:
        raise InvalidToken("The account of this key is gone.")
    return actor


async def _note_use(store: Store, key: ApiKey) -> None:
    now = store.clock.now()
    if key.last_used_at is None or now >= key.last_used_at + NOTED_EVERY:
        with suppress(Stale, Busy):  # somebody else notes it, or nobody can: the request is not about that
            await store.commit(Write(key.id).replace(key.with_(last_used_at=now)))
