import inspect
from typing import Any, get_type_hints

import azure.functions as func
import pytest
from azurefunctions.extensions.http.fastapi import Request, Response

from shared.access import Actor, Permission
from shared.platform.http import PUBLIC, SIGNED_IN, Api, Selection, Surface
from shared.platform.shapes import Input
from shared.platform.store import Store


async def nobody(*_):
    raise NotImplementedError


class Body(Input):
    title: str


@pytest.fixture
def api() -> Api:
    return Api(Surface(nobody), "Things")


def function_of(api: Api) -> Any:
    app = func.FunctionApp()
    app.register_functions(api.blueprint)
    return app.get_functions()[0]


def test_a_route_without_a_permission_does_not_start(api: Api) -> None:
    get: Any = api.get
    with pytest.raises(TypeError, match="allow"):
        get("v1/things")


@pytest.mark.parametrize("allow", [None, "view_event", (), ("view_event",), (Permission.VIEW_EVENT, PUBLIC)])
def test_allow_takes_permissions_public_or_signed_in(api: Api, allow: Any) -> None:
    with pytest.raises(TypeError, match="allow takes"):

        @api.get("v1/things", allow=allow)
        async def things() -> None: ...


@pytest.mark.parametrize("kind", [Actor, Store])
def test_a_public_route_has_no_actor_and_no_store(api: Api, kind: Any) -> None:
    async def things(given) -> None: ...

    things.__annotations__["given"] = kind
    with pytest.raises(TypeError, match="public"):
        api.get("v1/things", allow=PUBLIC)(things)


def test_the_function_stays_as_it_is(api: Api) -> None:
    async def things() -> None: ...

    assert api.get("v1/things", allow=SIGNED_IN)(things) is things


def test_the_runtime_sees_one_request_parameter_and_no_wrapped_function(api: Api) -> None:
    @api.get("v1/things/{thing_id}", allow=Permission.VIEW_EVENT)
    async def view_thing(thing_id: str, actor: Actor) -> None: ...

    registered = function_of(api)
    call = registered.get_user_function()
    assert list(inspect.signature(call).parameters) == ["req"]
    assert get_type_hints(call) == {"req": Request, "return": Response}
    assert not hasattr(call, "__wrapped__")
    assert inspect.iscoroutinefunction(call)
    assert call.__name__ == registered.get_function_name() == "http2_view_thing"
    assert registered.get_trigger().auth_level is func.AuthLevel.ANONYMOUS


def test_get_routes_answer_head_too(api: Api) -> None:
    @api.get("v1/things", allow=PUBLIC)
    async def things() -> None: ...

    assert api.surface.methods_of("/v1/things") == ("GET", "HEAD")
    assert api.surface.methods_of("/V1/Things") == ("GET", "HEAD")
    assert api.surface.methods_of("/v1/things/1") == ()


def test_an_alias_is_a_second_declaration_of_the_same_function(api: Api) -> None:
    @api.post("alias", allow=PUBLIC)
    @api.patch("v1/things", allow=PUBLIC)
    async def things() -> None: ...

    assert [(route.name, route.method, route.path) for route in api.surface.routes] == [
        ("things", "PATCH", "v1/things"),
        ("things_post2", "POST", "alias"),
    ]


def test_two_functions_of_one_name_or_route_do_not_start(api: Api) -> None:
    async def things() -> None: ...

    async def others() -> None: ...

    api.get("v1/things", allow=PUBLIC)(things)
    with pytest.raises(TypeError, match="twice"):
        api.get("v1/things", allow=PUBLIC)(others)
    others.__name__ = "things"
    with pytest.raises(TypeError, match="twice"):
        api.get("v1/others", allow=PUBLIC)(others)


def test_by_name_the_more_literal_route_comes_first_and_get_before_other_methods(api: Api) -> None:
    async def any_thing(thing_id: str) -> None: ...

    async def best_thing() -> None: ...

    async def change_thing(thing_id: str) -> None: ...

    api.get("v1/things/{thing_id}", allow=PUBLIC)(any_thing)
    api.get("v1/things/best", allow=PUBLIC)(best_thing)
    api.patch("v1/things/{thing_id}", allow=PUBLIC)(change_thing)
    names = sorted(route.function_name for route in api.surface.routes)
    assert [name.partition("_")[2] for name in names] == ["best_thing", "any_thing", "change_thing"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("v1/{thing_id}/best", "v1/things/{thing_id}"), ("v1/{thing_id}", "V1/{thing_id}")],
)
def test_two_routes_of_which_neither_is_more_literal_do_not_start(api: Api, first: str, second: str) -> None:
    async def things(thing_id: str) -> None: ...

    async def others(thing_id: str) -> None: ...

    api.get(first, allow=PUBLIC)(things)
    with pytest.raises(TypeError, match="take the same path"):
        api.get(second, allow=PUBLIC)(others)
    api.post(second, allow=PUBLIC)(others)


def test_arguments_without_a_source_do_not_start(api: Api) -> None:
    async def unknown(store: Store, size: float) -> None: ...

    async def unlisted(selection: Selection) -> None: ...

    async def missing(store: Store) -> None: ...

    async def bodies(one: Body, other: Body) -> None: ...

    for function, path in ((unknown, "v1"), (unlisted, "v1"), (missing, "v1/{thing_id}"), (bodies, "v1")):
        with pytest.raises(TypeError):
            api.post(path, allow=SIGNED_IN)(function)
