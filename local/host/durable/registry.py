"""The durable functions of an app, by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.host.durable.errors import UnknownFunction, UnsupportedFunction


class Kind(StrEnum):
    """The trigger's binding type."""

    ORCHESTRATOR = "orchestrationTrigger"
    ACTIVITY = "activityTrigger"
    ENTITY = "entityTrigger"


@dataclass(frozen=True, slots=True)
class Registered:
    """One durable function.

    An orchestrator is called with the context as its only positional argument and returns the SDK's JSON state.
    An activity is called as `call(**{parameter: input})`, on the loop if it is a coroutine function, else in a thread.
    """

    name: str
    kind: Kind
    parameter: str
    call: Callable[..., Any]


class Registry:
    """Looks functions up without regard to case, as the Functions runtime does."""

    def __init__(self, functions: Iterable[Registered]) -> None:
        self._functions: dict[tuple[Kind, str], Registered] = {}
        for function in functions:
            self._add(function)

    def _add(self, function: Registered) -> None:
        key = (function.kind, function.name.casefold())
        if function.kind is Kind.ENTITY:
            raise UnsupportedFunction(f"'{function.name}' is a durable entity; entities are not supported here.")
        if key in self._functions:
            raise UnsupportedFunction(f"Two {function.kind} functions are called '{function.name}'.")
        self._functions[key] = function

    def orchestrator(self, name: str) -> Registered:
        return self._find(Kind.ORCHESTRATOR, name, "orchestrator")

    def activity(self, name: str) -> Registered:
        return self._find(Kind.ACTIVITY, name, "activity")

    def _find(self, kind: Kind, name: str, what: str) -> Registered:
        try:
            return self._functions[kind, name.casefold()]
        except KeyError:
            raise UnknownFunction(name, what) from None
