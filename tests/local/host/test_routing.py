import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.routing import Routes, Template


def find(templates: list[str], path: str) -> tuple[str, dict[str, str]] | None:
    return Routes((Template.parse(text), text) for text in templates).find(path, "GET")


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("a/{x}", "/a/b", {"x": "b"}),
        ("a/{x}", "/A/B/", {"x": "B"}),
        ("a/{x}", "/a", None),
        ("a/{x}", "/a//b", None),
        ("a/{x?}", "/a", {}),
        ("a/{x:int?}", "/a/5", {"x": "5"}),
        ("a/{x=7}", "/a", {"x": "7"}),
        ("a/{*x}", "/a/b/c", {"x": "b/c"}),
        ("a/{*x}", "/a", {}),
        ("{name}.{extension}", "/a.b.c", {"name": "a.b", "extension": "c"}),
        ("v{version:int}/x", "/v2/x", {"version": "2"}),
        ("v{version:int}/x", "/vx/x", None),
        ("a/{x:int}", "/a/b", None),
        ("a/{x:int}", "/a/99999999999", None),
        ("a/{x:guid}", "/a/0c1ff3b7-3c33-4e0a-a4b5-9d1a4e0b2f11", {"x": "0c1ff3b7-3c33-4e0a-a4b5-9d1a4e0b2f11"}),
        ("a/{x:bool}", "/a/True", {"x": "True"}),
        ("a/{x:alpha:length(2,3)}", "/a/abcd", None),
        ("a/{x:range(1,3)}", "/a/3", {"x": "3"}),
        ("a/{x:min(2)}", "/a/1", None),
        (r"a/{x:regex(^\d{2}/?$)}", "/a/12", {"x": "12"}),
        ("a/{x:datetime}", "/a/2024-05-06", {"x": "2024-05-06"}),
    ],
)
def test_a_template_captures_what_the_real_host_would(template, path, values):
    found = find([template], path)
    assert (None if found is None else found[1]) == values


@pytest.mark.parametrize(
    ("templates", "path", "chosen"),
    [
        (["a/{x}", "a/b"], "/a/b", "a/{x}"),
        (["a/b", "a/{x}"], "/a/b", "a/b"),
        (["a/{x:int}", "a/{x}"], "/a/5", "a/{x:int}"),
        (["a/{x:int}", "a/{x}"], "/a/y", "a/{x}"),
        (["{*rest}", "a/{x}"], "/a/b", "{*rest}"),
        (["a/{x?}", "a"], "/a", "a/{x?}"),
    ],
)
def test_the_first_template_that_matches_wins(templates, path, chosen):
    found = find(templates, path)
    assert found is not None
    assert found[0] == chosen


@pytest.mark.parametrize(
    ("first", "second", "methods"),
    [
        ("a/{x}", "a/b", "GET POST"),
        ("a/{x}", "A/{y}", "GET POST"),
        ("a/{x:int}", "a/{y:int}", "GET POST"),
        ("a/{x:int}", "a/{y}", ""),
        ("a/{x}", "a/{y:int}", "GET POST"),
        ("a/b", "a/{x}", ""),
        ("a/{x?}", "a", "GET POST"),
        ("a", "a/{x?}", ""),
        ("a/{x}", "a/{x?}", ""),
        ("{*rest}", "a/b/{x}", "GET POST"),
        ("a/{*rest}", "a/{*other}", "GET POST"),
        ("a/{x}", "a/{*rest}", ""),
        ("{name}.{kind}", "{name}.{kind}", "GET POST"),
        ("{name}.{kind}", "a.b", ""),
    ],
)
def test_a_template_hides_what_it_takes_whole(first, second, methods):
    both = frozenset({"GET", "POST"})
    assert Template.parse(first).hides(Template.parse(second, both)) == set(methods.split())
    assert Template.parse(first, frozenset({"PUT"})).hides(Template.parse(second, both)) == set()


def test_a_method_goes_to_the_next_template_that_allows_it():
    get, other = Template.parse("a/b", frozenset({"GET"})), Template.parse("a/{x}", frozenset({"PUT"}))
    routes = Routes([(get, "get"), (other, "put")])
    assert routes.find("/a/b", "PUT") == ("put", {"x": "b"})
    assert routes.find("/a/b", "POST") is None


@pytest.mark.parametrize("text", ["a/{*x}/b", "a/{x?}/b", "a/{x", "a/x}", "a/{x:nope}", "a/{x:range(1)}"])
def test_a_malformed_template_is_refused(text):
    with pytest.raises(ValueError, match="the "):
        Template.parse(text)


segments = st.sampled_from(["a", "b", "{x}", "{y:int}"])
templates_strategy = st.lists(
    st.lists(segments, min_size=1, max_size=4, unique=True).map("/".join), min_size=1, max_size=8, unique=True
)
paths = st.lists(st.sampled_from(["a", "b", "1", "z"]), max_size=5).map(lambda parts: "/" + "/".join(parts))


@given(templates_strategy, paths)
def test_one_of_many_templates_is_found_exactly_when_it_is_found_alone(templates, path):
    alone = {text for text in templates if find([text], path) is not None}
    found = find(templates, path)
    assert (found and found[0]) == next((text for text in templates if text in alone), None)


@given(templates_strategy, paths)
def test_a_hidden_template_is_never_found(templates, path):
    first, *others = map(Template.parse, templates)
    found = find(templates, path)
    assert found is None or found[0] not in [other.text for other in others if first.hides(other)]
