"""Whether quotations bear what somebody says in words of their own.

Every number, negation, comparison, superlative and cause of the text has to stand in them, and three fifths of its
content words, whatever their endings: what is said may be shorter than what is quoted, and never stronger.
"""

from collections.abc import Sequence
from typing import Final

from shared.domains.language.lexicon import table
from shared.domains.language.numbers import missing
from shared.domains.language.words import containment, words
from shared.platform.search.words import stem, stems

LEAST_SHARED: Final = 0.6
"""The share of a text's content words that its quotations have."""


def bears(quotations: Sequence[str], text: str) -> bool:
    """Whether the quotations say what the text says."""
    if missing(text, quotations) or not telling(text) <= frozenset().union(*map(telling, quotations)):
        return False
    content = stems(text)
    return not content or containment(content, frozenset().union(*map(stems, quotations))) >= LEAST_SHARED


def telling(text: str) -> frozenset[str]:
    """The stems of the words that deny, compare, exalt or give a cause; "n't" denies."""
    said = [word.replace("\u2019", "'") for word in words(text)]
    found = {_stem(word) for word in said} & _TELLING
    return frozenset(found | {"not" for word in said if word.endswith("n't")})


def _stem(word: str) -> str:
    return stem(word) or word


_TELLING: Final = frozenset(_stem(word) for listed in table("bearing").values() for word in str(listed).split())
