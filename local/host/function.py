"""What the loader learns of a function, once, so that an invocation needs no reflection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding as the host sees it: `data` is its JSON, with the camel-case names of function.json."""

    name: str
    type: str
    direction: str
    data: Mapping[str, Any]

    @property
    def is_output(self) -> bool:
        return self.direction == "OUT"

    @property
    def connection(self) -> str:
        """The name of the setting that holds the connection string."""
        return self.data.get("connection") or "AzureWebJobsStorage"


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a binding's data becomes a Python value: by which converter, for which annotation.

    With `is_client` it is no data but an SDK's client, such as a BlobClient.
    """

    binding: Binding
    converter: Any
    annotation: Any
    is_client: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """A function's retry policy; `count` -1 means for ever."""

    count: int
    fixed: timedelta | None
    minimum: timedelta
    maximum: timedelta

    def delay(self, attempt: int) -> float:
        """Seconds before retry number `attempt` (1 is the first)."""
        if self.fixed is not None:
            return self.fixed.total_seconds()
        return min(self.minimum.total_seconds() * 2.0 ** min(attempt - 1, 60), self.maximum.total_seconds())


@dataclass(frozen=True, slots=True)
class Function:
    """A function that passed the checks."""

    name: str
    call: Callable[..., Any]
    folder: Path
    trigger: Binding
    inputs: Mapping[str, Parameter]
    outputs: Mapping[str, Parameter]
    returns: Parameter | None
    is_async: bool
    wants_context: bool
    retry: Retry | None = None
    extra_inputs: tuple[Binding, ...] = field(default=())

    @property
    def is_plain(self) -> bool:
        """Whether an invocation is nothing but awaiting the function with its trigger's value."""
        return self.is_async and not (self.wants_context or self.outputs or self.extra_inputs)
