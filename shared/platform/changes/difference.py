"""What a change tells of the fields that it changed: from what to what, in bounds."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

LONGEST = 200
"""Characters of a text that is told."""
MOST = 20
"""Entries of a list that are told."""


def difference(
    before: BaseModel, after: BaseModel, fields: Collection[str], counted: Collection[str] = ()
) -> dict[str, Any]:
    """`{name: {"from": …, "to": …}}` of the fields that differ, by JSON names; of `counted` lists only their lengths.

    What is counted says something of people: who reads changes needs not know it.
    """
    old, new = (one.model_dump(mode="json", include=set(fields)) for one in (before, after))
    told = {}
    for name in sorted(fields):
        if old[name] != new[name]:
            tell = _length if name in counted else _bounded
            told[_alias(after, name)] = {"from": tell(old[name]), "to": tell(new[name])}
    return told


def _alias(model: BaseModel, name: str) -> str:
    return type(model).model_fields[name].alias or name


def _length(value: Any) -> int:
    return len(value or ())


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if isinstance(value, list):
        return [_bounded(each) for each in value[:MOST]] + ["…"] * (len(value) > MOST)
    return value
