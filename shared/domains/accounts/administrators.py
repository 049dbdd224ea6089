"""A tenant keeps an administrator, however many are demoted or disabled at once.

Whoever ceases to be one leaves the list first, and then holds a witness: another account that is an administrator now
and is written again as it is. A demotion of the witness that was under way finds its copy stale and begins anew, when
the first has left. The list says only where to look: an account that is in it wrongly (it joined late) is no witness,
and one that is missing (a crash) is missed until the role is assigned to it again.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domains.accounts.model import Administrators, LastAdministrator, User
from shared.platform.store import AlreadyExists, Stale, Store, Write, save

ID = "administrators"


async def save_keeping_one(store: Store, user: User, edited: User, change: str, data: Mapping[str, Any]) -> User:
    """Save an edited account, so that at every moment the tenant has an administrator; raises LastAdministrator."""
    if user.administers and not edited.administers:
        await leave(store, user.id)
    try:
        saved = await save(store, edited, change, data)
    except Stale:
        if user.administers:
            await join(store, user.id)
        raise
    if edited.administers:
        await join(store, user.id)
    return saved


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
    """Raise LastAdministrator when no other account is an administrator."""
    while True:
        there = await store.get(Administrators, ID) or Administrators(id=ID)
        others = there.users - {user}
        if not others or (user not in there.users or await _saved(store, there, others)):
            break
    for witness in sorted(others):
        if await _held(store, witness):
            return
    await join(store, user)
    raise LastAdministrator("Make somebody else an administrator first.")


async def _held(store: Store, witness: str) -> bool:
    """Whether the account is an administrator, and whoever has read it earlier cannot write it any more."""
    while True:
        account = await store.get(User, witness)
        if account is None or not account.administers:
            return False
        with suppress(Stale):
            await store.commit(Write(witness).replace(account))
            return True


async def _saved(store: Store, there: Administrators, users: frozenset[str]) -> bool:
    write, changed = Write(ID), there.with_(users=users)
    try:
        await store.commit(write.replace(changed) if there.etag else write.create(changed))
    except (AlreadyExists, Stale):
        return False
    return True
