"""`python -m tests.cosmos_server --port 8081`: prints its address and key once it answers; keeps all in memory."""

import argparse
import asyncio
import socket

import uvicorn

from tests.cosmos_server.server import KEY, Account, application


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.cosmos_server")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    port = parser.parse_args().port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:  # else no TCP_NODELAY
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        config = uvicorn.Config(application(Account()), log_level="warning", lifespan="off", access_log=False)
        server = uvicorn.Server(config)

        async def announced(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            print(f"ready http://127.0.0.1:{listening.getsockname()[1]} key {KEY}", flush=True)

        startup, server.startup = server.startup, announced  # type: ignore[method-assign]  # uvicorn has no hook
        await server.serve([listening])


asyncio.run(main())
