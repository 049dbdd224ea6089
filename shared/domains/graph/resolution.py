"""Which names mean the same thing: every name has a key, and names of one key are one node.

A key is made of the name alone, so that neither the order nor the number of sources moves it. Only people may be one
under several keys ("J. Smith", "John Smith"): their nodes form families, which are told apart when they are read.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from shared.clock import derived_id
from shared.domains.language.technologies import technology_key
from shared.domains.language.words import root
from shared.platform.graph import Node, NodeType, Value
from shared.platform.graph.names import name_words

LEAST_TITLE = 3
"""Words of a title that is taken for a work's own when it is cited."""
MOST_AUTHORS_WORDS = 4
"""Words at the beginning of a reference that may be its first author's surname."""
_PARTICLES = frozenset(
    {
        *("af", "al", "bin", "da", "de", "del", "della", "den", "der", "di"),
        *("dos", "du", "el", "la", "le", "ten", "ter", "van", "von", "zu"),
    }
)
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "phd", "md"])
_TITLES = frozenset(["dr", "prof", "professor", "mr", "mrs", "ms"])
_EDITION = re.compile(
    r"\b(?:proceedings of(?: the)?|proc|(?:19|20)\d\d|\d+(?:st|nd|rd|th))\b|['\u2019]\d\d\b", re.IGNORECASE
)


def concept(name: str) -> Node | None:
    """A concept by the roots of its words: "Neural networks" is "neural network"."""
    key = " ".join(root(word) for word in name_words(name))
    return _node(NodeType.CONCEPT, name, key)


def technology(name: str) -> Node | None:
    return _node(NodeType.TECHNOLOGY, name, technology_key(name.strip()) if name_words(name) else "")


def venue(name: str) -> Node | None:
    """A venue without its year and number: it is the same every year."""
    return _node(NodeType.VENUE, name, " ".join(name_words(_EDITION.sub(" ", name))) or " ".join(name_words(name)))


def person(kind: NodeType, name: str, properties: Mapping[str, Value] | None = None) -> Node | None:
    """An author or a speaker, of the family of those with the same surname and first initial."""
    surname, given = parsed(name)
    if not surname:
        return None
    family = f"{kind} {surname}, {given[0][0]}" if given else ""
    return Node(node_id(kind, surname, *given), kind, name.strip(), properties or {}, family, given)


def paper(title: str, authors: Sequence[str], properties: Mapping[str, Value]) -> Node | None:
    """A paper by its title and its first author's surname."""
    key = " ".join(name_words(title))
    surname = parsed(authors[0])[0] if authors else ""
    return Node(paper_id(key, surname), NodeType.PAPER, title.strip(), properties) if key else None


def cited(title: str, reference: str) -> list[str]:
    """Ids that the cited paper may have: one for each word that may be its first author's surname."""
    words = name_words(title)
    if len(words) < LEAST_TITLE:
        return []
    key = " ".join(words)
    before = " ".join(name_words(reference)).partition(key)[0]
    surnames = [word for word in before.split() if len(word) > 1][:MOST_AUTHORS_WORDS]
    return [paper_id(key, surname) for surname in dict.fromkeys([*surnames, ""])]


def paper_id(key: str, surname: str) -> str:
    return node_id(NodeType.PAPER, key, surname.rpartition(" ")[2])


def node_id(kind: NodeType, *key: str) -> str:
    """The one id of a key."""
    return derived_id("node", kind, *key)


def parsed(name: str) -> tuple[str, tuple[str, ...]]:
    """Surname and given names or initials, without case and accents; ("", ()) when there is no word in it."""
    last, comma, first = name.partition(",")
    words = [word for word in name_words(last) if word not in _TITLES | _SUFFIXES]
    given = [word for word in name_words(first) if word not in _SUFFIXES] if comma else []
    if given:
        return " ".join(words), tuple(given)
    if not words:
        return "", ()
    *before, surname = words
    particles = list(takewhile(_PARTICLES.__contains__, reversed(before[1:])))[::-1]
    return " ".join([*particles, surname]), tuple(before[: len(before) - len(particles)])


def _node(kind: NodeType, name: str, key: str) -> Node | None:
    return Node(node_id(kind, key), kind, name.strip()) if key else None
