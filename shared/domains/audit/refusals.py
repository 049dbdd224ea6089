"""Refusals: a 403 goes to the chain of its tenant; a 401 to that of `system`, counted by address and minute."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.access import Actor
from shared.clock import Clock
from shared.domains.audit.facts import of_act, send
from shared.domains.audit.model import Detail, Fact
from shared.domains.audit.together import together
from shared.platform.queues import Queues
from shared.platform.store import Origin
from shared.platform.store.tenants import SYSTEM

MAX_ADDRESSES = 10_000
"""Addresses counted apart in a minute; the rest are counted together."""


class Refusal(Protocol):
    """What is told of somebody turned away."""

    @property
    def code(self) -> str: ...
    @property
    def actor(self) -> Actor | None: ...
    @property
    def method(self) -> str: ...
    @property
    def route(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...


@dataclass(slots=True)
class Tally:
    """One process's count of the refusals of strangers in the running minute.

    A fact is due at the 1st, 10th, 100th … of an address, and once more with the total when the minute is over: so a
    flood costs few messages, and a process that dies has told at least a tenth.
    """

    minute: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def count(self, now: datetime, address: str) -> list[tuple[datetime, str, int]]:
        """Count one; the minutes, addresses and numbers that are to be told now."""
        due = []
        minute = now.replace(second=0, microsecond=0)
        if minute != self.minute:
            due = [(self.minute or minute, each, count) for each, count in self.counts.items() if not _round(count)]
            self.minute, self.counts = minute, Counter()
        if address not in self.counts and len(self.counts) >= MAX_ADDRESSES:
            address = "others"
        self.counts[address] += 1
        if _round(self.counts[address]):
            due.append((minute, address, self.counts[address]))
        return due


def _round(count: int) -> bool:
    return str(count).strip("0") == "1"


_tally = Tally()


async def record_refusal(queues: Queues, clock: Clock, refusal: Refusal, tally: Tally = _tally) -> None:
    """Have a refusal written: to be told of every 401 and 403."""
    if refusal.actor is not None:
        origin = Origin(refusal.actor.id, refusal.correlation_id, None, refusal.address)
        fact = _refused(clock, refusal.actor.tenant, origin, refusal, {"code": refusal.code})
        await together(queues).send(fact)
        return
    due = tally.count(clock.now(), refusal.address)
    facts = [_stranger(clock, refusal, minute, address, count) for minute, address, count in due]
    await send(queues, *facts)


def _stranger(clock: Clock, refusal: Refusal, minute: datetime, address: str, count: int) -> Fact:
    origin = Origin("anonymous", refusal.correlation_id if count == 1 else "", None, address)
    told: dict[str, Detail] = {"count": count, "code": refusal.code if count == 1 else None}
    return _refused(clock, SYSTEM, origin, refusal, told).model_copy(update={"at": minute})


def _refused(clock: Clock, tenant: str, origin: Origin, refusal: Refusal, told: Mapping[str, Detail]) -> Fact:
    subject = f"route/{refusal.method} {refusal.route}"
    return of_act(clock, tenant, origin, "RequestRefused", subject, outcome="refused", details=told)
