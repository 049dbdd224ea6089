"""One form for the same words, however a page or a model writes them, and the way back to the original.

Compatibility forms and ligatures are resolved, quotes and dashes made plain, soft hyphens and zero-width characters
dropped, white space collapsed, and left out before a closing mark, where raised figures and broken lines put it by
chance. A hyphen between two letters is dropped, with the line break after it, because nobody
can tell a healed "re-\\nsults" from a broken "well-\\nknown"; a hyphen at a digit stays, so no number changes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DASHES = dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE58, 0xFE63, 0x2043], "-")
_SINGLES = dict.fromkeys([0x2018, 0x2019, 0x201A, 0x201B, 0x2032, 0x2035, 0x60, 0xB4, 0x2B9, 0x2BC, 0xFF07], "'")
_DOUBLES = dict.fromkeys([0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x2036, 0xAB, 0xBB, 0xFF02, 0x301D, 0x301E], '"')
_NOTHING = dict.fromkeys(
    [0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
_LINE_END_HYPHEN = {0xFFFE: "-\n", 0x02: "-\n"}  # what pdfium writes for a hyphen that it thinks it may drop
_PLAIN = {**_DASHES, **_SINGLES, **_DOUBLES, **_NOTHING, **_LINE_END_HYPHEN}
_JOINS = (
    "".join(map(chr, _NOTHING)) + "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u093c\u1160-\u11ff\u3099\u309a"
)
_CLOSING = ",.;:!?)]"
_CLUSTER = re.compile(f"[^{_JOINS}][{_JOINS}]{{0,30}}|[{_JOINS}]{{1,30}}")
_LONG_RUN = re.compile(rf"[{_JOINS}]{{31}}|[^\w\s\x00-\x7f]{{31}}")
"""More marks than any letter has (UAX 15): putting them into their order takes time with the square of their number."""
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?:[^\S\n]*\n\s*)?(?=[^\W\d_])|(?<=-)[^\S\n]*\n\s*|(?! [^\s,.;:!?)\]])\s+")
"""Hyphens and white space but for the usual single blank, which stays what it is."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text that knows where each of its characters came from."""

    text: str
    starts: list[int]
    ends: list[int]

    def find(self, quotation: str, start: int = 0) -> tuple[int, int] | None:
        """Where a quotation stands in the original text, from a normalised offset on, or None."""
        wanted = normalise(quotation)
        at = self.text.find(wanted, start) if wanted else -1
        return None if at < 0 else self.original(at, at + len(wanted))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text behind a span of the normalised text."""
        return self.starts[start], self.ends[end - 1]


def normalise(text: str) -> str:
    """The plain form of a text."""
    if _LONG_RUN.search(text):
        text, _ = _plain_clusters(text)
    else:
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    return _HYPHEN.sub(_joint, text.replace("\r", "\n")).strip()


def normalised(text: str) -> Normalised:
    """The plain form of a text with the way back: ``normalised(t).text == normalise(t)``."""
    plain, origin = _plain_clusters(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(piece: str, first: int, last: int) -> None:
        pieces.append(piece)
        whole = len(piece) == last - first
        for at in range(first, last) if whole else [first] * len(piece):
            starts.append(origin[at][0])
            ends.append(origin[at][1] if whole else origin[last - 1][1])

    at = len(plain) - len(plain.lstrip())
    stop = len(plain.rstrip())
    for match in _HYPHEN.finditer(plain):
        if match.start() < at or match.end() > stop:
            continue
        keep(plain[at : match.start()], at, match.start())
        keep(_joint(match), match.start(), match.end())
        at = match.end()
    keep(plain[at:stop], at, max(at, stop))
    return Normalised("".join(pieces), starts, ends)


def _joint(match: re.Match[str]) -> str:
    piece, after = match.group(), match.string[match.end() : match.end() + 1]
    if after and after in _CLOSING:
        return "-" * piece.startswith("-")
    after_hyphen = match.start() > 0 and match.string[match.start() - 1] == "-"
    return "" if piece.startswith("-") or ("\n" in piece and after_hyphen) else " "


def _plain_clusters(text: str) -> tuple[str, list[tuple[int, int]]]:
    pieces: list[str] = []
    origin: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        piece = match.group()
        if not piece.isascii() or piece == "\x02" or piece in "`\r":
            piece = unicodedata.normalize("NFKC", piece.translate(_PLAIN)).translate(_PLAIN).replace("\r", "\n")
        pieces.append(piece)
        origin.extend([match.span()] * len(piece))
    return "".join(pieces), origin
