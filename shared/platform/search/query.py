"""What was asked, read from what was typed: words, "quoted phrases", -excluded words, and prefixes*."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.platform.search.words import folded, stems

MAX_CHARACTERS = 2_000
"""Characters of a query that are looked at; the rest is dropped."""
MAX_TERMS = 128
TYPED = 200
"""Characters up to which quotes, minus and asterisk mean something; a longer text was pasted, and is only words."""
_PART = re.compile(r'(?P<sign>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_PREFIX = re.compile(r"\W*(\w{3,})\*\W*")


@dataclass(frozen=True, slots=True)
class Query:
    """Stems to look for, each with how often it was asked; anything that can be typed gives some query."""

    terms: dict[str, int] = field(default_factory=dict)
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, int]:
        """Terms and prefixes, these with an asterisk, and how often each was asked."""
        return {**self.terms, **{f"{prefix}*": 1 for prefix in self.prefixes}}

    @property
    def empty(self) -> bool:
        """Nothing to look for: no words, or only stop words and exclusions."""
        return not self.terms and not self.prefixes


def parse(text: str) -> Query:
    """The query that somebody typed; no input is an error."""
    if len(text) > TYPED:
        return _bounded(stems(text[:MAX_CHARACTERS]), [], [], [])
    wanted: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[str] = []
    prefixes: list[str] = []
    for part in _PART.finditer(text):
        found = stems(part["phrase"] or part["word"] or "")
        prefix = _PREFIX.fullmatch(part["word"] or "")
        if part["sign"]:
            excluded += found
        elif prefix:
            prefixes.append(folded(prefix[1]))
        else:
            wanted += found
            if part["phrase"] and len(found) > 1:
                phrases.append(tuple(found))
    return _bounded(wanted, phrases, excluded, prefixes)


def _bounded(wanted: Iterable[str], phrases: list[tuple[str, ...]], excluded: list[str], prefixes: list[str]) -> Query:
    terms = dict(list(Counter(wanted).items())[:MAX_TERMS])
    kept = tuple(phrase for phrase in phrases if all(stem in terms for stem in phrase))
    return Query(terms, kept, frozenset(excluded[:MAX_TERMS]), tuple(dict.fromkeys(prefixes[:4])))
