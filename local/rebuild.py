"""Have the search index and the graph of a hub's data made anew from its records, whether the hub runs or not."""

import argparse
import asyncio
import os

from rich.console import Console

from local import app
from shared.platform import graph, search
from shared.platform.changes.replay import ask_replay
from shared.platform.opened import Platform, settings_of_environment


def rebuild(options: argparse.Namespace) -> None:
    """Ask for it; the hub does it while it runs, and answers searches meanwhile from what there is."""
    data = options.data.resolve()
    app.administrator(data)  # refuses a folder without a hub's data
    os.environ.update(app.settings(data))
    asyncio.run(_ask())
    Console().print("The search index and the graph are made anew from the records, within minutes while the hub runs.")


async def _ask() -> None:
    platform = Platform(settings_of_environment())
    try:
        for projection in (search.PROJECTION, graph.PROJECTION):
            await ask_replay(await platform.stores(), projection)
    finally:
        await platform.close()
