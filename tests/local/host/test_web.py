"""A route that calls its endpoint at once answers as FastAPI's own does."""

from typing import Annotated, Any

import httpx
import pytest
from azurefunctions.extensions.http.fastapi import Request, Response, StreamingResponse
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from local.host.web import asks_only_for_its_request, shorten

METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]


class Shown(BaseModel):
    a_name: str


async def pieces():
    yield b"one"
    yield b"two"


async def broken():
    yield b"one"
    raise KeyError("gone")


async def refuses(request: Request) -> Response:
    raise HTTPException(418, {"why": "short"}, {"X-Why": "stout"})


async def raises_what_the_app_handles(request: Request) -> Response:
    raise KeyError("known")


async def raises(request: Request) -> Response:
    raise ZeroDivisionError


async def echoes(request: Request) -> Response:
    return Response(await request.body(), 201, {"X-Mine": request.query_params["q"]}, "text/plain")


def returns(answer):
    async def endpoint(request: Request):
        return answer() if callable(answer) else answer

    return endpoint


def an_app(**options: Any) -> FastAPI:
    """As the extension makes it, with what an app may add to it: an exception handler and a middleware."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, **options)

    @app.exception_handler(KeyError)
    async def handle(request: Request, error: KeyError) -> Response:
        return Response(str(error), 409)

    @app.middleware("http")
    async def sign(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["X-Signed"] = request.url.path
        return response

    return app


def routed(app: FastAPI, endpoint: Any) -> Any:
    app.api_route("/{path:path}", methods=METHODS)(endpoint)
    return app.routes[-1]


async def answered(app: FastAPI, method: str) -> tuple[Any, ...]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        answer = await client.request(method, "/some/path?q=1", content=b"sent" if method == "POST" else None)
        return answer.status_code, sorted(answer.headers.items()), answer.content


ENDPOINTS = {
    "refuses": refuses,
    "handled": raises_what_the_app_handles,
    "raises": raises,
    "echoes": echoes,
    "streams": returns(lambda: StreamingResponse(pieces(), media_type="text/event-stream")),
    "breaks": returns(lambda: StreamingResponse(broken())),
    "a value": returns({"a": [1, None, "é"], "shown": Shown(a_name="x")}),
    "a model": returns(Shown(a_name="y")),
    "a text": returns("text"),
    "nothing": returns(None),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT", "BREW"])
@pytest.mark.parametrize("name", ENDPOINTS)
async def test_the_short_way_answers_as_the_long_one(method, name):
    long, short = an_app(), an_app()
    routed(long, ENDPOINTS[name])
    route = routed(short, ENDPOINTS[name])
    assert asks_only_for_its_request(route)
    shorten(route)
    assert await answered(short, method) == await answered(long, method)


async def asks_for_more(request: Request, q: str = ""):
    return Response(q)


async def says_what_it_answers(request: Request) -> Shown:
    return Shown(a_name="z")


def in_a_thread(request: Request):
    return Response()


async def depends(request: Request, other: Annotated[str, Depends(lambda: "other")]):
    return Response(other)


@pytest.mark.parametrize("endpoint", [asks_for_more, says_what_it_answers, in_a_thread, depends])
def test_a_route_that_fastapi_has_work_with_goes_the_long_way(endpoint):
    assert not asks_only_for_its_request(routed(an_app(), endpoint))


@pytest.mark.parametrize("options", [{"dependencies": [Depends(lambda: None)]}, {"default_response_class": Response}])
def test_what_an_app_declares_for_all_its_routes_goes_the_long_way(options):
    assert not asks_only_for_its_request(routed(an_app(**options), echoes))


def test_a_page_of_the_extension_is_none_of_ours():
    assert not any(map(asks_only_for_its_request, FastAPI().routes))
