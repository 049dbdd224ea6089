"""The numbers that a result states, with their unit, metric and data set as far as the sentence names them."""

import re

from shared.domains.knowledge.content import Figure
from shared.domains.language.numbers import plain, written
from shared.platform.readers.normalise import normalise

_METRIC = re.compile(
    r"\b(?:top-[15] )?(?:(?:test|validation|mean|average|classification|balanced|relative|absolute) )?"
    r"(?:accurac(?:y|ies)|precision|recall|f1(?:[- ]scores?)?|f-?scores?|f-measure|auc|auroc|roc auc|bleu"
    r"|rouge(?:-[12l])?|meteor|perplexity|error(?: rate)?|wer|rmse|mae|mse|r2|mrr|ndcg(?:@\d+)?|iou|miou|psnr"
    r"|ssim|fid|latency|throughput|speed-?ups?|runtime|run time|response time|cost|memory|energy|correlation|loss"
    r"|reward|success rate|sensitivity|specificity|p-values?|median|standard deviation|variance|score)s?\b",
    re.IGNORECASE,
)
_NAME = r"(?:[A-Z][\w.+]*[A-Z\d][\w.+-]*|[A-Z][\w-]+)(?:[ -][A-Z\d][\w.-]*)*"
_DATASET = re.compile(
    rf"\b(?:on|over|in|for|from|using) (?:the )?({_NAME})"
    r"(?: (?:data ?sets?|benchmarks?|corpus|corpora|collections?|test set|data|task)\b)?"
)
_NOT_A_DATASET = re.compile(
    r"^(?:Table|Fig|Figure|Section|Python|Equation|Algorithm|Appendix|GPU|CPU|Eq|The|Our|This)\b"
)
MOST = 12


def figures(sentence: str) -> tuple[Figure, ...]:
    """The figures of a sentence, in order; numbers that are part of a name are none."""
    text = plain(sentence)
    dataset = _dataset(text)
    found = []
    for one in written(text):
        if not one.number.name and not _is_year(text[one.start : one.end]):
            value = text[one.start : one.end].removesuffix("%").strip()
            metric = _nearest_metric(text, one.start)
            found.append(Figure(value=value.split(" ")[0], unit=one.number.unit, metric=metric, dataset=dataset))
    return tuple(found[:MOST])


def _is_year(written_number: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", written_number) is not None


def _nearest_metric(text: str, at: int) -> str:
    metrics = [(abs(match.start() - at), match.group()) for match in _METRIC.finditer(text)]
    return min(metrics)[1] if metrics else ""


def _dataset(text: str) -> str:
    for match in _DATASET.finditer(normalise(text)):
        name = match.group(1)
        if _NOT_A_DATASET.search(name) or _METRIC.match(name):
            continue
        said_so = match.group().split()[-1] not in name
        coined = re.search(r"[A-Z\d].*[A-Z\d]", name) is not None and match.group().startswith(("on ", "over "))
        if said_so or coined:
            return name
    return ""
