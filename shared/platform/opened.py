"""The platform: settings, clock, and the ports they choose, each opened once, on first use.

An adapter is imported when it is opened: some of their SDKs cost half a second of cold start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError

from shared.clock import Clock
from shared.platform import telemetry
from shared.platform.blobs import Blobs
from shared.platform.embeddings import Embeddings
from shared.platform.graph import Graph
from shared.platform.limits.permits import Permits
from shared.platform.mail import Mail
from shared.platform.queues import Queues
from shared.platform.readers.limits import MEGABYTE, Limits
from shared.platform.scratch import Scratch, Unusable
from shared.platform.search import SearchIndex
from shared.platform.store import Stores
from shared.platform.store.tenants import SYSTEM
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.platform.readers.sandbox import Readers

T = TypeVar("T")


class WrongSettings(Exception):
    """The app does not start: every fault of its settings, one a line."""


class Platform:
    """What one process stands on. Adapters are imported when their port is first asked for."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self._open: dict[str, Any] = {}
        self._opening = asyncio.Lock()
        self._permits: Permits | None = None

    @cached_property
    def scratch(self) -> Scratch:
        """Where files in hand lie, swept of those of dead processes; raises Unusable."""
        return Scratch(self.settings.scratch_dir)

    async def files(self) -> Scratch:
        return self.scratch

    async def stores(self) -> Stores:
        return await self._once("stores", self._stores)

    async def permits(self) -> Permits:
        """What lets requests through, where rates are limited."""
        if self._permits is None:
            self._permits = Permits((await self.stores()).open(SYSTEM))
        return self._permits

    async def mail(self) -> Mail | None:
        """What sends mail, where that is set up."""
        return await self._once("mail", self._mail) if self.settings.smtp_host else None

    async def blobs(self) -> Blobs:
        return await self._once("blobs", self._blobs)

    async def queues(self) -> Queues:
        return await self._once("queues", self._queues)

    async def search(self) -> SearchIndex:
        return await self._once("search", self._search)

    async def graph(self) -> Graph:
        return await self._once("graph", self._graph)

    async def embeddings(self) -> Embeddings | None:
        """The embedding model, where one is configured."""
        return await self._once("embeddings", self._embeddings) if self.settings.embedding_deployment else None

    async def readers(self) -> "Readers":
        return await self._once("readers", self._readers)

    async def close(self) -> None:
        """Close what was opened, last first."""
        while self._open:
            await self._open.popitem()[1].close()
        if "scratch" in self.__dict__:
            self.scratch.close()
            del self.scratch

    async def _once(self, name: str, opener: Callable[[], Awaitable[T]]) -> T:
        if name not in self._open:
            async with self._opening:
                if name not in self._open:
                    with suppress(Unusable):  # which whoever has a file in hand is told
                        self.scratch  # noqa: B018 -- what a killed process left goes before the next does anything
                    self._open[name] = await opener()
        return cast("T", self._open[name])

    async def _stores(self) -> Stores:
        if self.settings.store == "cosmos":
            from shared.platform.store.cosmos import open_cosmos

            return await open_cosmos(self.settings, self.clock)
        from shared.platform.store.sqlite import open_sqlite

        return await open_sqlite(self.settings.data_dir / "records.db", self.clock)

    async def _mail(self) -> Mail:
        from shared.platform.mail.smtp import SmtpMail

        return SmtpMail(self.settings)

    async def _blobs(self) -> Blobs:
        from shared.platform.blobs.azure import open_blobs

        return await open_blobs(self.settings, self.clock)

    async def _queues(self) -> Queues:
        from shared.platform.queues.azure import open_queues

        return await open_queues(self.settings)

    async def _search(self) -> SearchIndex:
        if self.settings.store == "cosmos":
            from shared.platform.search.cosmos import open_search as open_cosmos_search

            return await open_cosmos_search(self.settings, self.clock)
        from shared.platform.search.sqlite import open_search

        return await open_search(self.settings, self.clock)

    async def _graph(self) -> Graph:
        if self.settings.graph == "neo4j":
            from shared.platform.graph.neo4j import open_graph as open_neo4j_graph

            return await open_neo4j_graph(self.settings, self.clock)
        from shared.platform.graph.sqlite import open_graph

        return await open_graph(self.settings, self.clock)

    async def _readers(self) -> "Readers":
        from shared.platform.readers.sandbox import Readers

        limits = Limits(
            file_bytes=self.settings.max_upload_bytes,
            pages=self.settings.max_pages,
            memory_bytes=self.settings.reader_memory_mb * MEGABYTE,
            cpu_seconds=self.settings.reader_seconds,
            wall_seconds=float(self.settings.reader_seconds),
        )
        return Readers(self.scratch, limits)

    async def _embeddings(self) -> Embeddings:
        from shared.platform.embeddings.openai import open_embeddings

        return await open_embeddings(self.settings)


def settings_of_environment() -> Settings:
    """The settings of this process; raises WrongSettings with all their faults."""
    try:
        return Settings()
    except ValidationError as error:
        faults = _faults(error)
        defaults = {str(fault["loc"][0]): None for fault in error.errors() if fault["loc"]}
        if defaults:
            faults += _faults_beside(defaults)
        raise WrongSettings("The app cannot start with these settings:\n- " + "\n- ".join(faults)) from None


def _faults_beside(faulty: dict[str, Any]) -> list[str]:
    """What else is wrong once the faulty settings are back at their defaults."""
    try:
        Settings(**{name: Settings.model_fields[name].default for name in faulty})
    except ValidationError as error:
        return _faults(error)
    return []


def _faults(error: ValidationError) -> list[str]:
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        message = fault["msg"].removeprefix("Value error, ")
        name = str(fault["loc"][0]).upper() + ": " if fault["loc"] else ""
        found += [name + part for part in message.split("; ")]
    return found


class _Process:
    platform: Platform | None = None


def platform() -> Platform:
    """This process's platform, made from the environment at first use."""
    if _Process.platform is None:
        settings = settings_of_environment()
        telemetry.configure(settings.log_level, worker=settings.hosting == "azure")
        _Process.platform = Platform(settings)
    return _Process.platform


def use(chosen: Platform | None) -> None:
    """Make this the process's platform: for tests that make their own."""
    _Process.platform = chosen
