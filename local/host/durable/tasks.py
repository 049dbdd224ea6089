"""What an orchestration waits for: activities, sub-orchestrations and timers, and how they are retried."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

from local.host.durable.clock import stamp


class TaskKind(StrEnum):
    """What completes a task."""

    ACTIVITY = "activity"
    SUB = "sub"
    TIMER = "timer"


class TaskKey(NamedTuple):
    """Names one task of one execution of one instance."""

    instance: str
    execution: str
    number: int


@dataclass(frozen=True, slots=True)
class Retry:
    """The SDK's retry options, and which attempt this is (from 1)."""

    interval: int
    """Milliseconds."""
    attempts: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One open task; `again` is the task that a retry timer will start once more."""

    kind: TaskKind
    name: str = ""
    input: str | None = None
    child: str | None = None
    due: str | None = None
    retry: Retry | None = None
    again: "Task | None" = None

    def after(self, *, failed: bool) -> Self | None:
        """Return the task that takes the next number when this one ends, as the SDK's retries reckon.

        A failure is followed by a timer even after the last attempt; only when that one has fired does the failure
        reach the orchestrator.
        """
        if self.again and self.again.retry and self.again.retry.attempt < self.again.retry.attempts:
            retry = replace(self.again.retry, attempt=self.again.retry.attempt + 1)
            return replace(self.again, retry=retry)  # type: ignore[return-value]  # of Self, as it was made
        if failed and self.retry:
            return type(self)(TaskKind.TIMER, again=self)
        return None

    def timed(self, now: datetime) -> Self:
        """Give a retry timer its time."""
        if self.again is None or self.again.retry is None:
            return self
        return replace(self, due=stamp(now + timedelta(milliseconds=self.again.retry.interval)))

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        return cls._from(json.loads(text))

    @classmethod
    def _from(cls, fields: dict[str, Any]) -> Self:
        again, retry = fields.pop("again"), fields.pop("retry")
        kind = TaskKind(fields.pop("kind"))
        return cls(
            kind=kind, retry=Retry(**retry) if retry else None, again=cls._from(again) if again else None, **fields
        )
