"""Timer triggers: one run at a time, the schedule remembered, one late run for what a stopped host missed."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from local.host.conversion import decode
from local.host.function import Function
from local.host.schedule import Schedule
from local.host.settings import resolve
from local.host.state import TimerStatus
from local.host.triggers.retries import attempt_with_retries
from local.host.triggers.trigger import Runtime, Trigger


def _now() -> datetime:
    return datetime.now(UTC)


class TimerTrigger(Trigger):
    """One function's timer; `now` is the clock."""

    def __init__(self, function: Function, runtime: Runtime, now: Callable[[], datetime] = _now) -> None:
        data = function.trigger.data
        self._function = function
        self._runtime = runtime
        self._now = now
        self._schedule = Schedule.parse(resolve(data["schedule"], runtime.environ), _zone(runtime.environ))
        self._on_startup = bool(data.get("runOnStartup", False))
        self._monitored = bool(data.get("useMonitor", True)) and self._schedule.is_monitored

    async def run(self) -> None:
        status = self._first_status()
        if self._on_startup or status.next <= self._now():
            await self._fire(status, is_past_due=status.next <= self._now())
        stopping = self._runtime.stopping
        next_at = self._schedule.after(self._now())
        while not stopping.is_set():
            left = (next_at - self._now()).total_seconds()
            if left > 0:
                await self._runtime.pause(min(left, 60))
                continue
            await self._fire(TimerStatus(self._last(), next_at, self._now()), is_past_due=False)
            next_at = self._schedule.after(max(next_at, self._now()))

    def _first_status(self) -> TimerStatus:
        known = self._runtime.state.timer(self._function.name) if self._monitored else None
        if known is not None:
            return known
        now = self._now()
        status = TimerStatus(None, self._schedule.after(now), now)
        self._save(status)
        return status

    def _last(self) -> datetime | None:
        status = self._runtime.state.timer(self._function.name)
        return status.last if status else None

    async def _fire(self, status: TimerStatus, *, is_past_due: bool) -> None:
        stamps = {"Last": status.last, "Next": status.next, "LastUpdated": status.updated}
        info = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {name: value.isoformat() if value else None for name, value in stamps.items()},
            "IsPastDue": is_past_due,
        }
        value = decode(self._function.inputs[self._function.trigger.name], json.dumps(info), "json", {})
        started = self._now()
        await attempt_with_retries(self._runtime, self._function, value)
        self._save(TimerStatus(started, self._schedule.after(self._now()), started))

    def _save(self, status: TimerStatus) -> None:
        if self._monitored:
            self._runtime.state.save_timer(self._function.name, status)


def _zone(environ: Mapping[str, str]) -> tzinfo:
    """UTC as in Azure, unless the app's settings name a zone."""
    name = environ.get("WEBSITE_TIME_ZONE")
    return ZoneInfo(name) if name else UTC
