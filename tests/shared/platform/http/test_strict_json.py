import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.http import strict_json
from shared.platform.http.problems import BodyTooLarge
from shared.platform.http.strict_json import MalformedJson
from tests.effort import grows_linearly

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=30,
)  # fmt: skip


@given(VALUES)
def test_what_json_can_say_is_read(value):
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    with suppress(MalformedJson):
        strict_json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b'{"a": 1} x',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b'["\\ud800"]',
        b'["\\udc00\\ud800"]',
        b'{"\\ud800": 1}',
        b'["\xff"]',
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
        b"-" + b"9" * 31,
        b'{"a": 1, "a": 2}',
        b'{"a": 1, "\\u0061": 2}',
        b'[{"b": {"a": 1, "a": 1}}]',
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 100_000,
        b'["\x00"]',
        b"01",
    ],
)
def test_what_parsers_disagree_about_is_refused(body):
    with pytest.raises(MalformedJson):
        strict_json.check(body)


def test_nesting_of_64_and_brackets_in_strings_are_fine():
    strict_json.check(b"[" * 64 + b"]" * 64)
    strict_json.check(b'["' + b"[{" * 500 + b'", "\\"[["]')
    strict_json.check(b"[" + b",".join([b"[]"] * 200) + b"]")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), VALUES, VALUES)
def test_a_name_given_twice_is_refused_however_it_is_written(name, one, other):
    twice = f"{{{json.dumps(name)}: {json.dumps(one)}, {json.dumps(name, ensure_ascii=False)}: {json.dumps(other)}}}"
    with pytest.raises(MalformedJson, match="twice"):
        strict_json.check(twice.encode())


def test_a_body_of_more_values_than_any_request_needs_is_refused_before_it_is_parsed():
    for body in (b"[" + b"1," * 10_001 + b"1]", b"[" + b"[]," * 6000 + b"[]]", b"{" + b'"":{},' * 200_000):
        with pytest.raises(BodyTooLarge):
            strict_json.check(body)
    strict_json.check(b'{"a":"' + b",[{" * 20_000 + b'"}')


def test_an_object_of_more_members_than_any_has_is_refused():
    for many in (501, 9000):
        with pytest.raises(BodyTooLarge):
            strict_json.check(b'{"a":{' + b",".join(b'"k%d":1' % number for number in range(many)) + b"}}")
    strict_json.check(b"{" + b",".join(b'"k%d":1' % number for number in range(500)) + b"}")


@pytest.mark.parametrize("shape", ['["', '"\\"', '{"\\', "[", '"[', '["a', "\\", '[""', "[1,", '{"a":', '"\\u0041'])
def test_the_time_of_a_check_grows_with_the_length_alone(shape):
    def check(text: str) -> None:
        with suppress(MalformedJson, BodyTooLarge):
            strict_json.check(b"[" * 65 + text.encode())

    assert grows_linearly(check, shape)
