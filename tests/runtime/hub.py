"""The hub under the worker: what tests/hub.py offers, every request and trigger going through the library."""

from tests.hub import Hub
from tests.runtime.host import Host


class WorkerHub(Hub):
    """People's requests go to the worker by the client's transport; `settle` lets the host hand on what happened."""

    host: Host

    async def _moved(self) -> bool:
        return await self.host.step()
