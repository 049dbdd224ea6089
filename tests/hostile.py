"""Hostile requests to every route, made from the declarations, and what each costs the event loop.

    python -m tests.hostile [CHARACTERS]

plays every shape on every place (the test a part of them) and prints the dearest, each as a ratio to a plain text of
the same length in the same place.
"""

import asyncio
import copy
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from shared.platform.http.routes import Route
from shared.platform.http.samples import sample
from tests.hub import a_hub
from tests.world import DOCUMENT, LISTING, ROUTES, WRITING, World, a_world

UNITS = (
    "[", "(", '"', "'", "\\", "{", ".", ". ", "...x", " ", "\n ", "a", "a ", "a-\n", "1", "1 ", "1,", "111,", "1.",
    "1e1 ", "1e9999999 ", "-1", "[1,", "\u0301\u0316", "e\u0301", "\0", "\ud800", "\u202e", "\U0001f41f", "\ufdfa",
    "<", "%", "/", "a.", "A. ", "x@", "!!", "not ", "(a|a)*", "and ", ";q=", ",", '",', '\\"', "''", "=", "\t",
    "\u2028", "{{", "$",
)  # fmt: skip
WORDS = "plain words "
TIMES = 20
"""How much dearer than plain text a hostile one may be: nobody sends that by chance, and a square is far beyond."""
SMALL = 0.004
"""Seconds of processor below which nothing is told apart from noise."""
HEADERS = (
    "Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Origin", "traceparent",
    "X-Correlation-ID", "X-Forwarded-For",
)  # fmt: skip
BODIES: tuple[Callable[[int], bytes], ...] = (
    lambda size: b"[" * size,
    lambda size: b'{"a":' * (size // 5),
    lambda size: b'["\\"' * (size // 4),
    lambda size: b'"[{' * (size // 3),
    lambda size: b"[" + b"[]," * (size // 3) + b"[]]",
    lambda size: b"{" + b",".join(b'"k%d":1' % number for number in range(size // 9)) + b"}",
    lambda size: b'{"a":[' + b"1," * (size // 2) + b"1]}",
    lambda size: b"[" + b"1," * min(size // 2, 4900) + b"1]",
    lambda size: b"{" + b",".join(b'"k%d":1' % number for number in range(min(size // 9, 490))) + b"}",
    lambda size: b'{"a":' + b"9" * size + b"}",
    lambda size: b'{"a":1' + b"0" * size + b"e99999}",
    lambda size: b'{"' + b"k" * size + b'":1}',
    lambda size: b" " * size + b"[]",
    lambda size: b'{"a":"' + b"\\ud83d" * (size // 6) + b'"}',
    lambda size: b"\0" * size,
)


class Attack(NamedTuple):
    """A request with `text` put somewhere; `plain` is the same with words of that length, in JSON for a whole body."""

    name: str
    send: Callable[[str], Any]
    text: str
    is_body: bool = False

    @property
    def plain(self) -> str:
        words = (WORDS * (len(self.text) // len(WORDS) + 1))[: len(self.text)]
        return json.dumps({"a": words.split()}) if self.is_body else words


def shapes(size: int) -> list[str]:
    """Every unit, repeated; an end that fits nothing makes patterns go back to where they began."""
    return [unit * (size // len(unit)) + end for unit in UNITS for end in ("", "x\x01")]


def places(world: World) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Every place of every route where a caller puts text."""
    for route in WRITING:
        for at in _texts(_filled(route)):
            yield f"{route.name} {'/'.join(map(str, at))}", _in_body(world, route, at)
    for route in ROUTES:
        for name in _query(route):
            yield f"{route.name} ?{name}", _in_query(world, route, name)
        for name in route.signature.path:
            yield f"{route.name} {{{name}}}", _in_path(world, route, name)
    for route in (WRITING[0], LISTING[0][0]):
        for name in HEADERS:
            yield f"{route.name} {name}:", _in_header(world, route, name)


def attacks(world: World, size: int, most: int | None = None, seed: int = 0) -> Iterator[Attack]:
    """Every shape in every place, or a random `most` of the shapes in each."""
    chosen = random.Random(seed)
    known = shapes(size)
    for name, send in places(world):
        for text in known if most is None else chosen.sample(known, most):
            yield Attack(name, send, text)


async def cost(attack: Attack) -> tuple[float, httpx.Response]:
    """How many times dearer than plain text it is for the thread of the event loop, and what it was answered."""
    spent, answer = await _spent(attack.send, attack.text)
    if spent > SMALL:
        plain = statistics.median([(await _spent(attack.send, attack.plain))[0] for _ in range(3)])
        spent = min(spent, *[(await _spent(attack.send, attack.text))[0] for _ in range(2)])
        return spent / max(plain, SMALL / TIMES), answer
    return 1.0, answer


def fault(answer: httpx.Response) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text[:300]}"
    if answer.status_code < 400:
        return ""
    if answer.headers["content-type"] != "application/problem+json" or len(answer.content) > 150_000:
        return f"no problem document, or too long a one: {answer.text[:300]}"
    problem = answer.json()
    told = isinstance(problem["retryable"], bool) and problem["code"] and problem["status"] == answer.status_code
    return "" if told else f"says too little: {answer.text[:300]}"


async def _spent(send: Callable[[str], Any], text: str) -> tuple[float, httpx.Response]:
    started = time.thread_time()
    answer = await send(text)
    return time.thread_time() - started, answer


def _filled(route: Route) -> Any:
    """A body with every member that its schema has, without ids of nested things, which would be unknown."""
    schema = DOCUMENT["paths"]["/" + route.path][route.method.lower()]["requestBody"]["content"]["application/json"]
    return _anonymous(sample(_unsaid(schema["schema"]), SCHEMAS))


def _unsaid(schema: Any) -> Any:
    """A schema without its examples and defaults, which leave members out."""
    if isinstance(schema, list):
        return [_unsaid(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: each for name, each in schema.items() if name not in ("examples", "default")}
    short = told if isinstance(schema.get("examples", schema.get("default")), dict | list | None) else schema
    return {name: _unsaid(each) for name, each in short.items()}


def _anonymous(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict):
        return {name: _anonymous(each, depth + 1) for name, each in value.items() if name != "id" or not depth}
    return [_anonymous(each, depth) for each in value] if isinstance(value, list) else value


SCHEMAS = _unsaid(DOCUMENT["components"]["schemas"])


def _texts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(each, (*at, name))


def _in_body(world: World, route: Route, at: tuple[Any, ...]) -> Callable[[str], Any]:
    given = {at[0]: _filled(route)[at[0]]}
    whole = given if route.method == "PATCH" else {**(world.body(route) or {}), **given}

    async def send(text: str) -> httpx.Response:
        holder = body = copy.deepcopy(whole)
        for name in at[:-1]:
            holder = holder[name]
        holder[at[-1]] = text
        return await world.send(route, json.dumps(body).encode())

    return send


def _query(route: Route) -> list[str]:
    operation = DOCUMENT["paths"]["/" + route.path][route.method.lower()]
    return [each["name"] for each in operation["parameters"] if each["in"] == "query"]


def _in_query(world: World, route: Route, name: str) -> Callable[[str], Any]:
    path = world.path(route).partition("?")[0]

    async def send(text: str) -> httpx.Response:
        return await world.admin.ask(route.method, f"{path}?{quote(name)}={_quoted(text)[:16_000]}", world.body(route))

    return send


def _in_path(world: World, route: Route, name: str) -> Callable[[str], Any]:
    async def send(text: str) -> httpx.Response:
        path = world.path(route, **{name: _quoted(text)[:6000]})
        return await world.admin.ask(route.method, path, world.body(route))

    return send


def _in_header(world: World, route: Route, name: str) -> Callable[[str], Any]:
    async def send(text: str) -> httpx.Response:
        value = text.encode(errors="surrogatepass")[:30_000].replace(b"\n", b" ").replace(b"\0", b" ")
        headers: dict[Any, Any] = {**world.admin.headers, "Content-Type": "application/json", name: value}
        body = json.dumps(world.body(route)).encode() if route.signature.body else None
        return await world.admin._client.request(route.method, world.path(route), content=body, headers=headers)

    return send


def _quoted(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"), safe="")


async def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_hub(Path(folder)) as hub:
            found = []
            for attack in attacks(await a_world(hub), size):
                ratio, answer = await cost(attack)
                found.append((ratio, attack, answer.status_code))
                if wrong := fault(answer):
                    print(f"{attack.name}: {attack.text[:12]!r}: {wrong}", flush=True)
    for ratio, attack, status in sorted(found, key=lambda each: -each[0])[:20]:
        print(f"{ratio:7.1f}  {attack.name:50} {status} {attack.text[:12]!r}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 16_000))
