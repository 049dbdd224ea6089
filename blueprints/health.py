"""Whether the app lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from azurefunctions.extensions.http.fastapi import Response

import shared
from blueprints.surface import surface
from shared.errors import Problem
from shared.platform.http import PUBLIC, Api
from shared.platform.opened import Platform

TIMEOUT = 5.0
"""Seconds that a dependency has for its answer."""

api = Api(surface, "Health")


@api.get("health", allow=PUBLIC, unlimited=True)
async def health() -> dict[str, str]:
    """Whether the process answers. Touches nothing else."""
    return {"status": "healthy", "version": shared.__version__}


@api.get("ready", allow=PUBLIC, unlimited=True)
async def ready(platform: Platform) -> Response:
    """Whether every dependency answers: 200 `ready`, or 503 naming those that do not, with advice for each."""
    checks = {"store": platform.stores, "blobs": platform.blobs, "queues": platform.queues, "files": platform.files}
    checks |= {"graph": platform.graph} if platform.settings.graph == "neo4j" else {}
    found = await asyncio.gather(*(_state(name, opened) for name, opened in checks.items()))
    states = dict(zip(checks, found, strict=True))
    advice = {name: words for name, (_, words) in states.items() if words}
    body: dict[str, Any] = {
        "status": "unavailable" if advice else "ready",
        "checks": {name: state for name, (state, _) in states.items()},
    }
    return Response(
        orjson.dumps({**body, "advice": advice} if advice else body),
        503 if advice else 200,
        media_type="application/json",
    )


async def _state(name: str, opened: Callable[[], Awaitable[Any]]) -> tuple[str, str]:
    """`ready`, `no answer`, `unavailable` or the code of a problem; and unless it is ready, what to do."""
    try:
        async with asyncio.timeout(TIMEOUT):
            await (await opened()).ping()
    except TimeoutError:
        return "no answer", _ADVICE[name]
    except Problem as problem:
        return problem.code, f"{problem.title}. {problem.detail} {_ADVICE[name] if problem.transient else ''}".strip()
    except Exception:  # noqa: BLE001 -- whatever it is, the dependency cannot be used
        return "unavailable", _ADVICE[name]
    return "ready", ""


_ADVICE = {
    "graph": "See that the Neo4j of NEO4J_URI is there and lets the app in.",
    "files": "See that the data folder, in Azure the system's temporary one, is there and can be written to.",
    "store": "See that the database of STORE is there and lets the app in.",
    "blobs": "See that the storage account of AzureWebJobsStorage or STORAGE_ACCOUNT_URL is there and lets the app in.",
    "queues": "See that the storage account of AzureWebJobsStorage or QUEUE_ACCOUNT_URL is there and lets the app in.",
}
