"""A durable-task engine for orchestrations written with `azure-functions-durable`, on SQLite, in one process.

What the rest of the host needs, and all it may rely on:

- `Registered(name, kind, parameter, call)`: one durable function. For an orchestrator, `call` is what
  `Function.get_user_function()` returns; for an activity, anything that takes the input as the keyword argument
  `parameter` (other bindings already filled in), sync or async.
- `Engine(path, functions, ...)`: `async with Engine(...)`, or `await start()` and `await stop()`.
- `routes(engine)`: the HTTP management API under `/runtime/webhooks/durabletask/`, which the SDK's client calls.
- `client_binding(base_url, hub)`: the string that a `durableClient` input binding receives.

Durable entities are refused when an app is loaded; `call_http` fails the orchestration that asks for it; rewinding is
answered as by the storage providers that cannot do it. An activity runs at least once, its recorded result counts
exactly once. As in Azure, terminating leaves sub-orchestrations and activities alone, and it is the SDK that keeps
early external events: only the last of a name, and that one for every later wait of the same execution.
"""

from local.host.durable.binding import client_binding
from local.host.durable.clock import Clock, SystemClock
from local.host.durable.engine import Engine
from local.host.durable.errors import (
    AlreadyExists,
    DurableError,
    EngineBusy,
    InstanceFinished,
    InstanceNotFound,
    UnknownFunction,
    UnsupportedFunction,
)
from local.host.durable.management import routes
from local.host.durable.registry import Kind, Registered
from local.host.durable.status import Instance, Status

__all__ = [
    "AlreadyExists",
    "Clock",
    "DurableError",
    "Engine",
    "EngineBusy",
    "Instance",
    "InstanceFinished",
    "InstanceNotFound",
    "Kind",
    "Registered",
    "Status",
    "SystemClock",
    "UnknownFunction",
    "UnsupportedFunction",
    "client_binding",
    "routes",
]
