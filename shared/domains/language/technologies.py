"""Technologies that a text names: languages, libraries, platforms and formats, by a list of their names."""

import re
from collections import Counter

from shared.domains.language.lexicon import lines, table

TECHNOLOGIES = lines("technologies")
_AMBIGUOUS = frozenset(
    {"NEURON", "Brian", "Ray", "Canvas", "Stan", "Excel", "Rust", "Spark", "Unity", "Slack", "Binder", "Shiny", "React"}
)
_ANY = re.compile(
    r"(?<![\w.-])(?:"
    + "|".join(re.escape(name) for name in sorted(TECHNOLOGIES, key=len, reverse=True))
    + r")(?![\w+#]|\.\w|-\w)"
)
_MOST = 20
_OFTEN = 3
"""Times that a name stands which is also a word: once, it may be the word."""


def technologies(text: str) -> tuple[str, ...]:
    """The names, most frequent first; a name that is also a word has to stand at least three times."""
    count = Counter(match.group() for match in _ANY.finditer(text))
    sure = [(name, often) for name, often in count.most_common() if often >= _OFTEN or name not in _AMBIGUOUS]
    return tuple(name for name, _ in sure[:_MOST])


def technology_key(name: str) -> str:
    """The same for all names of one technology, and for no two."""
    plain = _plain(name)
    return _ALIASES.get(plain, plain)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+|(?<=\w)\.(?=\w)", "", name.casefold())


_ALIASES = {_plain(alias): _plain(name) for name, aliases in table("technology_names").items() for alias in aliases}
