"""An instance as its callers see it."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The runtime status, in the SDK's words."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def finished(self) -> bool:
        return self in FINISHED


FINISHED = frozenset({Status.COMPLETED, Status.FAILED, Status.TERMINATED})


@dataclass(frozen=True, slots=True)
class Instance:
    """One row of the instances; `input`, `output` and `custom_status` are JSON text or nothing."""

    id: str
    execution: str
    name: str
    status: Status
    input: str | None
    output: str | None
    custom_status: str | None
    created: str
    updated: str
    parent: str | None
    parent_execution: str | None
    parent_task: int | None
