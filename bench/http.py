"""What a declared endpoint costs: a signed-in GET against a bare Starlette route of the same uvicorn.

The declared one verifies a token, reads its account, checks a permission, serialises, adds headers and logs a line; it
is asked as a Starlette route too, and as the local host serves it, through the web framework that Azure's worker has.

    python -m bench.http [ROUNDS]

The server runs in one process and the client in another, over keep-alive connections. Prints medians: the time of a
request when they come one by one, and the server's processor time for each when they come 16 at a time; and the ratios.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import orjson

from docs.settings import example
from shared.access import Actor, Permission
from shared.platform.shapes import View

ROOT = Path(__file__).parent.parent
REQUESTS = 400
EMAIL, PASSWORD = "admin@example.org", "a password of the bench"
ENVIRONMENT = {
    **{name: value for name, value in json.loads(example())["Values"].items() if value},
    "JWT_SECRET": "a secret for the bench, of 32 bytes or more",
    "BOOTSTRAP_ADMIN_EMAIL": EMAIL,
    "BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
}


async def serve() -> None:
    """Both applications behind one uvicorn; prints the port."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send

    from blueprints import health
    from local.host.http import App
    from local.host.invocation import Invoker
    from local.host.loader import load
    from local.host.server import HttpServer

    async def bare(_: Request) -> JSONResponse:
        return JSONResponse({"id": "usr_0", "displayName": "Administrator", "roles": ["admin", "user"]})

    @health.api.get("bench", allow=Permission.LIST_EVENTS)
    async def bench(actor: Actor) -> Shown:
        return Shown(id=actor.id, display_name=actor.name, roles=sorted(actor.roles))

    async def spent(_: Request) -> JSONResponse:
        return JSONResponse(time.process_time())

    functions = [function for function in load(ROOT, os.environ) if function.trigger.type == "httpTrigger"]
    declared = next(function.call for function in functions if function.name.endswith("_bench"))
    plain = Starlette(routes=[Route("/bare", bare), Route("/spent", spent), Route("/declared", declared)])
    hosted = App(functions, Invoker(cast("Any", None), str), "")  # HTTP functions have no outputs

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        await (plain if scope["path"] in ("/bare", "/spent", "/declared") else hosted)(scope, receive, send)

    server = HttpServer(0)
    await server.start(cast("Any", both), 1)
    print(server.port, file=sys.stderr, flush=True)
    await asyncio.Event().wait()


class Shown(View):
    """What the declared endpoint answers."""

    id: str
    display_name: str
    roles: list[str]


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(self, request: bytes) -> bytes:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return await self.reader.readexactly(length)


def get(path: str, token: str = "") -> bytes:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n{authorization}\r\n".encode()


async def sign_in(client: Client) -> str:
    body = orjson.dumps({"email": EMAIL, "password": PASSWORD})
    head = f"POST /auth/token HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    answer = await client.ask(head.encode() + b"\r\n\r\n" + body)
    return str(orjson.loads(answer)["access_token"])


async def one_by_one(client: Client, request: bytes) -> list[float]:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        await client.ask(request)
        times.append((time.perf_counter() - started) * 1e6)
    return times


async def together(clients: list[Client], request: bytes) -> float:
    """Processor time of the server for each request, in microseconds."""

    async def work(client: Client) -> None:
        for _ in range(REQUESTS // 8):
            await client.ask(request)

    before = float(await clients[0].ask(get("/spent")))
    await asyncio.gather(*(work(client) for client in clients))
    spent = float(await clients[0].ask(get("/spent"))) - before
    return spent / (len(clients) * (REQUESTS // 8)) * 1e6


async def measure(port: int, rounds: int) -> None:
    clients = [await Client(port).open() for _ in range(16)]
    token = await sign_in(clients[0])
    requests = {"bare": get("/bare"), "declared": get("/declared", token), "hosted": get("/bench", token)}
    latencies: dict[str, list[float]] = {name: [] for name in requests}
    efforts: dict[str, list[float]] = {name: [] for name in requests}
    for number in range(rounds + 1):
        for name, request in requests.items():
            times, used = await one_by_one(clients[0], request), await together(clients, request)
            if number:  # the first round warms up
                latencies[name] += times
                efforts[name].append(used)
    latency = {name: statistics.median(times) for name, times in latencies.items()}
    effort = {name: statistics.median(found) for name, found in efforts.items()}
    for name in requests:
        print(f"{name:10} {latency[name]:7.0f} µs one by one   {effort[name]:7.0f} µs of processor")
    for name in ("declared", "hosted"):
        ratios = [found[name] / found["bare"] for found in (latency, effort)]
        print(f"{name:10} {ratios[0]:7.2f} times bare       {ratios[1]:7.2f} times its processor time")


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.http", "serve"]
        environment = {**os.environ, **ENVIRONMENT, "DATA_DIR": folder}
        with (
            (Path(folder) / "log").open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.PIPE) as server,
        ):
            try:
                assert server.stderr is not None
                asyncio.run(measure(int(server.stderr.readline()), rounds))
            finally:
                server.terminate()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10)
