"""Reading accounts."""

import hashlib
import unicodedata
from contextlib import suppress
from typing import Literal
from weakref import WeakKeyDictionary

from shared.access import Actor, Allowed, P, Permission, Role, allow
from shared.clock import Clock
from shared.domains.accounts.model import AccountBanned, AccountDisabled, Caller, InvalidToken, User, UserNotFound
from shared.domains.accounts.tokens import Tokens
from shared.platform.opened import Platform
from shared.platform.store import Origin, Store, Stores
from shared.platform.store.listing import Listed, Selection, listed

_tokens: "WeakKeyDictionary[Platform, Tokens]" = WeakKeyDictionary()
NOBODY = Origin()


async def authenticate(platform: Platform, token: str, address: str) -> Actor:
    """Whoever the token names, as their account says now: one point read."""
    claims = tokens_of(platform).verify(token)
    store = store_of(await platform.stores(), claims.tenant)
    user = await store.get(Caller, claims.subject) if store else None
    if user is None:
        raise _ended()
    check_usable(user, platform.clock)
    if claims.epoch != user.epoch or any(each.family == claims.family for each in user.signed_out):
        raise _ended()
    return _actor(user, claims.tenant, claims.scopes, address)


async def caller(store: Store, user_id: str, scopes: frozenset[Permission] | None, address: str) -> Actor | None:
    """Who acts by something of the account that holds apart from sign-ins; raises what forbids the account."""
    user = await store.get(Caller, user_id)
    if user is None:
        return None
    check_usable(user, store.clock)
    return _actor(user, store.tenant, scopes, address)


def service_principal(
    tenant: str, key: str, name: str, scopes: frozenset[Permission], address: str, tier: str
) -> Actor:
    """Who acts by a key of the tenant's: no person, who may do what the scopes name."""
    return Actor(key, tenant, "", frozenset({Role.ADMIN, Role.USER}), scopes, name, address, tier)


def _ended() -> InvalidToken:
    return InvalidToken("The token is not valid any more; sign in again.")


async def actor_of(store: Store, user_id: str) -> Actor | None:
    """Whoever asked for something that is done now, with the rights they have now; None when they may do nothing."""
    user = await store.get(User, user_id)
    with suppress(AccountDisabled, AccountBanned):
        if user is not None:
            check_usable(user, store.clock)
            return _actor(user, store.tenant)
    return None


def _actor(user: User | Caller, tenant: str, scopes: frozenset[Permission] | None = None, address: str = "") -> Actor:
    roles = user.roles | {Role.USER}
    return Actor(user.id, tenant, user.email, roles, scopes, user.display_name, address, user.tier)


def store_of(stores: Stores, tenant: str, origin: Origin = NOBODY) -> Store | None:
    """The store of a tenant that somebody outside has named; None when nothing can have that name."""
    try:
        return stores.open(tenant, origin)
    except ValueError:
        return None


def tokens_of(platform: Platform) -> Tokens:
    """The platform's tokens, with what they remember."""
    tokens = _tokens.get(platform)
    if tokens is None:
        tokens = _tokens[platform] = Tokens(platform.settings, platform.clock)
    return tokens


def check_usable(user: User | Caller, clock: Clock) -> None:
    """Raise AccountDisabled or AccountBanned."""
    if user.disabled:
        raise AccountDisabled("Ask an administrator of your tenant.")
    if user.banned and user.banned.holds(clock.now()):
        until = f" until {user.banned.until:%Y-%m-%d %H:%M} UTC" if user.banned.until else ""
        raise AccountBanned(f"Banned{until}: {user.banned.reason}")


async def get_user(store: Store, user_id: str) -> User:
    """The account; raises UserNotFound."""
    user = await store.get(User, user_id)
    if user is None:
        raise UserNotFound
    return user


async def load(store: Store, actor: Actor, user_id: str, permission: P) -> Allowed[User, P]:
    """An account of the tenant, with the proof that the actor may do this to it; raises UserNotFound or Forbidden."""
    actor.require(permission)
    return allow(actor, await get_user(store, user_id), permission)


async def list_users(
    store: Store,
    _: Allowed[None, Literal[Permission.VIEW_ALL_USERS]],
    selection: Selection,
) -> Listed[User]:
    """The accounts of the tenant."""
    return await listed(store, User, selection)


async def has_role(store: Store, user_id: str, role: str) -> bool:
    """Whether there is such an account, and it has the role."""
    user = await store.get(User, user_id)
    return user is not None and role in user.roles


def normal_email(email: str) -> str:
    """The one form of an e-mail address that is kept and compared: without case, composed, its domain spelled out."""
    local, at, domain = unicodedata.normalize("NFKC", email.strip().casefold()).rpartition("@")
    with suppress(UnicodeError):  # a domain that is no ASCII has no `xn--` in it
        domain = domain.encode("ascii").decode("idna")
    return local + at + domain


def email_key(email: str) -> str:
    """Under which an e-mail's records are found, without showing it."""
    return hashlib.sha256(normal_email(email).encode()).hexdigest()
