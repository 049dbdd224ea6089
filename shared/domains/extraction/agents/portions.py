"""Splitting a document into at most 32 portions of whole sections."""

from collections.abc import Sequence
from itertools import pairwise

from shared.domains.extraction.agents import MOST_PORTIONS, Portion
from shared.platform.readers.document import Document

PORTION_CHARACTERS = 12_000
"""What a portion aims to hold: about 3,000 tokens; at half or twice the statements are the same."""

_SKIPPED = frozenset({"references", "acknowledgements"})
_Stretch = tuple[int, int, str]


def portions(document: Document, most: int = MOST_PORTIONS, size: int = PORTION_CHARACTERS) -> list[Portion]:
    """Whole sections packed up to a size; a longer one is split between paragraphs, as evenly as they allow."""
    sections = [(one.start, one.end, one.heading) for one in document.sections if one.role not in _SKIPPED]
    packed = _packed(document, sections, size)
    while len(packed) > most:
        size = size * 3 // 2
        packed = _packed(document, sections, size)
    return [
        Portion(number=number, start=group[0][0], end=group[-1][1], headings=_headings(group))
        for number, group in enumerate(packed)
    ]


def _packed(document: Document, sections: Sequence[_Stretch], size: int) -> list[list[_Stretch]]:
    groups: list[list[_Stretch]] = []
    for stretch in [piece for section in sections for piece in _pieces(document, section, size)]:
        if groups and stretch[1] - groups[-1][0][0] <= size:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    return groups


def _pieces(document: Document, section: _Stretch, size: int) -> list[_Stretch]:
    start, end, heading = section
    if end - start <= size:
        return [section] if end > start else []
    breaks = [start, *[one.start for one in document.paragraphs(start, end) if one.start > start], end]
    cuts = [start]
    for at, following in pairwise(breaks):
        if following - cuts[-1] > size and at > cuts[-1]:
            cuts.append(at)
    return [(first, last, heading) for first, last in pairwise([*cuts, end])]


def _headings(group: Sequence[_Stretch]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(heading for _, _, heading in group if heading))
