"""Words of a source in an answer: shown as they stand, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.chat.text import escaped, plain, short


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a [link](https://evil.example)", r"a \[link\](https\://evil.example)"),
        ("![x](y)", r"\!\[x\](y)"),
        ("<img src=x>", r"\<img src=x\>"),
        ("**bold** _it_ `code`", r"\*\*bold\*\* \_it\_ \`code\`"),
        ("# Heading", r"\# Heading"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("www.evil.example", r"www\.evil.example"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("a\n\nb", "a b"),
        ("accuracy of 92.5% (p < 0.05)", r"accuracy of 92.5% (p \< 0.05)"),
    ],
)
def test_markup_of_a_source_is_text(text, safe):
    assert escaped(text) == safe


@given(st.text(max_size=200))
def test_an_answer_is_one_line_with_nothing_invisible_in_it(text):
    line = plain(text)
    assert "\n" not in line
    assert not {"\u202e", "\u200b", "\0", "\r"} & set(line)
    assert plain(line) == line


@given(st.text(alphabet="ab []()!<>*_`#\\:/w.\n", max_size=60))
def test_no_bracket_angle_or_star_of_a_source_is_left_bare(text):
    marked = escaped(text)
    at = 0
    while at < len(marked):
        if marked[at] == "\\":
            at += 2
            continue
        assert marked[at] not in "[]<>*_`", (text, marked)
        at += 1


def test_a_text_is_cut_between_words():
    assert short("one two three", 8) == "one two …"
    assert short("one two", 8) == "one two"
