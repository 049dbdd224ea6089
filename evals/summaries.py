"""One-sentence summaries on SciTLDR, beside baselines of the same run: `python -m evals.summaries FOLDER`.

FOLDER holds `scitldr-dev.jsonl`. ROUGE is F1 of stemmed words against the best of a paper's references; "oracle" is the
sentence that such a judge would have picked.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import Stemmer

from shared.domains.extraction.clean import statement_text
from shared.domains.extraction.summary import best_sentence

_PROPOSES = re.compile(r"\b(?:we|this paper|this work)\b.{0,20}\b(?:propos|present|introduc)", re.IGNORECASE)
_STEMMER = Stemmer.Stemmer("porter")
Picker = Callable[[str, list[str]], str]
Counts = Counter[Any]


def main(folder: Path) -> None:
    papers = [json.loads(line) for line in (folder / "scitldr-dev.jsonl").read_text("utf-8").splitlines()]
    pickers: dict[str, Picker] = {
        "first sentence": lambda _, said: said[0],
        "first we propose": _proposing,
        "ours": _ours,
    }
    print(f"{len(papers)} papers         ROUGE-1  ROUGE-2  ROUGE-L")
    for name, picker in pickers.items():
        _report(name, [rouge(picker(one["title"], one["source"]), one["target"]) for one in papers])
    _report("oracle", [max(rouge(said, one["target"]) for said in one["source"]) for one in papers])


def _report(name: str, scores: Sequence[tuple[float, float, float]]) -> None:
    means = [100 * sum(score[at] for score in scores) / len(scores) for at in range(3)]
    print(f"{name:20} " + "".join(f"{mean:9.1f}" for mean in means))


def _proposing(_: str, said: list[str]) -> str:
    return next((one for one in said if _PROPOSES.search(one)), said[0])


def _ours(title: str, said: list[str]) -> str:
    return best_sentence(title, [statement_text(one) for one in said])


def rouge(said: str, references: Sequence[str]) -> tuple[float, float, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L of the reference that fits best by ROUGE-1."""
    words = _words(said)
    return max(_against(words, _words(reference)) for reference in references)


def _against(one: Sequence[str], other: Sequence[str]) -> tuple[float, float, float]:
    pairs = [Counter(pairwise(words)) for words in (one, other)]
    longest = _longest(one, other)
    return _f1(Counter(one), Counter(other)), _f1(*pairs), _harmonic(longest, len(one), len(other))


def _f1(one: Counts, other: Counts) -> float:
    return _harmonic((one & other).total(), one.total(), other.total())


def _harmonic(shared: int, one: int, other: int) -> float:
    return 2 * shared / (one + other) if one + other else 0.0


def _longest(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for at, same in enumerate(other):
            row.append(before[at] + 1 if word == same else max(row[at], before[at + 1]))
    return row[-1]


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(_STEMMER.stemWords(re.findall(r"[a-z0-9]+", text.lower())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
