"""Timer schedules: NCRONTAB expressions of five or six fields (seconds first), and TimeSpans."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from croniter import croniter

from local.host.settings import seconds

_FIELD = re.compile(r"(?:[0-9*,/-]|(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z]))+")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer fires: a cron expression in a time zone, or a constant interval."""

    expression: str
    interval: timedelta | None
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, zone: tzinfo = UTC) -> "Schedule":
        """Raises ValueError for what NCRONTAB or TimeSpan would not read."""
        if ":" in text:
            return cls(text, timedelta(seconds=seconds(text)), zone)
        fields = text.split()
        if len(fields) not in {5, 6} or not all(_FIELD.fullmatch(part) for part in fields):
            raise ValueError(f"{text!r} is not an NCRONTAB expression of five or six fields")
        if re.search(r"(?:^|[,-])7", fields[-1]):
            raise ValueError(f"{text!r}: the days of the week are 0 to 6")
        try:
            croniter(text, second_at_beginning=True)
        except (ValueError, KeyError) as error:
            raise ValueError(f"{text!r} is not an NCRONTAB expression: {error}") from None
        return cls(text, None, zone)

    def after(self, moment: datetime) -> datetime:
        """The first occurrence after `moment`, in UTC. In NCRONTAB both kinds of day must fit."""
        if self.interval is not None:
            return moment + self.interval
        cron = croniter(self.expression, moment.astimezone(self.zone), second_at_beginning=True, day_or=False)
        return datetime.fromtimestamp(cron.get_next(float), UTC)  # type: ignore[no-untyped-call]  # no types

    @property
    def is_monitored(self) -> bool:
        """Occurrences closer than a minute are not persisted, as in the real host."""
        first = self.after(datetime(2024, 1, 1, tzinfo=UTC))
        return self.after(first) - first >= timedelta(minutes=1)
