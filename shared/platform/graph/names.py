"""Words of a name, as names are found by them: without case and accents."""

import re

from shared.platform.search.words import folded

_WORD = re.compile(r"[^\W_]+")
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i", "ð": "d", "þ": "th"})
"""Letters that Unicode does not take apart."""
MAX_WORDS = 60


def name_words(name: str) -> list[str]:
    """In their order; of a very long name the first."""
    return _WORD.findall(folded(name).translate(_PLAIN))[:MAX_WORDS]
