"""Keyphrases, F1 of the first ten after Porter stemming, beside baselines of the same run.

    python -m evals.keyphrases FOLDER

FOLDER holds a `.txt` and a `.key` file (one phrase a line) for each document.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import Stemmer

from shared.domains.language.keyphrases import keyphrases
from shared.domains.language.words import STOP_WORDS

_STEMMER = Stemmer.Stemmer("porter")
MOST = 10
Extractor = Callable[[str], Sequence[str]]


def main(folder: Path) -> None:
    pairs = [
        (path.read_text("utf-8"), path.with_suffix(".key").read_text("utf-8")) for path in sorted(folder.glob("*.txt"))
    ]
    extractors: dict[str, Extractor] = {"frequent words": _frequent, "first runs": _first_runs, "ours": keyphrases}
    print(f"{len(pairs)} documents      P@10    R@10   F1@10")
    for name, extractor in extractors.items():
        scores = [score(extractor(text)[:MOST], key.splitlines()) for text, key in pairs]
        means = [100 * sum(one[at] for one in scores) / len(scores) for at in range(3)]
        print(f"{name:16} " + "".join(f"{mean:8.1f}" for mean in means))


def score(said: Sequence[str], gold: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the distinct stemmed phrases."""
    ours, theirs = set(map(_stemmed, said)), set(map(_stemmed, gold)) - {""}
    right = len(ours & theirs)
    precision, recall = right / max(1, len(ours)), right / max(1, len(theirs))
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def _stemmed(phrase: str) -> str:
    return " ".join(_STEMMER.stemWords(re.findall(r"[a-z0-9]+", phrase.lower())))


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in STOP_WORDS]


def _frequent(text: str) -> list[str]:
    return [word for word, _ in Counter(_words(text)).most_common(MOST)]


def _first_runs(text: str) -> list[str]:
    runs = re.split(rf"[^a-z\s-]|\b(?:{'|'.join(map(re.escape, STOP_WORDS))})\b", text.lower())
    return list(dict.fromkeys(" ".join(run.split()) for run in runs if run.split()))[:MOST]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
