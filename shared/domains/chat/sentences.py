"""Which sentences answer a question: what they hold of its words, of what kind they are, whether they are approved."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.domains.chat.material import Material
from shared.domains.chat.question import Topic, Wants
from shared.domains.knowledge.content import Passage, StatementKind
from shared.domains.knowledge.model import Artifact
from shared.domains.language.cues import cues, dangles, readable
from shared.domains.language.sentences import sentences
from shared.domains.language.words import content_roots, overlap
from shared.platform.search import Entry
from shared.platform.search.words import stems

Kind = StatementKind
FITTING: Mapping[Wants, Mapping[Kind, float]] = {
    Wants.LIMITATION: {Kind.LIMITATION: 1.0},
    Wants.FUTURE: {Kind.FUTURE_WORK: 1.0},
    Wants.COMPARISON: {Kind.RESULT: 0.5, Kind.CLAIM: 0.4},
    Wants.DATA: {Kind.METHOD: 0.4, Kind.RESULT: 0.2},
    Wants.AVAILABILITY: {},
    Wants.QUANTITY: {Kind.RESULT: 0.5, Kind.METHOD: 0.4},
    Wants.METHOD: {Kind.METHOD: 1.0, Kind.CLAIM: 0.4},
    Wants.RESULT: {Kind.RESULT: 1.0, Kind.CLAIM: 0.6},
    Wants.PROBLEM: {Kind.PROBLEM: 1.0, Kind.CLAIM: 0.3},
    Wants.NOVELTY: {Kind.CLAIM: 1.0},
    Wants.OVERVIEW: {Kind.CLAIM: 0.8, Kind.PROBLEM: 0.5, Kind.RESULT: 0.5, Kind.METHOD: 0.4},
    Wants.DEFINITION: {Kind.CLAIM: 0.4, Kind.METHOD: 0.1, Kind.FUTURE_WORK: -0.5, Kind.LIMITATION: -0.5},
    Wants.ANYTHING: {},
}
"""How well a kind of statement suits what is wanted."""
DEFINING = re.compile(
    r"\b(?:is|are) (?:an?|the)\b|\bwe (?:present|propose|introduce|describe|develop)\b"
    r"|,(?: which is)? an? [a-z]+ (?:that|for|of)\b"
    r"|\bthis (?:paper|article|work) (?:presents|introduces|describes|proposes)\b|\bdefined as\b",
    re.IGNORECASE,
)
TELLING = {
    Wants.COMPARISON: re.compile(
        r"\b(?:than|outperform\w*|compared (?:to|with)|versus|baselines?|state[- ]of[- ]the[- ]art|surpass\w*"
        r"|whereas)\b",
        re.IGNORECASE,
    ),
    Wants.DATA: re.compile(
        r"\b(?:data|data ?sets?|corpus|corpora|benchmarks?|participants|samples|recordings|collected)\b", re.IGNORECASE
    ),
    Wants.AVAILABILITY: re.compile(
        r"\b(?:available|open[- ]source\w*|downloaded|installed|source code|licen[cs]e\w*|GPL|released|repository)\b",
        re.IGNORECASE,
    ),
    Wants.DEFINITION: DEFINING,
    Wants.OVERVIEW: DEFINING,
    Wants.QUANTITY: re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|twice|third)\b"),
}
"""Words that a sentence of what is wanted has."""
OF_A_KIND = frozenset({Wants.LIMITATION, Wants.FUTURE, Wants.OVERVIEW})
"""Where a sentence of another kind answers nothing, whatever words it shares."""
OF_A_WORK = OF_A_KIND | {
    Wants.METHOD, Wants.RESULT, Wants.PROBLEM, Wants.NOVELTY, Wants.OVERVIEW, Wants.DEFINITION, Wants.COMPARISON,
    Wants.DATA, Wants.AVAILABILITY,
}  # fmt: skip
"""What can be asked about a work as a whole: its sentences need not name it again."""
TITLE, NEAR = 0.8, 0.5
"""What a word counts that stands in the title or keywords of the work, or only near the sentence."""
ENOUGH, SAID = 0.6, 0.5
"""How much of a topic has to be found in and around a sentence, and how much in itself."""
WORK = 0.75
"""How much of a topic a work's title and keywords have to hold for the topic to be that work."""
CLOSE = 0.75
"""The share of the best one's score that the others need."""
SAME = 0.6
MOST = {Wants.LIMITATION: 5, Wants.METHOD: 4, Wants.RESULT: 4, Wants.FUTURE: 4, Wants.OVERVIEW: 4}
USUALLY = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that might answer: an approved statement with its quotation, or a sentence of a passage."""

    artifact: Artifact
    text: str
    quotation: str
    passage: Passage
    near: frozenset[str] = frozenset()
    """Stems around it."""
    statement_id: str | None = None
    kind: Kind | None = None
    confidence: float = 0.0
    score: float = 0.0


def best(material: Material, topic: Topic, wants: Wants) -> list[Candidate]:
    """The best sentences, the best first, none of which says what another does; none when nothing answers."""
    ranking = _Ranking(material, topic, wants)
    scored = sorted(ranking.scored(), key=lambda pair: -pair[0])
    chosen: list[Candidate] = []
    for score, candidate in scored:
        if len(chosen) == MOST.get(wants, USUALLY) or score < CLOSE * scored[0][0]:
            break
        if not any(_same(candidate, other) for other in chosen):
            chosen.append(candidate)
    return chosen


def named(material: Material, topic: Topic) -> list[Artifact]:
    """The artifacts whose titles the topic is; all of them where it says nothing."""
    shares = {
        artifact.id: _share(material, frozenset(stems(artifact.content.title))) for artifact in material.artifacts
    }
    least = max(WORK, 0.9 * max(shares.values(), default=0.0))
    return [artifact for artifact in material.artifacts if not topic or shares[artifact.id] >= least]


def _share(material: Material, held: frozenset[str]) -> float:
    total = sum(material.weights.values()) or 1.0
    return sum(weight for stem, weight in material.weights.items() if stem in held) / total


def _same(one: Candidate, other: Candidate) -> bool:
    return overlap(content_roots(one.text), content_roots(other.text)) >= SAME or one.quotation in other.quotation


class _Ranking:
    def __init__(self, material: Material, topic: Topic, wants: Wants) -> None:
        self._material = material
        self._topic = topic
        self._wants = wants
        self._total = sum(material.weights.values()) or 1.0
        self._titles = {artifact.id: _title_stems(artifact) for artifact in material.artifacts}

    def scored(self) -> Iterator[tuple[float, Candidate]]:
        """The candidates that answer, with how well."""
        for candidate in _candidates(self._material):
            score = self._score(candidate)
            if score > 0:
                yield score, candidate

    def about(self, artifact: Artifact) -> float:
        """How much of the topic the title and keywords of an artifact hold; all of no topic."""
        return _share(self._material, self._titles[artifact.id]) if self._topic else 1.0

    def _score(self, candidate: Candidate) -> float:
        held = frozenset(stems(candidate.text))
        said = self._covered(dict.fromkeys(held, 1.0)) if self._topic else 0.0
        title = dict.fromkeys(self._titles[candidate.artifact.id], TITLE)
        around = dict.fromkeys(candidate.near, NEAR) | title | dict.fromkeys(held, 1.0)
        covered = self._covered(around) if self._topic else 1.0
        fit = self._fit(candidate)
        if not self._answers(candidate, said, covered, fit):
            return 0.0
        approved = 0.15 + 0.1 * candidate.confidence if candidate.statement_id else 0.0
        reads = -0.15 * dangles(candidate.text)
        return 0.6 * said + 0.4 * covered + 0.4 * fit + approved + reads + 0.1 * self._adjacent(candidate)

    def _answers(self, candidate: Candidate, said: float, covered: float, fit: float) -> bool:
        if self._wants in OF_A_KIND and fit <= 0:
            return False
        if not self._topic:
            return fit > 0
        if self._wants in OF_A_WORK and fit > 0 and self.about(candidate.artifact) >= WORK:
            return True
        return said >= SAID and covered >= ENOUGH

    def _covered(self, held: Mapping[str, float]) -> float:
        return sum(weight * held.get(stem, 0.0) for stem, weight in self._material.weights.items()) / self._total

    def _fit(self, candidate: Candidate) -> float:
        kinds, telling = FITTING.get(self._wants, {}), TELLING.get(self._wants)
        fit = 0.6 if telling is not None and telling.search(candidate.text) else 0.0
        if candidate.kind is not None:
            return fit + kinds.get(candidate.kind, 0.0)
        if not kinds:
            return fit
        said = cues(candidate.text)
        return fit + max(
            (0.8 * weight * min(said[kind], 2.0) / 2 for kind, weight in kinds.items() if said[kind] > 0.5), default=0.0
        )

    def _adjacent(self, candidate: Candidate) -> float:
        """The share of the topic's neighbours that are neighbours here, too."""
        pairs = set(pairwise(self._topic.stems))
        return len(pairs & set(pairwise(stems(candidate.text)))) / len(pairs) if pairs else 0.0


def _title_stems(artifact: Artifact) -> frozenset[str]:
    content = artifact.content
    people = (person.name for person in content.people)
    return frozenset(
        stems(" ".join([content.title, *content.keywords, *content.concepts, *content.technologies, *people]))
    )


def _candidates(material: Material) -> Iterator[Candidate]:
    """Statements, and the sentences of passages of which no statement was made."""
    artifacts = {artifact.id: artifact for artifact in material.artifacts}
    stated: dict[str, list[Passage]] = {}
    for artifact in material.artifacts:
        for candidate in _statements(artifact):
            stated.setdefault(artifact.id, []).append(candidate.passage)
            yield candidate
    for entry in material.passages:
        for candidate in _sentences(artifacts[entry.artifact_id or ""], entry):
            if not any(_overlap(candidate.passage, place) for place in stated.get(candidate.artifact.id, ())):
                yield candidate


def _overlap(one: Passage, other: Passage) -> bool:
    return one.source_id == other.source_id and one.start < other.end and other.start < one.end


def _statements(artifact: Artifact) -> Iterator[Candidate]:
    for statement in artifact.supported:
        proven = next((one for one in statement.evidence if one.verified and one.passage), None)
        if proven is not None and proven.passage is not None:
            yield Candidate(
                artifact, statement.text, proven.quotation, proven.passage, statement_id=statement.id,
                kind=statement.kind, confidence=statement.confidence,
            )  # fmt: skip


def _sentences(artifact: Artifact, entry: Entry) -> Iterator[Candidate]:
    if entry.passage is None:
        return
    place = Passage.model_validate(entry.passage)
    near = frozenset(stems(entry.text))
    for start, end in sentences(entry.text):
        text = entry.text[start:end]
        if readable(text):
            passage = place.model_copy(update={"start": place.start + start, "end": place.start + end})
            yield Candidate(artifact, text, text, passage, near)


def by_artifact(chosen: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """The sentences of each artifact, that of the best one first."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in chosen:
        groups.setdefault(candidate.artifact.id, []).append(candidate)
    return groups
