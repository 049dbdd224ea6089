"""The sections of a woven text, from its headings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.platform.readers.draft import Section
from shared.platform.readers.pdf.flow import Passage
from shared.platform.readers.pdf.headings import level_of, role_of
from shared.platform.readers.plain import Role


@dataclass(slots=True)
class Woven:
    """A passage and where it stands in the text."""

    passage: Passage
    start: int
    end: int


def outline(woven: list[Woven], front: int, abstract: tuple[int, int] | None) -> list[Section]:
    """A section per heading; text before the first one, after the ``front`` passages, is a section without heading."""
    sizes = sorted(
        {block.size for one in woven[front:] for block in one.passage.blocks if one.passage.kind == "heading"},
        reverse=True,
    )
    sections: list[Section] = []
    if abstract:
        sections.append(Section(heading="", role="abstract", level=1, start=abstract[0], end=abstract[1]))
    marks = [at for at, one in enumerate(woven) if at >= front and one.passage.kind == "heading"]
    first = marks[0] if marks else len(woven)
    opening = [one for one in woven[front:first] if not abstract or one.start >= abstract[1]]
    if opening:
        sections.append(_section("", "introduction", 1, opening, 0))
    roles: dict[int, Role] = {}
    for at, stop in zip(marks, [*marks[1:], len(woven)][: len(marks)], strict=True):
        block = woven[at].passage.blocks[0]
        level = level_of(block, sizes)
        role = role_of(woven[at].passage.text)
        parent: Role = next((roles[up] for up in range(level - 1, 0, -1) if up in roles), "other")
        if role == "other" and parent not in ("abstract", "references", "acknowledgements"):
            role = parent
        roles = {**{up: one for up, one in roles.items() if up < level}, level: role}
        sections.append(_section(woven[at].passage.text, role, level, woven[at + 1 : stop], woven[at].end))
    return sections


def _section(heading: str, role: Role, level: int, inside: list[Woven], at: int) -> Section:
    start, end = (inside[0].start, inside[-1].end) if inside else (at, at)
    return Section(heading=heading.rstrip(" .:"), role=role, level=level, start=start, end=end)
