"""The numbers that a result states, with their unit, metric and data set as far as the sentence names them."""

import re

from shared.domains.knowledge.content import Figure
from shared.domains.language.numbers import stated
from shared.domains.language.words import lowered
from shared.platform.readers.normalise import normalise

_METRIC = re.compile(
    r"\b(?:top-[15] )?(?:(?:test|validation|mean|average|classification|balanced|relative|absolute) )?"
    r"(?:accurac(?:y|ies)|precision|recall|f1(?:[- ]scores?)?|f-?scores?|f-measure|auc|auroc|roc auc|bleu"
    r"|rouge(?:-[12l])?|meteor|perplexity|error(?: rate)?|wer|rmse|mae|mse|r2|mrr|ndcg(?:@\d+)?|iou|miou|psnr"
    r"|ssim|fid|latency|throughput|speed-?ups?|runtime|run time|response time|cost|memory|energy|correlation|loss"
    r"|reward|success rate|sensitivity|specificity|p-values?|median|standard deviation|variance|score)s?\b"
)
"""In lower case."""
_NAME = r"(?:[A-Z][\w.+]*[A-Z\d][\w.+-]*|[A-Z][\w-]+)(?:[ -][A-Z\d][\w.-]*)*"
_DATASET = re.compile(
    rf"\b(?:on|over|in|for|from|using) (?:the )?({_NAME})"
    r"(?: (?:data ?sets?|benchmarks?|corpus|corpora|collections?|test set|data|task)\b)?"
)
_NOT_A_DATASET = re.compile(
    r"^(?:Table|Fig|Figure|Section|Python|Equation|Algorithm|Appendix|GPU|CPU|Eq|The|Our|This)\b"
)
MOST = 12
"""Figures of a sentence: more are a row of a table; no paper here has as many."""


def figures(sentence: str) -> tuple[Figure, ...]:
    """The figures of a sentence, in order; numbers that are part of a name are none."""
    found = stated(sentence)
    text = found.plain
    figured = [one for one in found.digits if not one.number.name and not _is_year(text[one.start : one.end])][:MOST]
    if not figured:
        return ()
    dataset, metrics = _dataset(text), _metrics(text)
    return tuple(
        Figure(
            value=text[one.start : one.end].removesuffix("%").strip().split(" ")[0],
            unit=one.number.unit,
            metric=_nearest(metrics, one.start),
            dataset=dataset,
        )
        for one in figured
    )


def _is_year(written_number: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", written_number) is not None


def _metrics(text: str) -> list[tuple[int, str]]:
    """Where a text names metrics, and how."""
    return [(match.start(), text[match.start() : match.end()]) for match in _METRIC.finditer(lowered(text))]


def _nearest(metrics: list[tuple[int, str]], at: int) -> str:
    return min(((abs(start - at), metric) for start, metric in metrics), default=(0, ""))[1]


def _dataset(text: str) -> str:
    for match in _DATASET.finditer(normalise(text)):
        name = match.group(1)
        if _NOT_A_DATASET.search(name) or _METRIC.match(lowered(name)):
            continue
        said_so = match.group().split()[-1] not in name
        coined = re.search(r"[A-Z\d].*[A-Z\d]", name) is not None and match.group().startswith(("on ", "over "))
        if said_so or coined:
            return name
    return ""
