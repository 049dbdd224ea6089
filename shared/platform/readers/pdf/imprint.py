"""Where and when a paper appeared, as far as its first page says so."""

from __future__ import annotations

import re

from shared.platform.readers.pdf.geometry import Line

_VENUE = re.compile(
    r"\b((?:(?:the\s+)?(?:international\s+|european\s+|american\s+)?"
    r"(?:journal|annals|transactions|bulletin|archives|reviews?)\s+(?:of|on|in|for)\s+|proceedings\s+of\s+(?:the\s+)?)"
    r"(?:[^\W_][\w&:’'-]*\s*){1,10}|[A-Z][\w& ]{2,40}\s(?:Journal|Letters|Transactions)\b)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?:published|accepted|©|\(c\)|copyright|vol(?:ume|\.)?\s*\d+|"
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?)\D{0,40}?\b((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_VENUE_END = re.compile(r"\s(?:vol|no|issue|pp|doi|https?|is|are|was|and the|for an?)\b|[,;(]|\s\d")
_YEAR = re.compile(r"\(?\b((?:19|20)\d\d)\b\)?")


def imprint_of(lines: list[Line], hints: dict[str, str]) -> tuple[str | None, int | None]:
    """Venue and year from the lines of the first page, headers and footers included."""
    ordered = [hints.get("Subject", ""), *(" ".join(line.text.split()) for line in lines)]
    edges = [text for text in ordered if text]
    # longer lines are sentences about a journal; at half, headers with volume and pages are lost
    venue = next(
        (match.group(1) for text in edges if len(text) < 160 for match in [_VENUE.search(text)] if match), None
    )
    return _trimmed(venue), _year(edges)


def _trimmed(venue: str | None) -> str | None:
    if venue is None:
        return None
    kept = _VENUE_END.split(venue, maxsplit=1)[0].strip()
    return kept if kept[:1].isupper() else None


def _year(texts: list[str]) -> int | None:
    dated = [int(match.group(1)) for text in texts for match in [_DATED.search(text)] if match]
    if dated:
        return max(dated)
    # longer lines are text; at half, the year in a long line of a first page is passed over (LNCS)
    short = [
        int(year) for text in texts if len(text) < 120 and not text.startswith("[") for year in _YEAR.findall(text)
    ]
    return short[0] if short else None
