"""What the app says about itself: JSON lines on standard output, one for each request."""

import logging
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import structlog

_context: ContextVar[Mapping[str, Any]] = ContextVar("telemetry", default={})  # noqa: B039 -- never changed in place


class StandardOutput:
    """Writes each line whole; looks the stream up each time, as tests and hosts replace it."""

    def msg(self, line: bytes) -> None:
        stream = sys.stdout.buffer
        stream.write(line + b"\n")
        stream.flush()

    debug = info = warning = error = critical = msg


class WorkerLog:
    """Hands each line to `logging`, from where the Functions worker takes it with its level."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("eventhub")
        self._logger.setLevel(logging.DEBUG)

    def debug(self, line: bytes) -> None:
        self._logger.debug(line.decode())

    def info(self, line: bytes) -> None:
        self._logger.info(line.decode())

    def warning(self, line: bytes) -> None:
        self._logger.warning(line.decode())

    def error(self, line: bytes) -> None:
        self._logger.error(line.decode())

    critical = error


def _complete(_: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line = {"timestamp": datetime.now(UTC), "level": level, **_context.get(), **event}
    line["message"] = line.pop("event", "")
    return line


def _render(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def configure(level: str, *, worker: bool = False) -> None:
    """Set the lowest level, and whether lines go to the Functions worker or to standard output."""
    sink = WorkerLog() if worker else StandardOutput()
    structlog.configure(
        processors=[_complete, structlog.processors.ExceptionRenderer(), _render],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )


def logger(module: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the module's name."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(module=module))


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Every line written inside carries these fields (`correlation_id`, `causation_id`, `tenant`, …)."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)
