"""What is on disk stays, and stays consistent, whatever kills the process."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from local.host.durable.journal import Journal
from tests.local.host.durable.crashing import INSTANCES, ROUNDS, WIDTH

KILLS = int(os.environ.get("DURABLE_KILLS", "6"))
"""Set DURABLE_KILLS=200 for a campaign."""


async def test_work_that_gathers_is_committed_together_and_answered_one_by_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    await journal.write(lambda db: db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))

    def insert(number: int):
        return lambda db: db.execute("INSERT INTO t VALUES (?) RETURNING n", (number,)).fetchone()[0]

    assert await asyncio.gather(*(journal.write(insert(number)) for number in range(20))) == list(range(20))
    await journal.close()


async def test_work_that_fails_takes_nothing_else_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    await journal.write(lambda db: db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))

    def insert(number: int) -> Callable[[sqlite3.Connection], object]:
        return lambda db: db.execute("INSERT INTO t VALUES (?)", (number,))

    results = await asyncio.gather(*(journal.write(insert(n)) for n in (1, 2, 2, 3)), return_exceptions=True)
    assert [isinstance(result, sqlite3.IntegrityError) for result in results] == [False, False, True, False]
    assert journal.reader.execute("SELECT n FROM t").fetchall() == [(1,), (2,), (3,)]
    await journal.close()


async def test_commits_survive_a_power_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    assert journal.reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.reader.execute("PRAGMA synchronous").fetchone() == (2,)
    await journal.close()


def run_until_killed(folder: Path, seconds: float) -> bool:
    """Run the program, kill it after so many seconds, and return whether it had finished."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.local.host.durable.crashing", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"running\n", process.stderr.read().decode()
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return False


@pytest.mark.parametrize("seed", range(max(KILLS // 6, 1)))
def test_nothing_is_lost_or_done_twice_when_the_process_is_killed(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(6):
        if run_until_killed(tmp_path, dice.uniform(0, 0.5)):
            break
    else:
        assert run_until_killed(tmp_path, 60)
    outputs = json.loads((tmp_path / "outputs").read_text())
    for instance_id, rounds in zip(INSTANCES, outputs, strict=True):
        check_rounds(instance_id, rounds)
    check_database(tmp_path / "durable.db")
    check_runs((tmp_path / "runs").read_text().splitlines(), outputs)


def check_rounds(instance_id: str, rounds: list[list[list[str]]]) -> None:
    """Every later step must have seen the one result that was recorded for the step before."""
    assert len(rounds) == ROUNDS
    for number, (labels, tokens, subs, echoes) in enumerate(rounds):
        assert labels == [f"{instance_id}/{number}/{place}" for place in range(WIDTH)]
        assert [token.partition("=")[0] for token in tokens] == labels
        assert subs == echoes == [token + "!" for token in tokens]


def check_database(path: Path) -> None:
    db = sqlite3.connect(path)
    children = len(INSTANCES) * ROUNDS * WIDTH
    assert db.execute("SELECT status, count(*) FROM instances GROUP BY status").fetchall() == [
        ("Completed", len(INSTANCES) + children)
    ]
    assert db.execute("SELECT count(*) FROM inbox").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM tasks").fetchone() == (0,)
    completions = Counter(
        (instance, event["TaskScheduledId"])
        for instance, event in (
            (row[0], json.loads(row[1])) for row in db.execute("SELECT instance, event FROM history")
        )
        if "TaskScheduledId" in event
    )
    assert set(completions.values()) == {1}
    db.close()


def check_runs(runs: list[str], outputs: list[list[list[list[str]]]]) -> None:
    """An activity may have run more than once, but only tokens that were recorded were used."""
    tokens = {token for rounds in outputs for _, tokens, _, _ in rounds for token in tokens}
    assert {line.removeprefix("echo ") for line in runs if line.startswith("echo ")} == tokens
