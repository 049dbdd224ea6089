"""Whether the app lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from azurefunctions.extensions.http.fastapi import Response

import shared
from blueprints.surface import surface
from shared.platform.http import PUBLIC, Api
from shared.platform.opened import Platform

TIMEOUT = 5.0
"""Seconds that a dependency has for its answer."""

api = Api(surface, "Health")


@api.get("health", allow=PUBLIC)
async def health() -> dict[str, str]:
    """Whether the process answers. Touches nothing else."""
    return {"status": "healthy", "version": shared.__version__}


@api.get("ready", allow=PUBLIC)
async def ready(platform: Platform) -> Response:
    """Whether every dependency answers: 200 `ready`, or 503 naming those that do not."""
    checks = {"store": platform.stores, "blobs": platform.blobs, "queues": platform.queues}
    states = await asyncio.gather(*(_state(opened) for opened in checks.values()))
    well = all(state == "ready" for state in states)
    body = {"status": "ready" if well else "unavailable", "checks": dict(zip(checks, states, strict=True))}
    return Response(orjson.dumps(body), 200 if well else 503, media_type="application/json")


async def _state(opened: Callable[[], Awaitable[Any]]) -> str:
    try:
        async with asyncio.timeout(TIMEOUT):
            await (await opened()).ping()
    except TimeoutError:
        return "no answer"
    except Exception:  # noqa: BLE001 -- whatever it is, the dependency cannot be used
        return "unavailable"
    return "ready"
