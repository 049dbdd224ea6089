"""Sentence roles on CSAbstruct, beside baselines of the same run: `python -m evals.roles FOLDER`.

FOLDER holds `csabstruct-dev.jsonl`. "agreed" counts only sentences on which at least 60 % of the annotators agreed;
"claims" joins objective and result.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shared.domains.knowledge.content import StatementKind
from shared.domains.language import cues
from shared.domains.language.rhetoric import Rhetoric, roles_of, shares

AGREED = 0.6
Labeller = Callable[[list[str]], Sequence[str]]


def main(folder: Path) -> None:
    abstracts = [json.loads(line) for line in (folder / "csabstruct-dev.jsonl").read_text("utf-8").splitlines()]
    labellers: dict[str, Labeller] = {
        "majority": _majority,
        "cue rules": _by_cue,
        "words only": _by_words,
        "model": roles_of,
    }
    print(f"{len(abstracts)} abstracts   macro-F1  agreed  claims-F1  agreed")
    for name, labeller in labellers.items():
        pairs = [pair for one in abstracts for pair in _pairs(one, labeller)]
        agreed = [pair for pair in pairs if pair[2] >= AGREED]
        figures = [macro_f1(pairs), macro_f1(agreed), _claims_f1(pairs), _claims_f1(agreed)]
        print(f"{name:14} " + "".join(f"{figure:9.3f}" for figure in figures))


Pair = tuple[str, str, float]


def _pairs(abstract: dict[str, Any], labeller: Labeller) -> list[Pair]:
    said = labeller(abstract["sentences"])
    return [
        (gold, str(label), conf) for gold, label, conf in zip(abstract["labels"], said, abstract["confs"], strict=True)
    ]


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of the roles' F1."""
    return sum(f1(pairs, role) for role in Rhetoric) / len(Rhetoric)


def f1(pairs: Sequence[Pair], role: str) -> float:
    """F1 of one role."""
    count = Counter((gold == role, said == role) for gold, said, _ in pairs)
    right = count[True, True]
    return 2 * right / max(1, 2 * right + count[True, False] + count[False, True])


def _claims_f1(pairs: Sequence[Pair]) -> float:
    joined = {"objective": "claim", "result": "claim"}
    return f1([(joined.get(gold, gold), joined.get(said, said), conf) for gold, said, conf in pairs], "claim")


def _majority(sentences: list[str]) -> list[str]:
    return ["background"] * len(sentences)


def _by_words(sentences: list[str]) -> list[str]:
    return [max(shares(one).items(), key=lambda item: item[1])[0] for one in sentences]


def _by_cue(sentences: list[str]) -> list[str]:
    kinds = {"objective": StatementKind.CLAIM, "method": StatementKind.METHOD, "result": StatementKind.RESULT}
    scored = [{role: cues.cue(kind, one) for role, kind in kinds.items()} | {"background": 0.4} for one in sentences]
    return [max(score, key=score.__getitem__) for score in scored]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
