"""Faults on demand: the next calls of an operation fail as the service fails."""

from dataclasses import dataclass, field

from tests.cosmos_server.refusals import Refused


@dataclass(slots=True)
class Fault:
    """`operation` is read, query, batch, feed or any; `lost` faults happen after the work, whose answer is lost."""

    operation: str
    status: int
    times: int = 1
    retry_after_ms: int = 1
    lost: bool = False


@dataclass(slots=True)
class Faults:
    """What is to fail, and what was asked: the log holds (operation, container, key or hashes, SQL)."""

    waiting: list[Fault] = field(default_factory=list)
    log: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def check(self, operation: str, *, done: bool = False) -> None:
        """Raise the first fault that is meant."""
        for fault in self.waiting:
            if fault.operation in (operation, "any") and fault.lost == done:
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                raise Refused(fault.status, "A fault on demand", retry_after_ms=fault.retry_after_ms)
