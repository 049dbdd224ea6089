"""What a question is understood to ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domains.chat.question import Asks, Wants, read
from tests.effort import grows_linearly


@pytest.mark.parametrize(
    ("text", "wants", "topic"),
    [
        ("What are the limitations of SeatSense?", Wants.LIMITATION, ["seatsense"]),
        ("Where does SeatSense fall short, what are its weaknesses?", Wants.LIMITATION, ["seatsense", "fall", "short"]),
        ("How many epochs was the network trained for?", Wants.QUANTITY, ["epochs", "network", "trained"]),
        ("How does SeatSense compare with boosting?", Wants.COMPARISON, ["seatsense", "boosting"]),
        ("How was the network trained?", Wants.METHOD, ["network", "trained"]),
        ("What did they find about noise?", Wants.RESULT, ["noise"]),
        ("Who wrote SeatSense?", Wants.AUTHORS, ["seatsense"]),
        ("When was SeatSense published?", Wants.PUBLICATION, ["seatsense", "published"]),
        ("What is planned for SeatSense in future work?", Wants.FUTURE, ["seatsense"]),
        ("Is SeatSense publicly available?", Wants.AVAILABILITY, ["seatsense", "publicly", "available"]),
        ("Which data does SeatSense rest on?", Wants.DATA, ["data", "seatsense", "rest"]),
        ("Why are seats hard to find?", Wants.PROBLEM, ["seats", "hard"]),
        ("What is SeatSense?", Wants.DEFINITION, ["seatsense"]),
        ("Wie funktioniert SeatSense?", Wants.METHOD, ["funktioniert", "seatsense"]),
        ("Quelles sont les limites de SeatSense ?", Wants.LIMITATION, ["seatsense"]),
        ("badges", Wants.ANYTHING, ["badges"]),
    ],
)
def test_the_wording_says_what_is_wanted_and_the_rest_what_it_is_about(text, wants, topic):
    asked = read(text)
    assert (asked.wants, list(asked.topic.words)) == (wants, topic)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("When is it?", Asks.WHEN), ("Where is the talk?", Asks.WHERE), ("Who speaks on graphs?", Asks.WHO),
        ("What's next?", Asks.NEXT), ("What comes next for SeatSense?", None), ("How many talks?", Asks.COUNT),
        ("How many epochs?", None), ("Is there anything about graphs?", Asks.ANY), ("Which talks are on?", Asks.LIST),
        ("What does the talk say of it?", None), ("Wann ist die Keynote?", Asks.WHEN), ("où est-ce ?", Asks.WHERE),
        ("¿Quién habla?", Asks.WHO), ("Was kommt als nächstes?", Asks.NEXT), ("What did they find?", None),
    ],
)  # fmt: skip
def test_the_wording_says_what_is_asked_of_the_programme(text, asks):
    assert read(text).asks is asks


@pytest.mark.parametrize(
    ("text", "refers", "ordinal", "elliptic"),
    [
        ("and its limitations?", True, None, True), ("who wrote it?", True, None, False),
        ("what about the second?", False, 2, True), ("and the last one?", False, -1, True),
        ("tell me about [3]", False, 3, False), ("what about noise?", False, None, True),
        ("Is there anything about noise?", False, None, False),
    ],
)  # fmt: skip
def test_a_follow_up_is_told_by_its_words(text, refers, ordinal, elliptic):
    asked = read(text)
    assert (asked.refers, asked.ordinal, asked.elliptic) == (refers, ordinal, elliptic)


@given(st.text(max_size=300))
def test_any_text_is_some_question(text):
    assert len(read(text).topic.words) == len(read(text).topic.stems)


@pytest.mark.parametrize(
    "shape", ["when was ", "what the ", "is a ", "does a ", "the first ", "between 1 and ", "x ", "1", "on may ", "de "]
)
def test_hostile_questions_cost_in_proportion_to_their_length(shape):
    assert grows_linearly(read, shape, size=125)
