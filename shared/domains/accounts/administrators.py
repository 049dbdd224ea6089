"""A tenant keeps an administrator: a list of accounts that certainly are, so that two cannot leave at once.

An account joins after it has become an administrator and leaves before it ceases to be; in between, a crash can only
make the list too short, and assigning the role again repairs that.
"""

from shared.domains.accounts.model import Administrators, LastAdministrator
from shared.platform.store import AlreadyExists, Stale, Store, Write

ID = "administrators"


async def known(store: Store) -> frozenset[str]:
    """The accounts in the list."""
    administrators = await store.get(Administrators, ID)
    return administrators.users if administrators else frozenset()


async def join(store: Store, user: str) -> None:
    while True:
        there = await store.get(Administrators, ID) or Administrators(id=ID)
        if user in there.users or await _saved(store, there, there.users | {user}):
            return


async def leave(store: Store, user: str) -> None:
    """Raise LastAdministrator when nobody else is in the list."""
    while True:
        there = await store.get(Administrators, ID) or Administrators(id=ID)
        if not there.users - {user}:
            raise LastAdministrator("Make somebody else an administrator first.")
        if user not in there.users or await _saved(store, there, there.users - {user}):
            return


async def _saved(store: Store, there: Administrators, users: frozenset[str]) -> bool:
    write, changed = Write(ID), there.with_(users=users)
    try:
        await store.commit(write.replace(changed) if there.etag else write.create(changed))
    except (AlreadyExists, Stale):
        return False
    return True
