import pytest

from shared.platform.readers.document import (
    Aside,
    Author,
    Document,
    PageBox,
    Section,
)
from shared.platform.readers.plain import TextLine, advances


def a_line(text: str, start: int, page: int = 1, x: float = 100.0, top: float = 50.0, width: float = 5.0) -> TextLine:
    edges = [x + width * at for at in range(len(text) + 1)]
    return TextLine(start, page, x, top, top + 10, advances(edges))


def test_a_span_has_a_box_on_each_line_it_touches():
    document = Document(text="abcd efgh", lines=(a_line("abcd", 0), a_line("efgh", 5, top=62.0)))
    assert document.place(2, 7) == [
        PageBox(page=1, x0=110.0, y0=50.0, x1=120.0, y1=60.0),
        PageBox(page=1, x0=100.0, y0=62.0, x1=110.0, y1=72.0),
    ]


def test_rounded_widths_do_not_drift_along_a_line():
    edges = [72 + 4.7 * at for at in range(101)]
    line = TextLine(0, 1, 72.0, 0.0, 10.0, advances(edges))
    assert line.edges(99, 100)[0] == pytest.approx(edges[99], abs=0.5)


def test_the_space_between_two_lines_belongs_to_the_page_before():
    document = Document(text="ab\n\ncd", lines=(a_line("ab", 0), a_line("cd", 4, page=2)))
    assert [document.page_of(offset) for offset in range(6)] == [1, 1, 1, 1, 2, 2]


def test_nothing_is_placed_in_an_empty_document():
    assert Document(text="").place(0, 5) == []
    assert Document(text="").page_of(3) == 1


def test_a_span_is_unbroken_unless_a_break_lies_within_it():
    document = Document(text="One sentence here. Another there.", breaks=(4, 19))
    assert not document.is_unbroken(0, 18)
    assert document.is_unbroken(4, 19)
    assert document.is_unbroken(19, 33)


def test_running_paragraphs_leave_out_headings_asides_and_references():
    text = "Intro\n\nWe measure.\n\nFigure 1. A map.\n\nReferences\n\n[1] A. Title."
    document = Document(
        text=text,
        sections=(
            Section(heading="Intro", role="introduction", level=1, start=7, end=36),
            Section(heading="References", role="references", level=1, start=50, end=len(text)),
        ),
        asides=(Aside(kind="caption", start=20, end=36),),
    )
    assert [text[one.start : one.end] for one in document.paragraphs()] == ["We measure."]


def test_a_document_survives_json_in_camel_case():
    document = Document(
        text='say "x\\y"',
        authors=(Author(name="Ada", affiliations=("Here",)),),
        lines=(a_line('say "x\\y"', 0, width=28.5),),
    )
    stored = document.model_dump_json(by_alias=True)
    assert Document.model_validate_json(stored) == document


def test_geometry_costs_about_a_byte_for_each_character():
    text = "word " * 4000
    lines = tuple(a_line(text[at : at + 80], at) for at in range(0, len(text), 80))
    stored = Document(text=text, lines=lines).model_dump_json(by_alias=True)
    assert len(stored) < 2.6 * len(text)
