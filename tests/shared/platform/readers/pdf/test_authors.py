import pytest

from shared.platform.readers.pdf.authors import authors_in, is_name
from shared.platform.readers.pdf.blocks import Block
from shared.platform.readers.pdf.columns import Column
from shared.platform.readers.pdf.geometry import Line, Run, Style

TEXT, MARK = Style(10.0), Style(6.0)


def a_line(*pieces: str, y: float = 100.0) -> Line:
    """A line of alternating text and raised marks."""
    runs, x = [], 50.0
    for at, piece in enumerate(pieces):
        edges = [x + 5 * step for step in range(len(piece) + 1)]
        runs.append(Run(piece, edges, y - 4 * (at % 2), MARK if at % 2 else TEXT))
        x = edges[-1]
    return Line(runs, 1)


def a_block(*lines: Line) -> Block:
    return Block(list(lines), Column(list(lines), 50, 500))


def test_raised_marks_join_names_and_places():
    names = a_line("Ada Byron", "1", ", José de la Cruz", "2", " and Mary O’Neil", "1,2", y=100)
    first, second = a_line("", "1", "University of Here", y=120), a_line("", "2", "Institute of There", y=132)
    authors = authors_in([a_block(names), a_block(first, second)], "")
    assert {one.name: one.affiliations for one in authors} == {
        "Ada Byron": ("University of Here",),
        "José de la Cruz": ("Institute of There",),
        "Mary O’Neil": ("University of Here", "Institute of There"),
    }


def test_names_above_their_own_places_keep_them_apart():
    one = a_block(a_line("Ada Byron"), a_line("University of Here", y=112), a_line("ada@here.example", y=124))
    two = a_block(a_line("Li Wei"), a_line("Institute of There", y=112))
    authors = authors_in([one, two], "")
    assert [(author.name, author.affiliations) for author in authors] == [
        ("Ada Byron", ("University of Here",)),
        ("Li Wei", ("Institute of There",)),
    ]


def test_the_info_dictionary_helps_only_if_the_page_agrees():
    page = [a_block(a_line("by ada byron, of here"))]
    assert [author.name for author in authors_in(page, "Ada Byron, Bob Else")] == ["Ada Byron"]


@pytest.mark.parametrize("text", ["Ada Byron", "J. R. R. Tolkien", "Ludwig van Beethoven", "Gerard ’t Hooft", "Å. Öst"])
def test_names_are_names(text: str):
    assert is_name(text)


@pytest.mark.parametrize(
    "text", ["University of Here", "Summary", "we show", "Ada", "Department of Water", "12 May 2020"]
)
def test_other_words_are_none(text: str):
    assert not is_name(text)
