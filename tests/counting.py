"""What a piece of work asks of the store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.platform.store import Stores


@contextmanager
def calls_of(stores: Stores) -> Iterator[list[str]]:
    """The calls made inside to these stores, of all tenants, and to their log; each goes through."""
    calls: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        async def called(*given: Any, **named: Any) -> Any:
            calls.append(name)
            return await function(*given, **named)

        return called

    with pytest.MonkeyPatch.context() as patch:
        for owner, names in (
            (type(stores.open("system")), ("get", "query", "count", "counts", "commit")),
            (type(stores.log), ("read",)),
            (type(stores), ("sweep",)),
        ):
            for name in names:
                patch.setattr(owner, name, counted(name, getattr(owner, name)))
        yield calls
