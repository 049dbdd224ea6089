"""What calls to a database cost: totals of the process, and the calls of one piece of work for tests and benchmarks."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `units` are request units, `scope` is the key or the prefix of a key that it was limited to."""

    operation: str
    container: str
    scope: tuple[str, ...]
    units: float
    documents: int = 0
    retries: int = 0
    query: str = ""


@dataclass(slots=True)
class Total:
    """The calls of one operation on one container, since the process began."""

    calls: int = 0
    units: float = 0.0
    documents: int = 0
    retries: int = 0


totals: defaultdict[tuple[str, str], Total] = defaultdict(Total)
"""By operation and container."""

_listening: ContextVar[tuple[list[Call], ...]] = ContextVar("meter", default=())


def record(call: Call) -> None:
    """Count a call, and tell whoever listens."""
    total = totals[call.operation, call.container]
    total.calls += 1
    total.units += call.units
    total.documents += call.documents
    total.retries += call.retries
    for calls in _listening.get():
        calls.append(call)


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """The calls made inside, by tasks started inside too."""
    calls: list[Call] = []
    token = _listening.set((*_listening.get(), calls))
    try:
        yield calls
    finally:
        _listening.reset(token)
