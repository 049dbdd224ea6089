"""What is extracted from papers, beside a naive baseline of the same run: `python -m evals.extraction FOLDER`.

Every PDF below FOLDER goes through reader, agent, verification and evaluator. "quoted" is the share of evidence that
stands in one piece in pdfium's raw text under the same normalising, which knows nothing of our reader; it must be
100 %. The baseline takes a document's first sentences as claims.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from shared.domains.extraction.agents import Candidate, Partial
from shared.domains.extraction.agents.paper import PaperAgent
from shared.domains.extraction.evaluator import evaluate
from shared.domains.extraction.evidence import verify
from shared.domains.knowledge.content import Content, StatementKind
from shared.domains.language.sentences import sentences
from shared.platform.readers import ReadError
from shared.platform.readers.document import Document
from shared.platform.readers.normalise import normalise
from shared.platform.readers.sandbox import read

THRESHOLD = 3.0
Extract = Callable[[Document], Content]


class Measured(NamedTuple):
    kinds: Counter[StatementKind]
    supported: int
    evidence: int
    quoted: int
    score: float
    seconds: float


def main(folder: Path) -> None:
    extractors: dict[str, Extract] = {"first sentences": _first_sentences, "ours": _ours}
    found: dict[str, list[Measured]] = {name: [] for name in extractors}
    for path in sorted(folder.rglob("*.pdf")):
        try:
            document = asyncio.run(read(path))
        except ReadError as error:
            print(f"{path.parent.name}: {error.detail}")
            continue
        raw = _raw(path)
        for name, extract in extractors.items():
            found[name].append(_measure(document, raw, extract))
        print(f"{path.parent.name:14} {_line([found['ours'][-1]])}")
    for name, measured in found.items():
        print(f"{name:14} {_line(measured)}")


def _line(measured: Sequence[Measured]) -> str:
    kinds = sum((one.kinds for one in measured), Counter[StatementKind]())
    count, evidence = max(1, kinds.total()), max(1, sum(one.evidence for one in measured))
    supported, quoted = sum(one.supported for one in measured), sum(one.quoted for one in measured)
    scores = [one.score for one in measured]
    seconds = [one.seconds for one in measured]
    return (
        " ".join(f"{kind[:7]} {kinds[kind] / len(measured):4.1f}" for kind in StatementKind)
        + f"  supported {100 * supported / count:5.1f}%  quoted {100 * quoted / evidence:5.1f}%"
        + f"  score {min(scores):.2f}..{max(scores):.2f}  {max(seconds):.2f} s"
    )


def _measure(document: Document, raw: str, extract: Extract) -> Measured:
    began = time.perf_counter()
    content = verify(document, "source", extract(document))
    evaluation = evaluate(document, content, 1, THRESHOLD)
    seconds = time.perf_counter() - began
    supported = [one for one in content.statements if one.supported]
    quotations = [it.quotation for one in supported for it in one.evidence if it.verified]
    absent = [one for one in quotations if normalise(one).replace(" ", "") not in raw]
    for one in absent:
        print(f"  not in the raw text: {one}")
    kinds = Counter(one.kind for one in content.statements)
    quoted = len(quotations) - len(absent)
    return Measured(kinds, len(supported), len(quotations), quoted, evaluation.score, seconds)


def _ours(document: Document) -> Content:
    agent = PaperAgent()
    return agent.merge(document, [agent.extract(document, portion) for portion in agent.split(document)])


def _first_sentences(document: Document) -> Content:
    spans = sentences(document.text, 0, 8000)[:20]
    said = [" ".join(document.text[start:end].split()) for start, end in spans]
    claims = [Candidate(kind=StatementKind.CLAIM, text=one, quotation=one, confidence=0.5) for one in said]
    return PaperAgent().merge(document, [Partial(portion=0, candidates=tuple(claims))])


def _raw(path: Path) -> str:
    """The raw text of all pages, without white space, so that only letters, digits and marks are compared."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    finally:
        document.close()
    return normalise("\n".join(pages)).replace(" ", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
