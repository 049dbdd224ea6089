"""A ``Document`` as a child process builds it: the same fields in plain dataclasses; the parent validates them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from shared.platform.readers import READER
from shared.platform.readers.plain import AsideKind, HiddenReason, Role, TextLine


@dataclass(frozen=True)
class Author:
    name: str
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    heading: str
    role: Role
    level: int
    start: int
    end: int


@dataclass(frozen=True)
class Reference:
    text: str
    title: str | None
    start: int
    end: int


@dataclass(frozen=True)
class Caption:
    label: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Aside:
    kind: AsideKind
    start: int
    end: int


@dataclass(frozen=True)
class PageSize:
    number: int
    width: float
    height: float


@dataclass(frozen=True)
class HiddenText:
    text: str
    page: int
    reason: HiddenReason


@dataclass(frozen=True)
class Draft:
    """All that a reader found in a paper."""

    text: str
    reader: int = READER
    title: str = ""
    authors: list[Author] = field(default_factory=list)
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    venue: str | None = None
    year: int | None = None
    sections: list[Section] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    lines: list[TextLine] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    pages: list[PageSize] = field(default_factory=list)
    hidden: list[HiddenText] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def json(self) -> str:
        """As ``Document`` stores it."""
        return json.dumps(self, default=vars, ensure_ascii=False, separators=(",", ":"))
