"""What a question asks, by its wording: of the programme or of content, what is wanted of it, and what it is about."""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.domains.chat.times import Times, times_in
from shared.domains.language.lexicon import table
from shared.domains.language.words import lowered
from shared.platform.search.words import WORD, folded, stem

_TABLE = table("questions")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("".join(text.splitlines()))


class Wants(StrEnum):
    """What a question about content wants to hear, the most telling first."""

    AUTHORS = "authors"
    PUBLICATION = "publication"
    LIMITATION = "limitation"
    FUTURE = "future"
    COMPARISON = "comparison"
    DATA = "data"
    AVAILABILITY = "availability"
    QUANTITY = "quantity"
    METHOD = "method"
    RESULT = "result"
    PROBLEM = "problem"
    NOVELTY = "novelty"
    OVERVIEW = "overview"
    DEFINITION = "definition"
    ANYTHING = "anything"


class Asks(StrEnum):
    """What a question about the programme wants to hear, the most telling first."""

    NEXT = "next"
    COUNT = "count"
    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    ANY = "any"
    LIST = "list"


_WANTS = {Wants(name): _pattern(text) for name, text in _TABLE["wants"].items()}
_ASKS = {asks: _pattern(_TABLE["asks"][asks]) for asks in Asks}
_THINGS = {name: _pattern(text) for name, text in _TABLE["things"].items()}
_ELLIPTIC, _REFERS, _SEVERAL, _ORDINAL = (
    _pattern(_TABLE["words"][name]) for name in ("elliptic", "refers", "several", "ordinal")
)
_ASKING = frozenset(folded(word) for word in _TABLE["words"]["asking"].split())
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
        "sixth": 6, "last": -1}  # fmt: skip
MOST_READ = 2_000
"""Characters of a message that are looked at."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked about: the words as they were typed, and their stems."""

    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.stems)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def without(self, stems: frozenset[str]) -> "Topic":
        kept = [(word, each) for word, each in zip(self.words, self.stems, strict=True) if each not in stems]
        return Topic(tuple(word for word, _ in kept), tuple(each for _, each in kept))


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood.

    `things` are the kinds that it names (`session`, `project`, `event`, or a type of session); `refers` to what was
    spoken of before, to `several` of it; `ordinal` counts in what was answered, -1 for its last; `elliptic` leaves out
    what is wanted.
    """

    text: str
    topic: Topic
    wants: Wants
    asks: Asks | None
    times: Times
    scheduled: Topic
    """What is asked about when the times in it are meant as such."""
    things: frozenset[str]
    refers: bool
    several: bool
    ordinal: int | None
    elliptic: bool

    @property
    def says_what(self) -> bool:
        """Whether its own words say what it is about."""
        return bool(self.topic or self.times or self.things)

    @property
    def stands_alone(self) -> bool:
        return self.says_what or self.asks in {Asks.NEXT, Asks.COUNT, Asks.ANY, Asks.LIST}


def read(text: str) -> Question:
    """Understand a message; anything that can be typed is some question."""
    low = " ".join(lowered(text[:MOST_READ]).replace("\u2019", "'").split())
    times, untimed = times_in(low)
    ordinal = _ORDINAL.search(untimed)
    counted = low if ordinal is None else low.replace(ordinal[0], " ")
    return Question(
        text=low,
        topic=topic_of(counted),
        wants=next((wants for wants, pattern in _WANTS.items() if pattern.search(low)), Wants.ANYTHING),
        asks=next((asks for asks, pattern in _ASKS.items() if pattern.search(low)), None),
        times=times,
        scheduled=topic_of(untimed if ordinal is None else _ORDINAL.sub(" ", untimed)),
        things=frozenset(name for name, pattern in _THINGS.items() if pattern.search(low)),
        refers=_REFERS.search(low) is not None,
        several=_SEVERAL.search(low) is not None,
        ordinal=_number(ordinal) if ordinal else None,
        elliptic=_ELLIPTIC.search(low) is not None,
    )


def topic_of(text: str) -> Topic:
    """The words that say what is asked about, each once."""
    found = {stem(word): word for word in reversed(WORD.findall(text)) if folded(word) not in _ASKING}
    pairs = [(word, each) for each, word in reversed(found.items()) if each]
    return Topic(tuple(word for word, _ in pairs), tuple(each for _, each in pairs))


def _number(found: re.Match[str]) -> int:
    said = found["k"] or found["c"]
    return int(said) if said else _NTH[found["n"]]
