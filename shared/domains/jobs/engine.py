"""What runs the orchestrations of jobs."""

from collections.abc import Mapping
from typing import Protocol


class Engine(Protocol):
    """What runs orchestrations."""

    async def start(self, name: str, instance_id: str, given: Mapping[str, object]) -> None:
        """Start an instance, unless it goes on already."""
        ...

    async def stop(self, instance_id: str) -> None:
        """Stop an instance, if it goes on."""
        ...

    async def goes_on(self, instance_id: str) -> bool:
        """Whether there is such an instance that has not ended."""
        ...
