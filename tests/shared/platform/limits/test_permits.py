"""Permits: never one too many, whoever draws them, and few writes."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.clock import Clock
from shared.platform.limits import TIERS, RateLimited, fields
from shared.platform.limits.permits import Permits
from shared.platform.store.sqlite import open_sqlite
from shared.platform.store.tenants import SYSTEM
from tests.application import running
from tests.fakes import FakeClock

ROOT = Path(__file__).parents[4]
PROGRAM = """
import asyncio, sys
from pathlib import Path
from shared.clock import Clock
from shared.platform.limits import RateLimited
from shared.platform.limits.permits import Permits
from shared.platform.store.sqlite import open_sqlite
from tests.fakes import FakeClock

async def main(path):
    stores = await open_sqlite(Path(path), FakeClock())
    permits, taken = Permits(stores.open("system")), 0
    try:
        while True:
            await permits.take("ada", "basic")
            taken += 1
    except RateLimited:
        print(taken)
    await stores.close()

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
async def app(tmp_path):
    async with running(tmp_path, []) as application:
        yield application


@pytest.fixture
async def system(app):
    return (await app.platform.stores()).open(SYSTEM)


async def spent(permits, principal="ada", tier="basic"):
    """How many are let through before the first is not; the refusal."""
    taken = 0
    while True:
        try:
            await permits.take(principal, tier)
        except RateLimited as refused:
            return taken, refused
        taken += 1


@pytest.mark.parametrize(("tier", "limit"), [("anonymous", 50), ("free", 100), ("basic", 1000), ("enterprise", 1000)])
async def test_each_tier_has_its_limit_and_no_permit_is_lost_by_one_process(system, tier, limit):
    taken, refused = await spent(Permits(system), tier=tier)
    assert taken == limit
    assert refused.headers["Retry-After"] == ("60" if tier == "enterprise" else "3600")


async def test_a_burst_of_a_minute_is_limited_within_the_hour(app, system):
    permits = Permits(system)
    assert (await spent(permits, tier="pro"))[0] == 1000
    app.clock.advance(60)
    assert (await spent(permits, tier="pro"))[0] == 1000
    for _ in range(8):
        app.clock.advance(60)
        await spent(permits, tier="pro")
    app.clock.advance(60)
    taken, refused = await spent(permits, tier="pro")
    assert (taken, refused.headers["Retry-After"]) == (0, "3000")


async def test_the_next_window_begins_anew(app, system):
    permits = Permits(system)
    await spent(permits)
    app.clock.advance(3599)
    assert (await spent(permits))[0] == 0
    app.clock.advance(1)
    assert (await spent(permits))[0] == 1000


async def test_principals_and_tiers_are_apart(system):
    permits = Permits(system)
    await spent(permits, "ada")
    assert (await spent(permits, "ben", "free"))[0] == 100
    assert (await spent(permits, "ada", "free"))[0] == 0


async def test_who_is_known_by_nobody_any_more_is_counted_on(system, monkeypatch):
    monkeypatch.setattr("shared.platform.limits.permits.REMEMBERED", 1)
    permits = Permits(system)
    for number in range(20):
        await permits.take(f"{number % 2}", "free")
    assert (await spent(permits, "0", "free"))[0] < 90


async def test_many_that_share_a_store_let_through_as_many_as_one_but_a_block_each(system):
    several = [Permits(system) for _ in range(4)]
    taken = sum(each for each, _ in await asyncio.gather(*(spent(each) for each in several)))
    assert 1000 - 4 * 50 <= taken <= 1000


async def test_requests_at_once_share_a_block(system):
    permits = Permits(system)
    answers = await asyncio.gather(*(permits.take("ada", "free") for _ in range(150)), return_exceptions=True)
    assert sum(isinstance(each, RateLimited) for each in answers) == 50


async def test_a_clock_that_lags_behind_counts_in_the_window_that_others_have_begun(system):
    late: Any = _Lagging(system)
    ahead, behind = Permits(system), Permits(late)
    system.clock.advance(3600)
    assert (await spent(ahead))[0] == 1000
    assert (await spent(behind))[0] == 0


class _Lagging:
    """The same store by a clock that is two seconds late."""

    def __init__(self, store):
        self._store = store
        self.clock = FakeClock(store.clock.now())
        self.get, self.commit = store.get, store.commit


async def test_a_request_rarely_costs_a_write(system):
    permits, written = Permits(system), 0
    commit = system.commit

    async def counted(write):
        nonlocal written
        written += 1
        return await commit(write)

    system.commit = counted
    await spent(permits)
    assert written < 50


def test_four_processes_on_one_store_let_nobody_through_too_often(tmp_path):
    asyncio.run(_made(tmp_path / "records.db"))
    asked = [sys.executable, "-c", PROGRAM, str(tmp_path / "records.db")]
    working = [subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    taken = [int(each.communicate(timeout=120)[0]) for each in working]
    assert 1000 - 4 * 50 <= sum(taken) <= 1000


async def _made(path):
    await (await open_sqlite(path, Clock())).close()


async def test_the_fields_say_what_is_left_of_each_window(system):
    permits = Permits(system)
    await permits.take("ada", "pro")
    left, policy = fields(await permits.take("ada", "pro"))
    assert left == (b"ratelimit", b'"hour";r=9998;t=3600, "minute";r=998;t=60')
    assert policy == (b"ratelimit-policy", b'"hour";q=10000;w=3600, "minute";q=1000;w=60')


def test_no_tier_may_ask_more_in_a_minute_than_it_is_written():
    tiers = {name: [window.limit for window in windows] for name, windows in TIERS.items() if " " not in name}
    assert tiers == {
        "anonymous": [50, 100],
        "free": [100, 100],
        "basic": [1000, 1000],
        "pro": [10_000, 1000],
        "enterprise": [1000],
    }
