"""Imports an app's `function_app.py` and turns what it registers into Functions, or refuses it with every fault."""

import importlib
import inspect
import json
import logging
import re
import sys
import traceback
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from azure.functions import FunctionRegister

from local.host import checks, signature
from local.host.errors import AppRefused
from local.host.function import Binding, Function, Retry
from local.host.settings import HostJson, seconds

_log = logging.getLogger("local.host")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
_FOREVER = timedelta(seconds=2**31 - 1)


def load(folder: Path, environ: Mapping[str, str], *, script: str = "function_app") -> list[Function]:
    """Every enabled function of the app in `folder`, in the host's order, by name; raises AppRefused."""
    folder = folder.resolve()
    registered, faults = _build(_find_app(_import(folder, script)))
    faults += _name_faults([built.get_function_name() for built in registered])
    functions: list[Function] = []
    for built in registered:
        function, found = _read(built, folder)
        faults += [f"cannot load the {built.get_function_name()} function: {fault}" for fault in found]
        if function is not None and not _disabled(function.name, environ):
            functions.append(function)
    # As .NET's OrdinalIgnoreCase compares: in capitals, by which an underscore comes after letters.
    functions.sort(key=lambda function: function.name.upper())
    faults += checks.app_faults(functions, HostJson.read(folder), environ)
    if faults:
        raise AppRefused(faults)
    return functions


def _name_faults(names: list[str]) -> list[str]:
    """Names that differ only by case are one name to the host."""
    counts = Counter(name.upper() for name in names)
    first = {name.upper(): name for name in reversed(names)}
    return [f"the function name {first[name]!r} is used {count} times" for name, count in counts.items() if count > 1]


def _import(folder: Path, script: str) -> Any:
    if not (folder / f"{script}.py").exists():
        raise AppRefused([f"there is no {script}.py in {folder}"])
    # An app gives its functions once only, and another folder's app has the same module name.
    sys.modules.pop(script, None)
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(script)
    except Exception as error:
        _log.debug("%s.py cannot be imported", script, exc_info=True)
        raise AppRefused([f"{script}.py cannot be imported: {_told(error, folder)}"]) from error


def _told(error: Exception, folder: Path) -> str:
    """What was raised, and the app's own line that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    where = f" ({Path(lines[-1].filename).relative_to(folder)}, line {lines[-1].lineno})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"


def _find_app(module: Any) -> FunctionRegister:
    apps = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    if len(apps) == 1:
        return apps[0]
    if apps:
        raise AppRefused([f"{module.__name__}.py has more than one top level {type(apps[0]).__name__}"])
    raise AppRefused([f"no top level function app was found in {module.__name__}.py"])


def _build(app: FunctionRegister) -> tuple[list[Any], list[str]]:
    """The SDK stops at the first fault; then every builder is tried, so that all of them are told."""
    try:
        return app.get_functions(), []
    except ValueError:
        pass
    registered, faults = [], []
    for builder in app._function_builders:  # noqa: SLF001 -- the SDK has no other way to go on
        try:
            registered.append(builder.build(app.auth_level))
        except ValueError as error:
            faults.append(str(error))
    return registered, faults


def _read(built: Any, folder: Path) -> tuple[Function | None, list[str]]:
    name, call = built.get_function_name(), built.get_user_function()
    bindings = [_binding(json.loads(raw)) for raw in built.get_raw_bindings()]
    found = signature.check(call, bindings)
    faults = found.faults + [
        f"the binding type {binding.type!r} is not supported here"
        for binding in bindings
        if binding.type not in checks.SUPPORTED
    ]
    if not _NAME.fullmatch(name):
        faults.append("its name must be letters, digits, '_' and '-', at most 128, and start with a letter")
    retry, retry_faults = _retry(built.get_settings_dict("retry_policy"))
    faults += retry_faults
    trigger = next(binding for binding in bindings if binding.name == built.get_trigger().name)
    if faults:
        return None, faults
    return Function(
        name=name,
        call=call,
        folder=folder,
        trigger=trigger,
        inputs=found.inputs,
        outputs=found.outputs,
        returns=found.returns,
        is_async=inspect.iscoroutinefunction(call),
        wants_context=found.wants_context,
        retry=retry,
        extra_inputs=tuple(b for b in bindings if not b.is_output and b.name != trigger.name),
    ), []


def _binding(raw: dict[str, Any]) -> Binding:
    return Binding(raw["name"], raw["type"], raw["direction"], raw)


def _retry(policy: Mapping[str, Any] | None) -> tuple[Retry | None, list[str]]:
    if not policy:
        return None, []
    try:
        count = int(policy["max_retry_count"])
        spans = {
            key: timedelta(seconds=seconds(policy[key]))
            for key in ("delay_interval", "minimum_interval", "maximum_interval")
            if policy.get(key)
        }
        fixed = spans["delay_interval"] if policy["strategy"] in {"fixed_delay", "fixedDelay"} else None
    except (KeyError, ValueError) as error:
        return None, [f"its retry policy is invalid: {error}"]
    return Retry(count, fixed, spans.get("minimum_interval", timedelta()), spans.get("maximum_interval", _FOREVER)), []


def _disabled(name: str, environ: Mapping[str, str]) -> bool:
    values = (environ.get(f"AzureWebJobs.{name}.Disabled"), environ.get(f"AzureWebJobs_{name}_Disabled"))
    return any((value or "").lower() in {"1", "true"} for value in values)
