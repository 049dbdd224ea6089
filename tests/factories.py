"""Documents and contents as readers and agents make them, for tests that need some."""

from collections.abc import Sequence
from typing import Any

from shared.domains.knowledge.content import Content, Evidence, Person, Statement, StatementKind
from shared.platform.readers import READER
from shared.platform.readers.document import Aside, Author, Document, PageSize, Reference, Section
from shared.platform.readers.plain import Role, TextLine, advances

ABSTRACT = (
    "Finding a seat in a crowded library is a difficult problem for students. "
    "We present SeatSense, a method that predicts free seats from badge events. "
    "SeatSense combines a recurrent network with a calendar of lectures. "
    "It reaches an accuracy of 92.5% on the LibBadge dataset, 7.1 points above the best baseline."
)
INTRODUCTION = (
    "Students lose 14 minutes a day looking for seats [1]. However, existing counters need cameras, and cameras are"
    " difficult to justify in a reading room. In this paper, we propose SeatSense, which needs badge events only."
    " The main contribution of this work is a model that forecasts seats one hour ahead without cameras."
)
METHOD = (
    "We train a recurrent network with 128 hidden units on sequences of badge events. The events are sampled every"
    " five minutes and normalised by the capacity of each floor.\n\n"
    "The network is trained with Adam for 40 epochs with a learning rate of 0.001. We compare SeatSense with a"
    " seasonal baseline and with gradient boosting."
)
RESULTS = (
    "SeatSense achieves an accuracy of 92.5% on LibBadge, while gradient boosting reaches 85.4%."
    " The results show that the calendar improves the accuracy by 3.2 points during examination weeks."
    " Inference takes 12 ms on a single CPU core, which is 4 times faster than gradient boosting."
)
DISCUSSION = (
    "A limitation of our study is that all data come from one university library."
    " The model does not account for visitors without a badge. We did not evaluate the effect on noise."
)
CONCLUSION = (
    "We have shown that badge events are enough to forecast free seats. In future work, we plan to extend SeatSense"
    " to several libraries and to study how forecasts change behaviour."
)
SECTIONS: tuple[tuple[str, Role, str], ...] = (
    ("Abstract", "abstract", ABSTRACT),
    ("1 Introduction", "introduction", INTRODUCTION),
    ("2 Method", "method", METHOD),
    ("3 Results", "results", RESULTS),
    ("4 Discussion", "discussion", DISCUSSION),
    ("5 Conclusion", "conclusion", CONCLUSION),
    ("References", "references", "[1] A. Reader. Seats and time. Journal of Libraries, 2019."),
)


def a_document(sections: Sequence[tuple[str, Role, str]] = SECTIONS, **more: Any) -> Document:
    """A paper with these sections, each character placed on lines of 100, 50 lines a page."""
    text, placed = more.get("title", "SeatSense: Forecasting Free Seats") + "\n\n", []
    for heading, role, body in sections:
        text += f"{heading}\n\n"
        placed.append(Section(start=len(text), end=len(text) + len(body), heading=heading, role=role, level=1))
        text += f"{body}\n\n"
    given: dict[str, Any] = {
        "title": "SeatSense: Forecasting Free Seats",
        "authors": (Author(name="Ada Reader", affiliations=("Library Institute",)), Author(name="Ben Page")),
        "abstract": next((body for _, role, body in sections if role == "abstract"), ""),
        "year": 2024,
        "reader": READER,
        "references": (Reference(start=0, end=0, text="A. Reader. Seats and time.", title="Seats and time"),),
        **more,
    }
    lines = _lines(text)
    pages = tuple(PageSize(number=page, width=595, height=842) for page in sorted({line.page for line in lines}))
    return Document(text=text, sections=tuple(placed), lines=lines, pages=pages, **given)


def with_aside(document: Document, words: str) -> Document:
    """The document with some of its words marked as a table."""
    at = document.text.index(words)
    return document.model_copy(update={"asides": (Aside(start=at, end=at + len(words), kind="table"),)})


def _lines(text: str, width: int = 100) -> tuple[TextLine, ...]:
    lines = []
    for number, start in enumerate(range(0, len(text), width)):
        edges = [5.0 * at for at in range(len(text[start : start + width]) + 1)]
        top = 40.0 + 14 * (number % 50)
        lines.append(TextLine(start, 1 + number // 50, 40.0, top, top + 10, advances(edges)))
    return tuple(lines)


def a_statement(kind: StatementKind = StatementKind.CLAIM, text: str = "Badges are enough.", **more: Any) -> Statement:
    """A supported statement whose quotation is its text."""
    given: dict[str, Any] = {
        "id": f"{kind}-1",
        "evidence": (Evidence(n=1, quotation=text, verified=True),),
        "supported": True,
        "confidence": 0.8,
        **more,
    }
    return Statement(kind=kind, text=text, **given)


def a_content(*statements: Statement, **more: Any) -> Content:
    """A content of these statements, or of one."""
    given: dict[str, Any] = {"title": "SeatSense", "people": (Person(name="Ada Reader"),), **more}
    return Content(statements=statements or (a_statement(),), **given)
