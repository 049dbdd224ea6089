"""What this process used last: values by name, the oldest giving way."""

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """At most `most` values, which nobody changes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, V] = OrderedDict()

    def put(self, name: str, value: V) -> V:
        """Keep a value as the newest; returns it."""
        self._values[name] = value
        self._values.move_to_end(name)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def get(self, name: str) -> V | None:
        return self._values.get(name)
