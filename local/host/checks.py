"""What the host, not the worker, refuses: routes, schedules, missing settings, and bindings that are not built here."""

import re
from collections.abc import Callable, Iterable, Mapping

from local.host.function import Binding, Function
from local.host.routing import Template
from local.host.schedule import Schedule
from local.host.settings import HostJson, MissingSetting, connection_string, resolve

_STORAGE = ("queueTrigger", "queue", "blobTrigger", "blob")
_DURABLE = ("orchestrationTrigger", "activityTrigger", "durableClient")
SUPPORTED = frozenset((*_STORAGE, *_DURABLE, "httpTrigger", "http", "timerTrigger", "cosmosDBTrigger"))

# The host's own routes, whatever the prefix is.
_RESERVED = re.compile(r"/*(admin|runtime)", re.IGNORECASE)
_EXPRESSIONS = ("queueName", "path", "schedule", "databaseName", "containerName", "connection")


def app_faults(functions: Iterable[Function], host_json: HostJson, environ: Mapping[str, str]) -> list[str]:
    """Every fault of the functions that passed the worker's checks."""
    functions = list(functions)
    faults = _route_faults(functions, host_json)
    if host_json.get("version", "2.0") != "2.0":
        faults.append('the version in host.json must be "2.0"')
    faults += [f"host.json: {fault}" for fault in _fault(lambda: host_json.function_timeout)]
    for function in functions:
        bindings = [function.trigger, *function.extra_inputs, *(p.binding for p in function.outputs.values())]
        if function.returns is not None:
            bindings.append(function.returns.binding)
        found = dict.fromkeys(fault for binding in bindings for fault in _binding_faults(binding, environ))
        faults += [f"the {function.name} function: {fault}" for fault in found]
    return faults


def _binding_faults(binding: Binding, environ: Mapping[str, str]) -> list[str]:
    faults = []
    for key in _EXPRESSIONS:
        if isinstance(text := binding.data.get(key), str):
            faults += _fault(lambda text=text: resolve(text, environ))  # type: ignore[misc]  # mypy infers no default's type
    if binding.type in _STORAGE:
        faults += _fault(lambda: connection_string(binding.connection, environ))
    if binding.type == "timerTrigger" and not faults:
        faults += _fault(lambda: Schedule.parse(resolve(binding.data["schedule"], environ)))
    return faults


def _fault(attempt: Callable[[], object]) -> list[str]:
    try:
        attempt()
    except (MissingSetting, ValueError) as error:
        return [str(error)]
    return []


def _route_faults(functions: Iterable[Function], host_json: HostJson) -> list[str]:
    """The functions are in the order in which their routes are asked."""
    faults: list[str] = []
    earlier: list[tuple[str, Template]] = []
    prefix = host_json.get("extensions.http.routePrefix", "api")
    for function in functions:
        if function.trigger.type != "httpTrigger":
            continue
        try:
            template = Template.of(function, prefix)
        except ValueError as error:
            faults.append(f"the {function.name} function: {error}")
            continue
        faults += _hidden(function.name, template, earlier)
        earlier.append((function.name, template))
        if _RESERVED.match(function.trigger.data.get("route") or ""):
            faults.append(f"the {function.name} function: a route must not begin with 'admin' or 'runtime'")
    return faults


def _hidden(name: str, template: Template, earlier: Iterable[tuple[str, Template]]) -> list[str]:
    return [
        f"the {name} function is never asked for {', '.join(sorted(methods))} /{template.text}: /{other.text} of the "
        f"{first} function takes it, because functions are asked in the order of their names"
        for first, other in earlier
        if (methods := other.hides(template))
    ]
