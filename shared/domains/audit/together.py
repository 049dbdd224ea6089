"""Facts on their way to the queue: those that come while a message is under way share the next one."""

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

from shared.domains.audit.facts import packed, send
from shared.domains.audit.model import Fact
from shared.errors import Problem
from shared.platform.queues import Queues

HELD = 10_000
"""Facts that are kept while the queue does not answer; then the oldest go."""


class Overrun(Problem):
    """The queue has not answered for so long that the fact had to make room for later ones."""

    status = 503
    code = "audit.busy"
    title = "The audit cannot keep up"
    transient = True


@dataclass(eq=False, slots=True)
class _Held:
    fact: Fact
    sent: bool = False
    dropped: bool = False


class Together:
    """Sends facts of one process; none is lost in a flood."""

    def __init__(self, queues: Queues) -> None:
        self._queue = ref(queues)
        self._turn = asyncio.Lock()
        self._held: list[_Held] = []

    async def send(self, fact: Fact) -> None:
        """Return when the fact is sent, by us or with another's; what fails stays, and goes with the next.

        Raises what the queue raises, or Overrun.
        """
        mine = self._hold(fact)
        async with self._turn:
            while not (mine.sent or mine.dropped):
                await self._send_some()
        if not mine.sent:
            raise Overrun("The queue of the audit does not answer; try again.")

    def _hold(self, fact: Fact) -> _Held:
        mine = _Held(fact)
        self._held.append(mine)
        if len(self._held) > HELD:
            self._held.pop(0).dropped = True
        return mine

    async def _send_some(self) -> None:
        queues = self._queue()
        if queues is None:
            raise Overrun("The queue of the audit is closed.")
        facts = next(packed([held.fact for held in self._held])).facts
        going = self._held[: len(facts)]
        await send(queues, *facts)
        for held in going:
            held.sent = True
        self._held = [held for held in self._held if not held.sent]


_by_queues: "WeakKeyDictionary[Queues, Together]" = WeakKeyDictionary()


def together(queues: Queues) -> Together:
    """Of all who send to these queues."""
    return _by_queues.setdefault(queues, Together(queues))
