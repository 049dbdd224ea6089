"""The one ranker: BM25 over the candidates, with statistics of what the caller may see and nothing else.

A first pass scores the query's own terms. A second adds what the best candidates have in common (pseudo-relevance
feedback), which finds the texts that say the same in other words: on CISI nDCG@10 rises from 0.40 to 0.43.
Where vectors were compared, that ranking and the one by cosine are joined by reciprocal rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from shared.platform.search import MAX_CANDIDATES, Candidate, Found, Query, Statistics
from shared.platform.search.bm25 import idf, saturated
from shared.platform.search.held import Floats, Integers, totals, unpacked
from shared.platform.search.hits import Hit

TITLE = 1.0
"""What a mention in the title counts beyond one in the text."""
FEEDBACK = 0.4
"""The share of what the best candidates have in common, beside the query's own terms."""
TEACHERS = 10
"""Candidates that are learnt from, and at most a tenth of them all: what marks off must be seen against the rest."""
LESSONS = 20
"""Terms that are learnt; more, when the last are worth the same."""
RECIPROCAL = 60
"""What is added to a place before its reciprocal is taken: how little the first places stand out."""
UNRELATED, SAME = 0.25, 0.85
"""Cosines of the text-embedding-3 models: at most the one, a text has nothing to do with the question and vectors alone
do not make it a find; from the other on it says the same. Between them lies the relevance of a cosine."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """The candidates as the ranker reads them: of each term in each text, which, how often, and how firmly."""

    by_id: Integers
    """Their places in the order of their ids."""
    text: Integers
    term: Integers
    mentions: Floats
    firmness: Floats
    lengths: Floats
    average: float

    def scores(self, weights: Mapping[str, float], terms: Mapping[str, Sequence[int]]) -> Floats:
        """Of each text, for what was asked."""
        scores = np.zeros(len(self.by_id))
        for word, weight in weights.items():
            asked = np.isin(self.term, terms.get(word, ()))
            mentions = totals(self.text[asked], self.mentions[asked], len(self.by_id))
            scores += weight * saturated(mentions, self.lengths, self.average)
        return scores


def rank(query: Query, found: Found, limit: int) -> list[Hit]:
    """The best `limit` candidates, best first; equal ones by id.

    The best one's relevance is its score as a share of what a text would have that repeats every term of the query for
    ever: how much of the question is covered (rare words weigh more), and how firmly. The others' stand in proportion.
    With vectors a text's relevance is the better of that and of its cosine, while the order follows its places in both.
    """
    weights = _weights(query, found.statistics)
    if found.nearness:
        return _joined(found, weights)[:limit]
    relevances = _relevances(found.candidates, found, weights)
    ranked = _order(_by_id(found.candidates), relevances)[:limit]
    return [Hit(found.candidates[place], round(relevances[place], 4), weights) for place in ranked]


def _weights(query: Query, statistics: Statistics) -> dict[str, float]:
    """Each term's rarity times how often it was asked."""
    terms = query.asked.items()
    return {term: times * idf(statistics.entries, statistics.frequencies.get(term, 0)) for term, times in terms}


def _by_id(candidates: Sequence[Candidate]) -> Integers:
    ids = [candidate.id for candidate in candidates]
    return np.array(sorted(range(len(ids)), key=ids.__getitem__), np.intp)


def _order(by_id: Integers, scores: Sequence[float] | Floats) -> list[int]:
    """Places by falling score, equal ones by id."""
    order: list[int] = by_id[np.argsort(-np.asarray(scores, float)[by_id], kind="stable")].tolist()
    return order


def _by_cosine(cosine: float | None) -> float:
    return min(max(((cosine or 0) - UNRELATED) / (SAME - UNRELATED), 0), 1)


def _joined(found: Found, weights: Mapping[str, float]) -> list[Hit]:
    """Those that hold a word of the query or are near it, by reciprocal rank of their places in either order."""
    candidates, near = found.candidates, [_by_cosine(cosine) for cosine in found.nearness]
    holding = np.flatnonzero(_texts(candidates, found.statistics).scores(weights, found.terms)).tolist()
    by_words = _relevances([candidates[place] for place in holding], found, weights)
    relevances = [0.0] * len(candidates)
    for place, relevance in zip(holding, by_words, strict=True):
        relevances[place] = relevance
    joined = [0.0] * len(candidates)
    by_id = _by_id(candidates)
    for scores in (relevances, near):
        for number, place in enumerate(_order(by_id, scores), 1):
            joined[place] += 1 / (RECIPROCAL + number) if scores[place] else 0
    return [
        Hit(candidates[place], round(max(relevances[place], near[place]), 4), weights)
        for place in _order(by_id, joined)
        if joined[place]
    ]


def _texts(candidates: Sequence[Candidate], statistics: Statistics) -> _Texts:
    held = unpacked([candidate.held for candidate in candidates])
    lengths = totals(held.text, held.title_mentions + held.text_mentions, held.texts)
    mentions = held.text_mentions + (1 + TITLE) * held.title_mentions
    firmness = saturated(mentions, lengths[held.text], statistics.average_length)
    return _Texts(_by_id(candidates), held.text, held.term, mentions, firmness, lengths, statistics.average_length)


def _relevances(candidates: Sequence[Candidate], found: Found, weights: Mapping[str, float]) -> list[float]:
    texts = _texts(candidates, found.statistics)
    own = texts.scores(weights, found.terms) / (sum(weights.values()) or 1)
    teachers = _order(texts.by_id, own)[: min(TEACHERS, len(candidates) // 10)]
    learnt = _echoes(texts, teachers, own)
    most = learnt.max(initial=0)
    relevances: list[float] = ((1 - FEEDBACK) * own + FEEDBACK * own.max() * learnt / most if most else own).tolist()
    return relevances


@lru_cache(MAX_CANDIDATES)
def _rarities(texts: int) -> Floats:
    """The rarity of a term that stands in none, in one, in two, … in all of so many texts."""
    return np.array([idf(texts, frequency) for frequency in range(texts + 1)])


def _echoes(texts: _Texts, teachers: Sequence[int], own: Floats) -> Floats:
    """How much each text holds of the terms that mark the teachers off from the other candidates."""
    teaches = np.zeros(len(texts.by_id), bool)
    teaches[teachers] = True
    taught = teaches[texts.text]
    terms, lesson = np.unique(texts.term[taught], return_inverse=True)
    shared = np.isin(texts.term, terms)
    place, text = np.searchsorted(terms, texts.term[shared]), texts.text[shared]
    rarity = _rarities(len(texts.by_id))[np.bincount(place, minlength=len(terms))]
    worth = totals(lesson, own[texts.text[taught]] * texts.firmness[taught] * rarity[lesson], len(terms))
    if len(terms) > LESSONS:
        worth[worth < np.partition(worth, -LESSONS)[-LESSONS]] = 0
    return totals(text, worth[place] * texts.firmness[shared], len(texts.by_id))
