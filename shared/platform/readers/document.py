"""What every reader returns: one text with places, and what stands where in it.

All ``start`` and ``end`` are character offsets into ``Document.text``, end exclusive. A document is stored as one JSON
blob (``model_dump_json(by_alias=True)``), so a line's geometry is one short array with a character per character.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.platform.readers.plain import AsideKind, HiddenReason, Role, TextLine


class Part(BaseModel):
    """A frozen piece of a document, camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Span(Part):
    """A stretch of ``Document.text``."""

    start: int
    end: int


class Author(Part):
    """Who wrote it, as printed, without marks."""

    name: str
    affiliations: tuple[str, ...] = ()


class Section(Span):
    """The text under one heading, up to the next heading of any level; the heading itself stands just before it."""

    heading: str
    role: Role
    level: int


class Reference(Span):
    """One entry of the list of references."""

    text: str
    title: str | None = None


class Caption(Span):
    """The caption of a figure or table: its label ("Figure 2") and all its text."""

    label: str
    text: str


class Aside(Span):
    """Text that stands beside the running text: no sentence of the paper."""

    kind: AsideKind


class PageSize(Part):
    """A page as displayed, in points."""

    number: int
    width: float
    height: float


class PageBox(Part):
    """A rectangle on a page, in points from its top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class HiddenText(Part):
    """Text that a reader of the page could not see: shown to reviewers, never analysed."""

    text: str
    page: int
    reason: HiddenReason


class Document(Part):
    """A source as read: its text in reading order, its parts, and the place of each character."""

    kind: Literal["paper"] = "paper"
    reader: int = 1
    """The version of the readers that read it."""
    text: str
    title: str = ""
    authors: tuple[Author, ...] = ()
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    venue: str | None = None
    year: int | None = None
    sections: tuple[Section, ...] = ()
    references: tuple[Reference, ...] = ()
    captions: tuple[Caption, ...] = ()
    asides: tuple[Aside, ...] = ()
    lines: tuple[TextLine, ...] = ()
    breaks: tuple[int, ...] = ()
    """Ascending offsets within paragraphs where the source's own order has something else: a page's end, a footnote."""
    pages: tuple[PageSize, ...] = ()
    hidden: tuple[HiddenText, ...] = ()
    warnings: tuple[str, ...] = ()

    def place(self, start: int, end: int) -> list[PageBox]:
        """The boxes of a span of text, a box for each printed line that it touches."""
        return [
            PageBox(page=line.page, x0=left, y0=line.top, x1=right, y1=line.bottom)
            for line in self._lines_from(start)
            if line.start < end
            for left, right in [line.edges(start, end)]
            if right > left
        ]

    def page_of(self, offset: int) -> int:
        """The page of a character, or of the nearest one before it; 1 where nothing is placed."""
        at = bisect_right(self.lines, offset, key=_start) - 1
        return self.lines[max(at, 0)].page if self.lines else 1

    def is_unbroken(self, start: int, end: int) -> bool:
        """Whether a span stands in one piece in the source's own order too, where others can find it."""
        return bisect_right(self.breaks, start) == bisect_left(self.breaks, end)

    def paragraphs(self, start: int = 0, end: int | None = None) -> list[Span]:
        """The paragraphs of the running text within a span: no captions, tables, notes, headings or references."""
        stop = len(self.text) if end is None else end
        asides = [one for one in self.asides if one.start < stop and start < one.end]
        sections = [one for one in self.sections if one.start < stop and start < one.end]
        return [
            Span(start=first, end=last)
            for first, last in self._blocks(start, stop)
            if _is_running(first, last, asides, sections)
        ]

    def _lines_from(self, start: int) -> Iterator[TextLine]:
        at = max(bisect_right(self.lines, start, key=_start) - 1, 0)
        for line in self.lines[at:]:
            if line.start + len(line.advances) > start:
                yield line

    def _blocks(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        while start < end:
            stop = self.text.find("\n\n", start, end)
            stop = end if stop < 0 else stop
            if self.text[start:stop].strip():
                yield start, stop
            start = stop + 2


def _is_running(start: int, end: int, asides: Sequence[Aside], sections: Sequence[Section]) -> bool:
    if any(aside.start < end and start < aside.end for aside in asides):
        return False
    section = next((one for one in sections if one.start <= start < one.end), None)
    return section is not None and section.role != "references"


def _start(line: TextLine) -> int:
    return line.start
