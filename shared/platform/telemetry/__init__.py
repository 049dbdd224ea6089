"""What the app says about itself: JSON lines on standard output, one for each request."""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import structlog

_context: ContextVar[Mapping[str, Any]] = ContextVar("telemetry", default={})  # noqa: B039 -- never changed in place


class Sink:
    """Takes finished lines: to standard output, or to `logging`, where the Functions worker finds their level."""

    worker = False
    lowest = logging.INFO

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._flushing: asyncio.AbstractEventLoop | None = None

    def debug(self, line: bytes) -> None:
        self._take(logging.DEBUG, line)

    def info(self, line: bytes) -> None:
        self._take(logging.INFO, line)

    def warning(self, line: bytes) -> None:
        self._take(logging.WARNING, line)

    def error(self, line: bytes) -> None:
        self._take(logging.ERROR, line)

    def critical(self, line: bytes) -> None:
        self._take(logging.CRITICAL, line)

    def _take(self, level: int, line: bytes) -> None:
        if self.worker:
            logging.getLogger("eventhub").log(level, line.decode())
        else:
            self._lines.append(line)
            loop = asyncio._get_running_loop() if level < logging.WARNING else None  # noqa: SLF001 -- never raises
            if loop is None:
                self._flush()
            elif self._flushing is not loop:
                self._flushing = loop
                loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write at once what one turn of the event loop has said."""
        self._flushing = None
        lines = []
        with suppress(IndexError):  # another thread may write, too
            while True:
                lines.append(self._lines.popleft())
        if lines:
            stream = sys.stdout.buffer  # looked up each time: tests and hosts replace it
            stream.write(b"\n".join([*lines, b""]))
            stream.flush()


_sink = Sink()


def _complete(_: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line = {"timestamp": datetime.now(UTC), "level": level, **_context.get(), **event}
    line["message"] = line.pop("event", "")
    return line


def _render(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


_LIBRARIES = {"DEBUG": "INFO", "INFO": "WARNING", "WARNING": "WARNING", "ERROR": "ERROR"}
"""Azure's SDKs tell of every request as `INFO`, headers and all: they are one step quieter than the app."""


def configure(level: str, *, worker: bool = False) -> None:
    """Set the lowest level, before the first line, and whether lines go to the Functions worker or standard output."""
    _sink.worker = worker
    _sink.lowest = logging.getLevelNamesMapping()[level]
    logging.getLogger("azure").setLevel(_LIBRARIES[level])
    structlog.configure(
        processors=[_complete, structlog.processors.ExceptionRenderer(), _render],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=lambda *_: _sink,
        cache_logger_on_first_use=True,
    )


def logger(module: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the module's name."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(module=module))


def tell(module: str, message: str, **fields: Any) -> None:
    """A line of level info by the shortest way, for what is said of every request."""
    if _sink.lowest <= logging.INFO:
        line = {"timestamp": datetime.now(UTC), "level": "info", **_context.get(), "module": module, **fields}
        line["message"] = message
        _sink.info(_render(None, "", line))


class bound:  # noqa: N801 -- used as a function; a generator's context manager costs three times as much
    """Every line written inside carries these fields (`correlation_id`, `causation_id`, `tenant`, …)."""

    __slots__ = ("_fields", "_token")

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        self._token = _context.set({**_context.get(), **self._fields})

    def __exit__(self, *_: object) -> None:
        _context.reset(self._token)


configure("INFO")  # from the first line on: the library's own default shows the values of variables
