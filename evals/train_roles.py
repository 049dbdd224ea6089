"""Learn the weights of `shared/domains/language/lexicon/rhetoric.json` from CSAbstruct.

    python -m evals.train_roles FOLDER

FOLDER holds `csabstruct-train.jsonl` (allenai/sequential_sentence_classification, Apache-2.0). Needs scikit-learn,
which nothing else here needs: `pip install scikit-learn`. Sentences weigh as much as their annotators agreed, and each
is learned twice, in its place and, at a quarter of the weight, by its words alone.
`evals/roles.py` measures what comes out.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from shared.domains.language.rhetoric import Rhetoric, placed, spoken

FEWEST = 8
"""Sentences that a feature must stand in."""
REGULARISATION = 0.15
TRANSITIONS = 0.3
"""How much the sequence counts beside the sentence."""
SCALE = 100
ROLES = list(Rhetoric)
TARGET = Path(__file__).parents[1] / "shared/domains/language/lexicon/rhetoric.json"


def main(folder: Path) -> None:
    abstracts = [json.loads(line) for line in (folder / "csabstruct-train.jsonl").read_text("utf-8").splitlines()]
    first, following = transitions(abstracts)
    found = weights(abstracts)
    learned = {"scale": SCALE, "first": first, "following": following, "weights": found}
    TARGET.write_text(json.dumps(learned, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(found)} features, {TARGET.stat().st_size / 1024:.0f} kB")


def weights(abstracts: list[dict[str, Any]]) -> dict[str, list[int]]:
    """For each feature its weight for each role, in hundredths."""
    from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-not-found]  # only to train
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]  # only to train

    examples = list(_examples(abstracts))
    count = Counter(feature for features, _, _ in examples for feature in features)
    kept = [
        dict.fromkeys((feature for feature in features if count[feature] >= 2 * FEWEST), 1)
        for features, _, _ in examples
    ]
    vectorizer = DictVectorizer()
    model = LogisticRegression(C=REGULARISATION, max_iter=500)
    model.fit(
        vectorizer.fit_transform(kept), [label for _, label, _ in examples], sample_weight=[w for _, _, w in examples]
    )
    rows = dict(zip(model.classes_, model.coef_, strict=True))
    bias = dict(zip(model.classes_, model.intercept_, strict=True))
    found = {
        name: [round(SCALE * (rows[role.value][at] + (bias[role.value] if name == "_" else 0))) for role in ROLES]
        for at, name in enumerate(vectorizer.feature_names_)
    }
    return {name: row for name, row in found.items() if max(map(abs, row)) >= 3}


def _examples(abstracts: list[dict[str, Any]]) -> Any:
    for one in abstracts:
        for at, label in enumerate(one["labels"]):
            yield placed(one["sentences"], at), label, one["confs"][at]
            yield spoken(one["sentences"][at]), label, one["confs"][at] / 4


def transitions(abstracts: list[dict[str, Any]]) -> tuple[list[float], list[list[float]]]:
    """Log odds, scaled, of a role to begin an abstract and to follow another, against its share of all."""
    begins = Counter(one["labels"][0] for one in abstracts)
    follows = Counter(pair for one in abstracts for pair in zip(one["labels"], one["labels"][1:], strict=False))
    every = Counter(label for one in abstracts for label in one["labels"])
    share = {role: (every[role] + 1) / (every.total() + len(ROLES)) for role in ROLES}
    first = [_log_odds(begins[role] + 1, begins.total() + len(ROLES), share[role]) for role in ROLES]
    return first, [_following(follows, role, share) for role in ROLES]


def _following(follows: Counter[Any], role: Rhetoric, share: dict[Rhetoric, float]) -> list[float]:
    total = sum(follows[role, other] + 1 for other in ROLES)
    return [_log_odds(follows[role, other] + 1, total, share[other]) for other in ROLES]


def _log_odds(count: int, total: int, share: float) -> float:
    return round(TRANSITIONS * math.log(count / total / share), 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
