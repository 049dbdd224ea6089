"""One place through which every function is called: arguments, the thread pool, the result, the outputs, the log."""

import asyncio
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from azure.functions import Out

from local.host.function import Function, Parameter
from local.host.outputs import Outputs

_log = logging.getLogger("local.host")
_thread = threading.local()
T = TypeVar("T")
_current: ContextVar[str] = ContextVar("invocation_id")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """An own trace for each invocation."""

    trace_parent: str
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetryContext:
    """Which retry this is; `exception` is the text of what failed before."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: Any = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a function's `context` parameter receives."""

    invocation_id: str
    function_name: str
    function_directory: str
    trace_context: TraceContext
    retry_context: RetryContext
    thread_local_storage: threading.local = _thread


class _Holder(Out[Any]):
    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an invocation: a value, or the error, which has been logged."""

    value: Any = None
    error: Exception | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.error is None


class FunctionTimeout(Exception):
    """Something ran longer than functionTimeout of host.json."""


class Invoker:
    """Calls functions: coroutines on the loop, others in a pool of threads; none longer than `timeout` seconds."""

    def __init__(
        self,
        outputs: Outputs,
        client: Callable[[], str],
        threads: int | None = None,
        timeout: float | None = None,
    ) -> None:
        self._outputs = outputs
        self._client = client
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def within_limit(self, what: str, work: Awaitable[T]) -> T:
        """Await the work of `what`; raises FunctionTimeout. A function's thread cannot be ended and goes on."""
        try:
            async with asyncio.timeout(self._timeout) as limit:
                return await work
        except TimeoutError:
            if not limit.expired():
                raise
            seconds = f"functionTimeout, {self._timeout:g} s"
            raise FunctionTimeout(
                f"{what} took longer than {seconds}; Azure restarts the worker process then"
            ) from None

    async def attempt(
        self, function: Function, value: Any, data: Mapping[str, Any], retry: RetryContext | None = None
    ) -> Outcome:
        """Invoke with the trigger's value; `data` is what output paths may refer to. Logs a failure."""
        try:
            return await self.invoke(function, value, data, retry)
        except Exception as error:  # noqa: BLE001 -- whatever the function raises fails this invocation only
            _log.exception("the function %s failed: %s", function.name, error)
            return Outcome(error=error)

    async def invoke(
        self, function: Function, value: Any, data: Mapping[str, Any], retry: RetryContext | None = None
    ) -> Outcome:
        """Like `attempt`, but raises what the function, or the writing of its outputs, raises."""
        invocation = str(uuid.uuid4())
        arguments = {function.trigger.name: value}
        for binding in function.extra_inputs:
            arguments[binding.name] = await self._input(function.inputs[binding.name], data)
        holders = {name: _Holder() for name in function.outputs}
        arguments.update(holders)
        if function.wants_context:
            arguments["context"] = _context(function, invocation, retry)
        result = await self.within_limit(f"the function {function.name}", self._call(function, arguments, invocation))
        if result is not None and function.returns is None:
            raise RuntimeError(f"the function {function.name} without a $return binding returned a non-None value")
        outputs = {name: holder.get() for name, holder in holders.items() if holder.get() is not None}
        await self._outputs.write(function, outputs, result, data)
        return Outcome(result, None, outputs)

    async def _call(self, function: Function, arguments: dict[str, Any], invocation: str) -> Any:
        if function.is_async:
            _thread.invocation_id = invocation
            return await function.call(**arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _in_thread, function, arguments, invocation)

    async def _input(self, parameter: Parameter, data: Mapping[str, Any]) -> Any:
        if parameter.binding.type == "durableClient":
            return self._client()
        return await self._outputs.read(parameter, data)


def _context(function: Function, invocation: str, retry: RetryContext | None) -> Context:
    trace = TraceContext(f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01")
    return Context(invocation, function.name, str(function.folder), trace, retry or RetryContext())


def _in_thread(function: Function, arguments: dict[str, Any], invocation: str) -> Any:
    _thread.invocation_id = invocation
    token = _current.set(invocation)
    try:
        return function.call(**arguments)
    finally:
        _current.reset(token)
        _thread.invocation_id = None
