"""What kind of statement a paper's sentence is, if any: its wording, its section and the trained model, weighed."""

import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final, NamedTuple, Self

from shared.domains.extraction.figures import figures
from shared.domains.knowledge.content import StatementKind as Kind
from shared.domains.language.cues import cues, dangles, place
from shared.domains.language.names import presented_names, title_names
from shared.domains.language.rhetoric import Rhetoric, shares
from shared.domains.language.words import content_roots

# chosen together with the weights below and the cues: a quarter less lets in four more statements a paper, a quarter
# more takes four from it
THRESHOLDS: Final[Mapping[Kind, float]] = {
    Kind.PROBLEM: 1.1, Kind.CLAIM: 1.6, Kind.METHOD: 1.6, Kind.RESULT: 1.6, Kind.LIMITATION: 1.4, Kind.FUTURE_WORK: 1.6,
}  # fmt: skip
_LEARNED: Final[Mapping[Kind, Mapping[Rhetoric, float]]] = {
    Kind.PROBLEM: {Rhetoric.BACKGROUND: 1.0, Rhetoric.METHOD: -0.8, Rhetoric.RESULT: -0.6},
    Kind.CLAIM: {Rhetoric.OBJECTIVE: 1.6, Rhetoric.RESULT: 0.6, Rhetoric.BACKGROUND: -0.4, Rhetoric.OTHER: -1.0},
    Kind.METHOD: {Rhetoric.METHOD: 1.4, Rhetoric.BACKGROUND: -0.6, Rhetoric.OTHER: -1.0},
    Kind.RESULT: {Rhetoric.RESULT: 1.5, Rhetoric.BACKGROUND: -0.8, Rhetoric.OTHER: -1.0},
    Kind.LIMITATION: {Rhetoric.OTHER: -0.5},
    Kind.FUTURE_WORK: {Rhetoric.BACKGROUND: -0.3},
}
_LEAST_OF_PROBLEM = 0.6
"""What the wording has to say at least: a "however" alone makes none. Without, three of four papers have another, found
by its place in the introduction alone; at twice, half of the papers lose one."""
_FOREIGN = re.compile(
    r"\bthe(?:ir)? (?:original )?authors?\b|\bthe original (?:paper|article|study|work|publication)\b"
    r"|\btheir (?:work|paper|model|method|approach)\b|\b[A-Z][\w-]{1,40} et al\b"
    r"|\b(?:previous|prior|earlier|other|related|existing) (?:work|stud(?:y|ies)|methods?|approach(?:es)?|papers?)\b"
)
_EARLIER = re.compile(
    r"\bin (?:an?|our) (?:previous|subsequent|earlier|prior|recent|companion) (?:paper|study|work|article)\b",
    re.IGNORECASE,
)
_WE_FIRST = re.compile(r"^(?:\S+ ){0,6}?(?:we|our)\b", re.IGNORECASE)
# without, what others say in the books and papers that a paper names is its claim
_FOREIGN_COST: Final[Mapping[Kind, float]] = {Kind.CLAIM: 0.9, Kind.METHOD: 0.8, Kind.RESULT: 0.4}
_NOUN = (
    r"(?:software|package|tool(?:box|kit)?|library|course|module|framework|platform|workshop|curriculum|tutorials?|textbook"
    r"|book|notebooks?|repository|resource|project|workflow|lessons?|app(?:lication)?)"
)
_MADE = r"(?:system|algorithm|model|method|approach|program|pipeline|technique|architecture|procedure|scheme)"
_OFFERING = (
    r"(?:is|are|provides?|supports?|offers?|enables?|allows?|includes?|contains?|covers?|exposes?|implements?|introduces?"
    r"|teaches|aims?|helps?|makes?|consists?|combines?|extends?|gives?|can|has been|was|uses?|guides?|features?"
    r"|simplifies|bridges?|addresses)"
)
_OWN_NOUN = re.compile(
    rf"^(?:(?:the|this|these|our) (?:[\w-]+ ){{0,2}}?{_NOUN}s?"
    rf"|(?:our|(?:the|this) (?:proposed|presented|new)) {_MADE}s?) (?:\w+ly )?{_OFFERING}\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(rf"\s(?:\w+ly )?{_OFFERING}\b")
_WORK = re.compile(rf"\b{_NOUN}\b", re.IGNORECASE)
LONGEST_SUBJECT = 9
"""Words before the verb: at half, half a claim a paper is lost; at twice, it may be the subject of another sentence."""
_NEED = re.compile(r"\b(?:need|motivation|purpose|problem|objectives?|goals?|aims?|contributions?)\b", re.IGNORECASE)


_OWN: Final[Mapping[Kind, float]] = {Kind.CLAIM: 1.0, Kind.METHOD: 0.5, Kind.PROBLEM: -0.7}


_TOLD_IN: Final = {(Kind.METHOD, "method"), (Kind.METHOD, "abstract")} | {
    (Kind.RESULT, role) for role in ("results", "abstract", "discussion", "conclusion")
}


_ANNOUNCING = 1.5
"""What "we propose" alone makes of a claim: such a sentence that names a problem as well is a claim."""


class Spoken(NamedTuple):
    """A sentence as it is weighed: cleaned, with its section, and its role if it stands in the abstract."""

    text: str
    section_role: str
    heading: str = ""
    rhetoric: Rhetoric | None = None
    cites: bool = False


class Work(NamedTuple):
    """How a paper speaks of the work: names from its title, and the title's words."""

    names: tuple[str, ...]
    roots: frozenset[str]

    @classmethod
    def of(cls, title: str, text: str = "") -> Self:
        """The names that a title gives and a text presents, and the title's words."""
        return cls((*title_names(title), *presented_names(text)), content_roots(title))

    def is_named(self, text: str) -> bool:
        """Whether a text uses one of the names."""
        return any(name.casefold() in text.casefold() for name in self.names)

    def is_subject(self, text: str) -> bool:
        """Whether a sentence says something of the work by its name or by words of its title."""
        offering = _OFFERS.search(text)
        subject = text[: offering.start()] if offering else ""
        if not subject or len(subject.split()) > LONGEST_SUBJECT:
            return False
        named = self.is_named(subject)
        shared = self.roots & content_roots(subject)
        # one word alone, or less of the title, is its field: "Automatic differentiation is a method"
        titled = len(shared) >= 2 and (len(shared) > 0.6 * len(self.roots) or _WORK.search(subject) is not None)
        return named or titled


def weigh(sentence: Spoken, work: Work) -> tuple[Kind, float]:
    """The kind that fits best and how far it passes its threshold; below 0 it is no statement."""
    heard = _Heard(sentence, work)
    margins = {kind: _score(kind, heard) - least for kind, least in THRESHOLDS.items()}
    best = max(margins, key=margins.__getitem__)
    return best, margins[best] - _clumsiness(sentence.text)


def confidence(margin: float) -> float:
    """A margin as a confidence between 0 and 1; 0.57 at the threshold."""
    return round(1 / (1 + math.exp(-0.3 - margin)), 3)


class _Heard:
    """What a sentence says, each thing found out once for all kinds, and only if one asks."""

    def __init__(self, sentence: Spoken, work: Work) -> None:
        self.sentence = sentence
        self.work = work
        self.cues = cues(sentence.text)
        self.role = _role(sentence)

    @cached_property
    def likely(self) -> Mapping[Rhetoric, float]:
        likely = shares(self.sentence.text)
        if self.sentence.rhetoric:
            # the model that sees the whole abstract is surer; by words alone, a result or method in every other is lost
            likely = {role: share / 3 for role, share in likely.items()}
            likely[self.sentence.rhetoric] += 2 / 3
        return likely

    @cached_property
    def figures(self) -> int:
        """Figures in the sentence, of which three count: one alone says less, and a row of a table no more."""
        return min(len(figures(self.sentence.text)), 3)

    @cached_property
    def named(self) -> bool:
        return self.work.is_named(self.sentence.text)

    @cached_property
    def own(self) -> bool:
        """Whether it is about the work itself, by name or as "the package"."""
        return self.work.is_subject(self.sentence.text) or _OWN_NOUN.search(self.sentence.text) is not None

    @cached_property
    def foreign(self) -> bool:
        """Whether it is about others' work, or about work that the authors did before."""
        text = self.sentence.text
        of_others = _FOREIGN.search(text) is not None or self.sentence.cites
        return _EARLIER.search(text) is not None or (of_others and not _WE_FIRST.search(text))


def _score(kind: Kind, heard: _Heard) -> float:
    said = heard.cues[kind] + _own(kind, heard) + _in_particular(kind, heard)
    learned = sum(weight * heard.likely[role] for role, weight in _LEARNED[kind].items())
    if kind is Kind.PROBLEM and said < _LEAST_OF_PROBLEM:
        return 0.0
    foreign = _FOREIGN_COST.get(kind, 0.0) if heard.foreign else 0.0
    return said + learned + place(kind, heard.role) - foreign


def _in_particular(kind: Kind, heard: _Heard) -> float:
    """Results are told in numbers, and methods and results by the work's name."""
    if (kind, heard.sentence.section_role) not in _TOLD_IN:
        return 0.0
    # without, a result in every other paper and the methods that speak of the work by its name are lost
    numbers = heard.figures * (0.3 if kind is Kind.RESULT else 0.1)
    return numbers + (0.5 if numbers + (kind is Kind.METHOD) and heard.named else 0.0)


def _own(kind: Kind, heard: _Heard) -> float:
    """A sentence about the work itself rather claims something than names a problem."""
    if kind not in _OWN:
        return 0.0
    announced = kind is Kind.PROBLEM and heard.cues[Kind.CLAIM] >= _ANNOUNCING
    return (1.4 if announced or heard.own else 0.0) * _OWN[kind]


def _role(sentence: Spoken) -> str:
    """A section on the need or purpose of the work counts as introduction, whatever else it was taken for."""
    movable = sentence.section_role in {"background", "other"}
    return "introduction" if movable and _NEED.search(sentence.heading) else sentence.section_role


def _clumsiness(text: str) -> float:
    # the shorter sentence and the one that stands alone are preferred; from half the words on, half of the papers lose
    # statements
    return 0.35 * dangles(text) + 0.02 * max(0, len(text.split()) - 35)
