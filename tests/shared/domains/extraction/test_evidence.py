import hashlib
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domains.extraction.evidence import digest, find, verify
from shared.domains.knowledge.content import Evidence
from shared.platform.readers.normalise import normalise
from tests.factories import RESULTS, a_content, a_document, a_statement

QUOTE = "SeatSense achieves an accuracy of 92.5% on LibBadge, while gradient boosting reaches 85.4%."
TEXT = "Before. The well-known “re-sults” can\u2019t improve by 92.5 % on 12 data-sets, says Fig. 3. After."
SENTENCE = "The well-known “re-sults” can\u2019t improve by 92.5 % on 12 data-sets, says Fig. 3."


def quoting(text, *quotations):
    return a_statement(text=text, evidence=tuple(Evidence(quotation=one) for one in quotations), supported=False)


def test_a_quotation_in_the_source_is_verified_with_its_place():
    document = a_document()
    [statement] = verify(document, "src_1", a_content(quoting(QUOTE, QUOTE))).statements
    [evidence] = statement.evidence
    assert statement.supported
    assert evidence.verified
    assert evidence.passage
    assert evidence.n == 1
    assert document.text[evidence.passage.start : evidence.passage.end] == QUOTE
    assert evidence.passage.source_id == "src_1"
    assert evidence.passage.section == "3 Results"
    assert evidence.passage.page == 1
    assert evidence.passage.boxes
    assert evidence.sha256 == hashlib.sha256(normalise(QUOTE).encode()).hexdigest()


def test_a_quotation_that_is_not_there_is_kept_as_unsupported():
    [statement] = verify(a_document(), "src", a_content(quoting(QUOTE, "SeatSense wins everywhere."))).statements
    assert not statement.supported
    assert not statement.evidence[0].verified
    assert statement.evidence[0].passage is None


def test_a_number_that_its_evidence_lacks_makes_a_statement_unsupported():
    [statement] = verify(a_document(), "src", a_content(quoting("SeatSense reaches 93.5%.", QUOTE))).statements
    assert statement.evidence[0].verified
    assert not statement.supported


def test_unverified_evidence_bears_no_numbers():
    invented = "SeatSense reaches 99% of everything."
    [statement] = verify(a_document(), "src", a_content(quoting("SeatSense reaches 99%.", QUOTE, invented))).statements
    assert not statement.supported


def test_evidence_is_numbered_through_the_artifact_and_keeps_its_numbers():
    content = a_content(quoting("A", QUOTE, RESULTS[:60]), quoting("B", QUOTE))
    once = verify(a_document(), "src", content)
    again = verify(a_document(), "src", once.model_copy(update={"statements": once.statements[::-1]}))
    assert [one.n for statement in once.statements for one in statement.evidence] == [1, 2, 3]
    assert [one.n for statement in again.statements for one in statement.evidence] == [3, 1, 2]


def test_a_corrected_statement_is_judged_again_and_new_evidence_numbered_behind():
    once = verify(a_document(), "src", a_content(quoting("SeatSense reaches 99%.", QUOTE)))
    more = (*once.statements[0].evidence, Evidence(quotation="Inference takes 12 ms on a single CPU core"))
    corrected = once.statements[0].model_copy(update={"text": "Inference takes 12 ms.", "evidence": more})
    [judged] = verify(a_document(), "src", once.model_copy(update={"statements": (corrected,)})).statements
    assert judged.supported
    assert [one.n for one in judged.evidence] == [1, 2]


@pytest.mark.parametrize(
    "variant",
    [
        SENTENCE,
        SENTENCE.replace(" ", "\n  "),
        SENTENCE.replace("re-sults", "results"),
        SENTENCE.replace("well-known", "well-\nknown"),
        SENTENCE.replace("well-known", "well\u2010known"),
        SENTENCE.replace("“", '"').replace("”", '"').replace("\u2019", "'"),
        SENTENCE.replace("known", "kno\u00adwn"),
    ],
)
def test_white_space_hyphens_and_quotes_may_differ(variant):
    assert find(TEXT, variant) == (8, 8 + len(SENTENCE))
    assert digest(variant) == digest(SENTENCE)


@pytest.mark.parametrize(
    "quotation",
    [
        "",
        "results",
        "the well-known",
        "The well-known “re-sults” can",
        "an\u2019t improve by 92.5 % on",
        "known “re-sults” can\u2019t improve",
        "The well-known “re-sults” can\u2019t improve by 92",
        "The well-known “re-sults” can\u2019t improve by 92.5",
        "5 % on 12 data-sets",
        ".5 % on 12 data-sets",
        "The well-known “re-sults” can\u2019t improve by 92.5 % on 1",
        "improve by 92.5 % on 12 data",
        "THE WELL-KNOWN RESULTS can\u2019t improve",
    ],
)
def test_part_of_a_word_or_number_is_no_evidence(quotation):
    assert find(TEXT, quotation) is None


def test_a_range_cannot_be_cut():
    assert find("it grows by 5-10 points a year", "it grows by 5") is None
    assert find("it grows by 5-10 points a year", "10 points a year") is None


@given(st.data())
def test_a_changed_word_never_verifies(data):
    spans = [match.span() for match in re.finditer(r"\w+", RESULTS)]
    start, end = data.draw(st.sampled_from(spans))
    word = data.draw(st.text(alphabet="abcdefgxyz0123456789", min_size=1, max_size=8))
    assume(word != RESULTS[start:end])
    assert find(a_document().text, RESULTS[:start] + word + RESULTS[end:]) is None


@given(st.data())
def test_a_changed_digit_never_verifies(data):
    at = data.draw(st.sampled_from([at for at, char in enumerate(RESULTS) if char.isdigit()]))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != RESULTS[at])
    assert find(a_document().text, RESULTS[:at] + digit + RESULTS[at + 1 :]) is None


@given(st.data())
def test_other_white_space_always_verifies(data):
    pieces = RESULTS.split(" ")
    gaps = [data.draw(st.sampled_from([" ", "  ", "\n", "\t", "\u00a0", " \r\n "])) for _ in pieces[1:]]
    spaced = pieces[0] + "".join(gap + piece for gap, piece in zip(gaps, pieces[1:], strict=True))
    at = a_document().text.index(RESULTS)
    assert find(a_document().text, spaced) == (at, at + len(RESULTS))
