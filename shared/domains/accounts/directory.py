"""Which accounts an e-mail has: unique in a tenant, and found without knowing the tenant."""

from datetime import timedelta

from shared.domains.accounts.model import Directory, DirectoryEntry, User
from shared.domains.accounts.queries import email_key
from shared.platform.store import AlreadyExists, Origin, Stale, Store, Stores, Write
from shared.platform.store.tenants import SYSTEM

PATIENCE = timedelta(seconds=60)
"""How long an account may take from having its place to being saved."""


async def places(stores: Stores, email: str) -> tuple[DirectoryEntry, ...]:
    """Where accounts with this e-mail are, or were about to be."""
    directory = await stores.open(SYSTEM).get(Directory, email_key(email))
    return directory.places if directory else ()


async def take(stores: Stores, email: str, tenant: str, user: str, origin: Origin) -> bool:
    """Whether the account, about to be saved, has the tenant's place for this e-mail now."""
    system = stores.open(SYSTEM, origin)
    while True:
        directory = await system.get(Directory, email_key(email)) or Directory(id=email_key(email))
        there = next((place for place in directory.places if place.tenant == tenant), None)
        if there and there.user != user and not await _abandoned(stores, there):
            return False
        mine = DirectoryEntry(tenant=tenant, user=user, taken_at=system.clock.now())
        others = tuple(place for place in directory.places if place.tenant != tenant)
        if await _saved(system, directory.with_(places=(*others, mine))):
            return True


async def _saved(system: Store, directory: Directory) -> bool:
    write = Write(directory.id)
    try:
        await system.commit(write.replace(directory) if directory.etag else write.create(directory))
    except (AlreadyExists, Stale):
        return False
    return True


async def _abandoned(stores: Stores, place: DirectoryEntry) -> bool:
    """Whether its taker crashed before saving the account."""
    store = stores.open(place.tenant)
    return store.clock.now() > place.taken_at + PATIENCE and await store.get(User, place.user) is None
