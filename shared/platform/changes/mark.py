"""How far a reader of the log of all tenants' changes has come, who reads only what has had time to settle."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from shared.platform.store import Change, Record, Store, Stores, Write
from shared.platform.store.due import PROGRESS
from shared.platform.store.tenants import SYSTEM

_PAGE = 500


class Mark(Record):
    """The reader, its `id`, has dealt with all changes before `position`.

    Before `seen` there was nothing that was committed after `seen_at`: what was too young then is not so for long,
    though younger changes never cease to stand between, as positions do not lie in the order of time.
    """

    kind: ClassVar[str] = "mark"
    container: ClassVar[str] = PROGRESS

    position: str | None = None
    seen: str | None = None
    seen_at: datetime | None = None


async def unread(stores: Stores, reader: str, grace: timedelta) -> AsyncIterator[Sequence[Change]]:
    """Pages of the changes older than `grace` that the reader may not have dealt with.

    Who asks for the next page has dealt with this one; who breaks off gets it again. A change may come several times.
    """
    store = stores.open(SYSTEM)
    mark = await _read(store, reader)
    now, young, moved = store.clock.now(), False, False
    position = mark.position
    while True:
        documents, after = await stores.log.read(position, _PAGE)
        changes = [Change.restored(dict(document), "") for document in documents]
        old = [change for change in changes if change.occurred_at <= now - grace]
        if old:
            yield old
        young = young or len(old) < len(changes)
        if after != position and not young:
            mark, moved = await _move(store, mark.with_(position=after, seen=None, seen_at=None)), True
        position = after
        if not documents:
            break
    if young and not moved and mark.seen_at and mark.seen_at <= now - grace:
        await _move(store, mark.with_(position=mark.seen, seen=position, seen_at=now))
    elif young and not mark.seen_at:
        await _move(store, mark.with_(seen=position, seen_at=now))


async def behind(stores: Stores, reader: str) -> AsyncIterator[Sequence[Change]]:
    """Pages of all changes, however young, that the reader may not have dealt with; its mark stays."""
    position = (await _read(stores.open(SYSTEM), reader)).position
    while True:
        documents, position = await stores.log.read(position, _PAGE)
        if not documents:
            return
        yield [Change.restored(dict(document), "") for document in documents]


async def _read(store: Store, reader: str) -> Mark:
    return await store.get(Mark, reader) or Mark(id=reader)


async def _move(store: Store, mark: Mark) -> Mark:
    await store.commit(Write(mark.id).put(mark))
    return mark
