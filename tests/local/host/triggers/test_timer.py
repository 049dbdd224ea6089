from datetime import UTC, datetime, timedelta

import pytest

from local.host.state import State, TimerStatus
from tests.local.host.conftest import V1, until

HOURLY = '@app.timer_trigger(arg_name="t", schedule="0 0 * * * *"{})'
WORK = "\ndef work(t: func.TimerRequest):\n    seen.append((t.past_due, t.schedule_status))\n"


async def test_a_timer_fires_by_its_schedule(start):
    app = await start(V1 + '@app.timer_trigger(arg_name="t", schedule="* * * * * *")' + WORK)
    await until(lambda: len(app.seen) >= 2)
    assert not any(past_due for past_due, _ in app.seen)


async def test_run_on_startup_fires_at_once(start):
    app = await start(V1 + HOURLY.format(", run_on_startup=True") + WORK)
    [(past_due, status)] = await until(lambda: app.seen)
    assert past_due is False
    assert datetime.fromisoformat(status["Next"]) > datetime.now(UTC)


async def test_what_was_missed_fires_once_and_says_that_it_is_past_due(start, tmp_path):
    now = datetime.now(UTC)
    missed = TimerStatus(now - timedelta(hours=3), now - timedelta(hours=2), now - timedelta(hours=3))
    state = State(tmp_path / "data")
    state.save_timer("work", missed)
    state.close()
    app = await start(V1 + HOURLY.format("") + WORK)
    [(past_due, status)] = await until(lambda: app.seen)
    assert past_due is True
    assert status["Next"] == missed.next.isoformat()
    await app.stop()
    state = State(tmp_path / "data")
    saved = state.timer("work")
    state.close()
    assert saved is not None
    assert saved.next > now


async def test_an_unmonitored_timer_forgets_what_it_missed(start, tmp_path):
    now = datetime.now(UTC)
    state = State(tmp_path / "data")
    state.save_timer("work", TimerStatus(None, now - timedelta(hours=2), now))
    state.close()
    app = await start(V1 + HOURLY.format(", use_monitor=False") + WORK)
    await app.stop()
    assert app.seen == []


@pytest.mark.parametrize(
    ("policy", "runs"),
    [("", 1), ('@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")\n', 3)],
)
async def test_a_failed_timer_is_retried_by_its_policy_only(policy, runs, start):
    failing = """
def work(t: func.TimerRequest, context: func.Context):
    seen.append(context.retry_context.retry_count)
    1 / 0
"""
    app = await start(V1 + policy + HOURLY.format(", run_on_startup=True") + failing)
    await until(lambda: len(app.seen) == runs)
    await app.stop()
    assert app.seen == list(range(runs))
