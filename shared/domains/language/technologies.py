"""Technologies that a text names: languages, libraries, platforms and formats, by a list of their names."""

import re
from collections import Counter

from shared.domains.language.lexicon import lines

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


def technologies(text: str) -> tuple[str, ...]:
    """The names, most frequent first; a name that is also a word has to stand at least three times."""
    count = Counter(match.group() for match in _ANY.finditer(text))
    sure = [(name, often) for name, often in count.most_common() if often >= 3 or name not in _AMBIGUOUS]
    return tuple(name for name, _ in sure[:_MOST])
