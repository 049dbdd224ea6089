"""Asking from the command line for a search index and a graph made anew."""

import asyncio
import os
import sys

import pytest

from local import app, cli
from shared.clock import Clock
from shared.platform import graph, search
from shared.platform.changes.replay import Replay
from shared.platform.store.sqlite import open_sqlite
from shared.platform.store.tenants import SYSTEM


def run(monkeypatch, folder):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(sys, "argv", ["local", "rebuild", "--data", str(folder)])
    cli.main()


def test_the_hub_is_asked_through_its_records(monkeypatch, tmp_path, capsys):
    async def asked():
        stores = await open_sqlite(tmp_path / "records.db", Clock())
        found = [await stores.open(SYSTEM).get(Replay, name) for name in (search.PROJECTION, graph.PROJECTION)]
        await stores.close()
        return found

    app.settings(tmp_path)
    run(monkeypatch, tmp_path)
    assert "made anew" in capsys.readouterr().out
    assert all(asyncio.run(asked()))


def test_a_folder_without_a_hub_is_told_and_gets_none(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="holds no hub's data"):
        run(monkeypatch, tmp_path)
    assert list(tmp_path.iterdir()) == []
