"""Which tenants there are: written down in the tenant `system` before a tenant's first record, never after."""

from contextlib import suppress
from typing import ClassVar

from shared.platform.store import AlreadyExists, Store, Stores, Write, every
from shared.platform.store.records import Record

SYSTEM = "system"
"""The tenant of what belongs to none."""


class KnownTenant(Record):
    """A tenant that has been written to; its id is the tenant's."""

    kind: ClassVar[str] = "known_tenant"


class Tenants:
    """One process's memory of who is written down, so that a commit pays for it once."""

    def __init__(self, system: Store) -> None:
        self._system = system
        self._known = {SYSTEM}

    async def note(self, tenant: str) -> None:
        """Make sure that the tenant is found by whoever walks over all of them."""
        if tenant in self._known:
            return
        if await self._system.get(KnownTenant, tenant) is None:
            with suppress(AlreadyExists):
                await self._system.commit(Write(tenant).create(KnownTenant(id=tenant)))
        self._known.add(tenant)


async def is_known(stores: Stores, tenant: str) -> bool:
    """Whether the tenant was ever written to."""
    return tenant == SYSTEM or await stores.open(SYSTEM).get(KnownTenant, tenant) is not None


async def all_tenants(stores: Stores) -> list[str]:
    """Every tenant that was ever written to, `system` first."""
    return [SYSTEM, *[known.id async for known in every(stores.open(SYSTEM), KnownTenant)]]
