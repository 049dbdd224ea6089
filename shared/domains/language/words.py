"""Words as things to compare: tokens, stop words, and how much two sentences share."""

import re
from collections.abc import Collection
from functools import lru_cache

from shared.domains.language.lexicon import word_list

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.][^\W_]+)*")
STOP_WORDS = word_list("stop_words")


def lowered(text: str) -> str:
    """The text in lower case, with every character where it was."""
    return text.replace("\u0130", "i").lower()


def words(text: str) -> list[str]:
    """The words of a text in lower case; a hyphenated word is one."""
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=20_000)
def root(word: str) -> str:
    """A word without the endings of English plurals and verbs, so that "models" and "model" count as one."""
    for ending, least, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: len(word) - len(ending)] + instead
    return word


_ENDINGS = (
    ("ies", 2, "y"), ("sses", 1, "ss"), ("ches", 2, "ch"), ("shes", 2, "sh"), ("xes", 2, "x"), ("ss", 1, "ss"),
    ("us", 1, "us"), ("is", 1, "is"), ("s", 3, ""), ("ing", 4, ""), ("ed", 4, ""),
)  # fmt: skip


def content_roots(text: str) -> frozenset[str]:
    """The roots of the words that carry meaning."""
    return frozenset(root(word) for word in words(text) if word not in STOP_WORDS)


def overlap(one: Collection[str], other: Collection[str]) -> float:
    """How much of two sets of words is shared, 0 to 1 (Dice)."""
    if not one or not other:
        return 0.0
    first, second = frozenset(one), frozenset(other)
    return 2 * len(first & second) / (len(first) + len(second))


def containment(part: Collection[str], whole: Collection[str]) -> float:
    """The share of the words of `part` that `whole` has, 0 to 1."""
    first = frozenset(part)
    return len(first & frozenset(whole)) / len(first) if first else 0.0
