"""What the wording and the place of a sentence say about its part in a paper, and whether it reads as a sentence."""

import re
from collections.abc import Mapping
from typing import Final

from shared.domains.extraction.words import STOP_WORDS, words
from shared.domains.knowledge.content import StatementKind as Kind

_I = re.IGNORECASE
_OWN = r"\b(?:we|our|this (?:paper|work|article|study|thesis|report|tool|package|method|approach|module|project))\b"
_PROPOSING = (
    r"(?:propos|present|introduc|describ|develop|show|demonstrat|prove|argue|contribut|provid|offer|releas|report|establish"
    r"|design|investigat|examin|stud(?:y|ied)|explor|address|achiev|outperform|find|found|conclud|replicat|reproduc"
    r"|confirm|extend|improv|aim)\w*"
)

CLAIM = (
    (re.compile(rf"{_OWN}[^.;]{{0,40}}?\b{_PROPOSING}", _I), 1.6),
    (
        re.compile(
            r"\b(?:(?:our|main|key|major) (?:\w+ )?(?:contribution|finding|result)s?\b|novel|for the first time)", _I
        ),
        0.9,
    ),
    (re.compile(r"\b(?:outperform\w*|state[- ]of[- ]the[- ]art|significantly|substantially|superior)\b", _I), 0.5),
    (re.compile(r"\b(?:allows?|enables?|makes? it possible|is able to)\b", _I), 0.3),
)
RESULT = (
    (
        re.compile(
            r"\b(?:results?|experiments?|evaluation|analysis|data|findings?) (?:clearly |also |further )?(?:show|indicat|suggest|demonstrat|reveal|confirm)\w*",
            _I,
        ),
        1.4,
    ),
    (
        re.compile(
            r"\b(?:achiev|outperform|obtain|attain|reach|yield|increas|decreas|improv|reduc|exceed|drop|surpass)\w*\b",
            _I,
        ),
        0.6,
    ),
    (
        re.compile(
            r"\b(?:better|worse|higher|lower|faster|slower|larger|smaller|fewer|best|worst) (?:\w+ ){0,3}?(?:than|result|performance|accurac)",
            _I,
        ),
        0.9,
    ),
    (
        re.compile(
            r"\b(?:accuracy|precision|recall|f1|f-score|auc|bleu|rouge|error rate|rmse|speed-?up|perplexity|p\s?[<=]|correlation|significant(?:ly)?)\b",
            _I,
        ),
        0.7,
    ),
    (
        re.compile(
            r"\bwe (?:find|found|observe[d]?|measured|obtain(?:ed)?|see|saw|notice[d]?|were able|managed|could (?:not )?(?:reproduce|replicate))\b",
            _I,
        ),
        1.1,
    ),
    (re.compile(r"\b\d+(?:\.\d+)?\s?(?:%|percent|points?|times|x\b|ms\b|seconds|hours)", _I), 0.8),
)
METHOD = (
    (
        re.compile(
            r"\bwe (?:first |then |also |further |additionally )?(?:use|train|implement|employ|apply|adopt|compute|define|construct|collect|design|sample|optimi[sz]e|initiali[sz]e|evaluate|compare|select|generate|build|built|ran|run|perform|conduct|formulate|model|estimate|measure|test|fine-?tune|annotate|split|set|follow|develop)(?:e?d)?\b",
            _I,
        ),
        1.2,
    ),
    (
        re.compile(
            r"\b(?:is|are|was|were) (?:\w+ly )?(?:trained|implemented|computed|calculated|performed|collected|evaluated|optimi[sz]ed|initiali[sz]ed|sampled|generated|measured|estimated|simulated|divided|split|annotated|processed|based on|composed|written in)\b",
            _I,
        ),
        0.9,
    ),
    (
        re.compile(
            r"\b(?:consists? of|is based on|relies on|works by|takes? as input|in order to|by (?:using|applying|combining|minimi[sz]ing|maximi[sz]ing)|algorithm|procedure|pipeline|architecture|loss function|hyper-?parameters?|simulations?)\b",
            _I,
        ),
        0.5,
    ),
)
PROBLEM = (
    (
        re.compile(
            r"\b(?:problem|challenge|challenging|difficult(?:y|ies)?|lack(?:s|ing)? (?:of )?|gap|bottleneck|shortcoming|drawback|suffer\w*|barrier|hurdle|obstacle)\b",
            _I,
        ),
        1.0,
    ),
    (re.compile(r"\b(?:however|unfortunately|despite|yet|nevertheless|although)\b", _I), 0.4),
    (
        re.compile(
            r"\b(?:remains? (?:an? )?(?:open|unclear|unknown|challenging|difficult)|little (?:is known|attention)|(?:has|have) not been|no (?:existing|prior|standard)|there is (?:a|an) (?:\w+ )?need|need(?:s|ed)? (?:for|to)|is (?:often )?(?:hard|difficult|costly|expensive|time-consuming|tedious|error-prone)|fails? to|cannot|unable to|limited (?:by|to))\b",
            _I,
        ),
        0.8,
    ),
    (
        re.compile(
            r"\b(?:research question|the (?:aim|goal|objective|purpose) of this|we (?:ask|address|tackle|aim)|motivat\w+)\b",
            _I,
        ),
        0.6,
    ),
)
LIMITATION = (
    (
        re.compile(
            r"\b(?:limitations?|caveats?|shortcomings?|drawbacks?|threats? to (?:\w+ )?validity|weakness(?:es)?|disadvantages?)\b",
            _I,
        ),
        1.8,
    ),
    (
        re.compile(
            r"\b(?:we|our (?:\w+ )?(?:model|method|approach|study|analysis|implementation|experiments?|results?|work|data)|this (?:model|method|approach|study|work|implementation))\b[^.;]{0,40}\b(?:did not|does not|do not|cannot|could not|can not|were not able|was not able|were unable|only (?:consider|cover|evaluat|test|appl|support|work)\w*|(?:is|are|was|were) (?:limited|restricted|not)|fail(?:s|ed)? to|assumes?|suffers?|lacks?)\b",
            _I,
        ),
        1.3,
    ),
    (
        re.compile(
            r"\b(?:not (?:yet )?(?:been )?(?:support|implement|consider|address|account|generali[sz]|reproduc|replicat|possible|available|clear|specified)\w*|at the (?:cost|expense) of|small sample|may not (?:hold|generali[sz]e|apply)|beyond the scope|should be interpreted with caution|sensitive to|no longer holds?|restricted to|limited (?:to|by|number))\b",
            _I,
        ),
        0.9,
    ),
    (re.compile(r"\b(?:however|unfortunately|although|only|despite)\b", _I), 0.3),
)
FUTURE = (
    (
        re.compile(
            r"\b(?:future (?:work|research|studies|versions?|releases?|directions?|developments?|experiments?|investigations?|plans?|improvements?)|in (?:the )?(?:near )?future|further (?:research|work|studies|investigation|experiments?)|next steps?)\b",
            _I,
        ),
        1.8,
    ),
    (
        re.compile(
            r"\b(?:we (?:also )?(?:plan|intend|hope|aim|will|would like|expect) to|we will (?:\w+ )?(?:continue|explore|extend|investigate|add|develop)|(?:could|can|should|might|may) (?:also )?be (?:extended|improved|investigated|explored|added|further)|remains? to be|left (?:for|to|as)|it would be (?:interesting|useful|worth|helpful|valuable)|planned|upcoming|ongoing work|is worth (?:investigating|exploring)|worthwhile to)\b",
            _I,
        ),
        1.1,
    ),
)
CUES: Final[Mapping[Kind, tuple[tuple[re.Pattern[str], float], ...]]] = {
    Kind.CLAIM: CLAIM, Kind.RESULT: RESULT, Kind.METHOD: METHOD, Kind.PROBLEM: PROBLEM,
    Kind.LIMITATION: LIMITATION, Kind.FUTURE_WORK: FUTURE,
}  # fmt: skip

PLACES: Final[Mapping[Kind, Mapping[str, float]]] = {
    Kind.CLAIM: {"abstract": 1.0, "introduction": 0.6, "conclusion": 0.7, "discussion": 0.2, "background": -1.0,
                 "method": -0.5, "results": -0.4, "appendix": -0.8},
    Kind.RESULT: {"results": 0.9, "abstract": 0.5, "discussion": 0.5, "conclusion": 0.4, "introduction": -0.4,
                  "background": -1.5, "method": -0.9, "appendix": -0.3, "future": -0.8},
    Kind.METHOD: {"method": 0.9, "abstract": 0.3, "results": -0.3, "introduction": -0.4, "background": -1.0,
                  "discussion": -0.7, "conclusion": -0.7, "appendix": -0.1, "future": -1.0},
    Kind.PROBLEM: {"abstract": 0.8, "introduction": 0.8, "background": 0.0, "method": -1.2, "results": -1.4,
                   "discussion": -0.9, "conclusion": -0.9, "appendix": -1.5, "other": -0.5},
    Kind.LIMITATION: {"limitations": 1.8, "discussion": 0.6, "conclusion": 0.5, "results": 0.0, "future": 0.2,
                      "introduction": -1.2, "background": -1.8, "abstract": -0.4, "method": -0.5, "appendix": -0.5},
    Kind.FUTURE_WORK: {"future": 1.5, "conclusion": 0.7, "discussion": 0.4, "limitations": 0.3, "abstract": -0.2,
                       "introduction": -0.9, "background": -1.5, "method": -0.8, "results": -0.4, "appendix": -0.5},
}  # fmt: skip

_ASIDE = re.compile(
    r"^(?:fig(?:ure)?|table|tab|algorithm|listing|section|appendix|equation|box)s?\.?\s\(?[\dA-Z]"
    r"|\b(?:organi[sz]ed|structured) as follows|\b(?:rest|remainder) of (?:this|the) (?:paper|article)"
    r"|^in (?:section|sec\.|chapter|appendix) [\dA-Z]|\bwe (?:thank|acknowledge)\b|\bcopyright\b|\bdoi\b|https?://\S+$"
    r"|\bcorresponding author\b|all rights reserved|conflicts? of interest|\bfunded by\b|\bwas supported by\b",
    _I,
)
_MATHS = re.compile(r"[=≤≥≈∑∏∫∈∀∂∇→←↦⟨⟩∥∗×^{}\\|�]|[α-ωΑ-Ω]")
_DANGLING = re.compile(
    r"^(?:however|therefore|thus|hence|moreover|furthermore|additionally|in addition|besides|also|consequently|similarly"
    r"|likewise|nevertheless|nonetheless|then|finally|for (?:example|instance)|in contrast|on the other hand|as a result|but"
    r"|and|so|yet|instead|still|first|second|third|next|again|indeed|overall|in (?:particular|fact|this (?:case|way|sense))"
    r"|that is|i\.e\.|e\.g\.|to this end|specifically|more specifically|accordingly|conversely|meanwhile|rather|or|nor"
    r"|interestingly|surprisingly|notably|importantly|unfortunately|fortunately|clearly|of course|alternatively)\b,?\s+",
    _I,
)
_POINTING = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|the (?:former|latter|above|following)|both|one|another|here|there|its|their)"
    r"\b(?! (?:paper|work|article|study|thesis|report|package|tool|module|project|course))",
    _I,
)


def cue(kind: Kind, sentence: str) -> float:
    """How much the wording of a sentence speaks for a kind."""
    return sum(weight for pattern, weight in CUES[kind] if pattern.search(sentence))


def place(kind: Kind, section_role: str) -> float:
    """How much a section's role speaks for a kind."""
    return PLACES[kind].get(section_role, 0.0)


def readable(sentence: str) -> bool:
    """Whether a stretch of text is a whole sentence of prose, and one about the matter rather than the paper."""
    tokens = words(sentence)
    if not 6 <= len(tokens) <= 70 or len(sentence) > 600 or _ASIDE.search(sentence):
        return False
    return _has_sentence_shape(sentence) and _is_prose(sentence, tokens)


def _has_sentence_shape(sentence: str) -> bool:
    first = sentence.lstrip("\"'“‘(")
    begins = bool(first) and (first[0].isupper() or first[0].isdigit())
    ends = sentence.rstrip("\"'”’)]0123456789 ,–-[").endswith((".", "!"))
    return begins and ends and abs(sentence.count("(") - sentence.count(")")) == 0


def _is_prose(sentence: str, tokens: list[str]) -> bool:
    letters = sum(char.isalpha() for char in sentence)
    short = sum(len(token) == 1 and token not in {"a", "i"} for token in tokens)
    common = sum(token in STOP_WORDS for token in tokens)
    return (
        letters >= 0.72 * len(sentence.replace(" ", ""))
        and len(_MATHS.findall(sentence)) <= 2
        and short <= 0.12 * len(tokens)
        and common >= 0.15 * len(tokens)
    )


def without_connective(sentence: str) -> str:
    """The sentence without a leading "However,", beginning with a capital."""
    rest = _DANGLING.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:]


def dangles(sentence: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    return _POINTING.search(sentence) is not None or _DANGLING.search(sentence) is not None
