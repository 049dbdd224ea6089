"""Whether an index has been given what was recorded before it was made: one that was lost and made anew has no mark.

The mark is an owner that has no entries, in the index itself, so that it is lost with it.
"""

from shared.platform.search import SearchIndex

_TENANT, _OWNER = "system", "whole"


async def is_whole(index: SearchIndex) -> bool:
    """Whether it bears the mark."""
    return not await index.remove(_TENANT, _OWNER, 0)


async def mark_whole(index: SearchIndex) -> None:
    """Put the mark; it stays as long as the index."""
    await index.remove(_TENANT, _OWNER, 1)
