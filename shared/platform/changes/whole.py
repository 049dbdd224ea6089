"""Whether a projection has been given what was recorded before it was made: one that was lost has no mark.

The mark is an owner that has nothing, in the projection itself, so that it is lost with it.
"""

from typing import Protocol

_TENANT, _OWNER = "system", "whole"


class Projection(Protocol):
    """What is kept for owners in versions: the search index, the graph."""

    async def remove(self, tenant: str, owner: str, version: int, /) -> bool:
        """Forget what the owner has; False when a newer version was seen already."""
        ...


async def is_whole(projection: Projection) -> bool:
    """Whether it bears the mark."""
    return not await projection.remove(_TENANT, _OWNER, 0)


async def mark_whole(projection: Projection) -> None:
    """Put the mark; it stays as long as the projection."""
    await projection.remove(_TENANT, _OWNER, 1)
