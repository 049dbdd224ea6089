"""What a work is called: by its title, or where its text presents a name of its own."""

import re
from collections import Counter
from itertools import islice

_COINED = r"[A-Z][\w+-]*[A-Z\d][\w+-]*|[A-Z][a-z]+[A-Z]\w*"
_PRESENTED = re.compile(
    rf"\b(?:propos|present|introduc|develop|describ|releas|call)(?:e[sd]?|s|ed|ing)?,?\s(?:[\w-]+\s){{0,3}}?({_COINED})\b"
)
_NO_NAME = re.compile(r"\[|(?:the|an?|on|towards?) ", re.IGNORECASE)
MOST_NAMES = 20
"""A bound on the time for long texts; at a quarter, a paper of many models loses a name."""
LONGEST_NAME = 4
"""Words of a title before its colon that may be a name: "R for Data Analysis" has four."""


def presented_names(text: str) -> tuple[str, ...]:
    """Coined names that the text presents ("we propose NightEar"), the one that it uses most first."""
    matches = islice(_PRESENTED.finditer(text), MOST_NAMES)
    found = {match.group(1) for match in matches}
    often = Counter({name: len(re.findall(rf"\b{re.escape(name)}\b", text)) for name in found})
    return tuple(sorted(found, key=lambda name: (-often[name], name)))


def title_names(title: str) -> tuple[str, ...]:
    """The part of a title before a colon, if it is short, and its words with capitals inside."""
    head, colon, _ = title.partition(":")
    short = bool(colon) and len(head.split()) <= LONGEST_NAME and not _NO_NAME.match(head)
    inside = [word for word in re.findall(r"[\w+-]+", title) if is_coined(word)]
    return tuple(dict.fromkeys([*([head.strip()] if short else []), *inside]))


def is_coined(name: str) -> bool:
    """Whether a name is one word with capitals inside."""
    return " " not in name and re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", name) is not None
