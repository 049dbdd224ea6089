"""What the wording and the place of a sentence say about its part in a paper, and whether it reads as a sentence."""

import re
from collections.abc import Mapping
from typing import Final

from shared.domains.knowledge.content import StatementKind as Kind
from shared.domains.language.lexicon import table
from shared.domains.language.words import STOP_WORDS, lowered, words


def _pattern(entry: Mapping[str, str]) -> re.Pattern[str]:
    """For text in lower case: disregarding case costs twice the time."""
    return re.compile("".join(entry["pattern"].splitlines()))


_TABLE = table("cues")
CUES: Final[Mapping[Kind, tuple[tuple[re.Pattern[str], float], ...]]] = {
    kind: tuple((_pattern(entry), float(entry["weight"])) for entry in _TABLE[kind.value]) for kind in Kind
}
_ASIDE_OPENING, _ASIDE, _DANGLING, _POINTING = (
    _pattern(_TABLE[name]) for name in ("aside_opening", "aside", "dangling", "pointing")
)
_MATHS = re.compile(r"[=≤≥≈∑∏∫∈∀∂∇→←↦⟨⟩∥\u2217\u00d7^{}\\|�]|[\u03b1-\u03c9\u0391-\u03a9]")
PLACES: Final[Mapping[Kind, Mapping[str, float]]] = {
    Kind.CLAIM: {"abstract": 1.0, "introduction": 0.6, "conclusion": 0.7, "discussion": 0.2, "background": -1.0,
                 "method": -0.5, "results": -0.4, "appendix": -0.8, "other": 0.2},
    Kind.RESULT: {"results": 0.9, "abstract": 0.5, "discussion": 0.5, "conclusion": 0.4, "introduction": -0.4,
                  "background": -1.5, "method": -0.9, "appendix": -0.3, "future": -0.8},
    Kind.METHOD: {"method": 0.9, "abstract": 0.3, "results": -0.3, "introduction": -0.4, "background": -1.0,
                  "discussion": -0.7, "conclusion": -0.7, "appendix": -0.1, "future": -1.0},
    Kind.PROBLEM: {"abstract": 0.8, "introduction": 0.8, "background": 0.0, "method": -1.2, "results": -1.4,
                   "discussion": -0.9, "conclusion": -0.9, "appendix": -1.5, "other": -0.5},
    Kind.LIMITATION: {"limitations": 1.8, "discussion": 0.6, "conclusion": 0.5, "results": 0.0, "future": 0.2,
                      "introduction": -1.2, "background": -1.8, "abstract": -0.4, "method": -0.5, "appendix": -0.5},
    Kind.FUTURE_WORK: {"future": 1.4, "conclusion": 0.7, "discussion": 0.4, "limitations": 0.3, "abstract": -0.2,
                       "introduction": -0.9, "background": -1.5, "method": -0.8, "results": -0.4, "appendix": -0.5},
}  # fmt: skip


def cue(kind: Kind, sentence: str) -> float:
    """How much the wording of a sentence speaks for a kind."""
    return _cue(kind, lowered(sentence))


def cues(sentence: str) -> dict[Kind, float]:
    """How much the wording of a sentence speaks for each kind."""
    low = lowered(sentence)
    return {kind: _cue(kind, low) for kind in Kind}


def _cue(kind: Kind, low: str) -> float:
    return sum(weight for pattern, weight in CUES[kind] if pattern.search(low))


def place(kind: Kind, section_role: str) -> float:
    """How much a section's role speaks for a kind."""
    return PLACES[kind].get(section_role, 0.0)


def readable(sentence: str) -> bool:
    """Whether a stretch of text is a whole sentence of prose, and one about the matter rather than the paper."""
    tokens = words(sentence)
    # fewer words say nothing by themselves, twice as many are those of short claims; more reads as no
    # statement, and at half every other paper loses some
    if not 6 <= len(tokens) <= 70:
        return False
    return _has_sentence_shape(sentence) and _is_prose(sentence, tokens) and not _is_aside(lowered(sentence))


def _is_aside(low: str) -> bool:
    return _ASIDE_OPENING.match(low) is not None or _ASIDE.search(low) is not None


def _has_sentence_shape(sentence: str) -> bool:
    first = sentence.lstrip("\"'“\u2018(")
    begins = bool(first) and (first[0].isupper() or first[0].isdigit())
    ends = sentence.rstrip("\"'”\u2019)]").endswith((".", "!"))
    balanced = all(sentence.count(one) == sentence.count(other) for one, other in ("()", "“”", "[]"))
    return begins and ends and balanced


def _is_prose(sentence: str, tokens: list[str]) -> bool:
    letters = sum(map(str.isalpha, sentence))
    short = sum(len(token) == 1 and token.isalpha() and token not in {"a", "i"} for token in tokens)
    common = sum(token in STOP_WORDS for token in tokens)
    # fewer letters are a row of figures, more marks and single letters a formula, and fewer common words another
    # language, of which the cues know nothing; stricter, statements with numbers are lost
    return (
        letters >= 0.72 * len(sentence.replace(" ", ""))
        and len(_MATHS.findall(sentence)) <= 2
        and short <= 0.12 * len(tokens)
        and common >= 0.15 * len(tokens)
    )


_BARE = frozenset({"but", "and", "so", "yet", "thus", "hence", "therefore", "then"})
"""Connectives that may go where no comma follows them."""


def without_connective(sentence: str) -> str:
    """The sentence without a leading "However,", beginning with a capital."""
    found = _DANGLING.match(lowered(sentence))
    removable = found is not None and ("," in found.group() or found.group().strip().lower() in _BARE)
    rest = sentence[found.end() :] if found and removable else sentence
    return rest[:1].upper() + rest[1:]


def dangles(sentence: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    low = lowered(sentence)
    return _POINTING.match(low) is not None or _DANGLING.match(low) is not None
