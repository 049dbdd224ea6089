import re

import pytest

from local.host.expressions import PathPattern, fill, properties


@pytest.mark.parametrize(
    ("pattern", "name", "captures"),
    [
        ("c/{name}", "a/b.txt", {"name": "a/b.txt"}),
        ("c/{a}/{b}/{name}", "1/2/3", {"a": "1", "b": "2", "name": "3"}),
        ("c/{a}/{b}/{name}", "1/2/3/4", {"a": "1/2", "b": "3", "name": "4"}),
        ("c/{a}/{b}/{name}", "1/2", None),
        ("c/in-{name}.txt", "in-x.txt", {"name": "x"}),
        ("c/in-{name}.txt", "out-x.txt", None),
        ("c/fixed.txt", "fixed.txt", {}),
        ("c", "anything", {}),
    ],
)
def test_captures_of_a_blob_path(pattern, name, captures):
    assert PathPattern(pattern).match(name) == captures


def test_the_literal_beginning_narrows_the_listing():
    assert (PathPattern("c/in/{name}").container, PathPattern("c/in/{name}").prefix) == ("c", "in/")


def test_names_and_steps_into_them_are_filled_in():
    assert fill("out/{name}-{who.id}", {"name": "n", "who": {"id": 5}}) == "out/n-5"


def test_a_random_guid_is_filled_in():
    assert re.fullmatch(r"x/[0-9a-f-]{36}", fill("x/{rand-guid}", {}))


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"no value for \{nope\}"):
        fill("{nope}", {})


def test_only_json_objects_have_properties():
    assert properties('{"a": 1}') == {"a": 1}
    assert properties("[1]") == properties("text") == {}
