from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from local.host.schedule import Schedule

START = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/5 * * * * *", "2024-05-06T07:08:10"),
        ("30 */10 * * * *", "2024-05-06T07:10:30"),
        ("*/10 * * * *", "2024-05-06T07:10:00"),
        ("0 0 0 1 Jan *", "2025-01-01T00:00:00"),
        ("0 0 9 * * 1-5", "2024-05-06T09:00:00"),
        ("0 0 0 13 * 5", "2024-09-13T00:00:00"),
        ("00:00:30", "2024-05-06T07:08:39"),
        ("1.00:00:00", "2024-05-07T07:08:09"),
        ("24:00:00", "2024-05-30T07:08:09"),
    ],
)
def test_the_next_occurrence(expression, expected):
    assert Schedule.parse(expression).after(START).isoformat() == expected + "+00:00"


def test_a_schedule_follows_its_time_zone():
    daily = Schedule.parse("0 0 9 * * *", ZoneInfo("America/New_York"))
    assert daily.after(START).isoformat() == "2024-05-06T13:00:00+00:00"


@pytest.mark.parametrize(
    "text", ["", "* * * *", "0 0 25 * * *", "0 0 0 * * 7", "@daily", "0 0 0 L * *", "0 0 0 ? * 1", "00:61:00"]
)
def test_what_ncrontab_does_not_read_is_refused(text):
    with pytest.raises(ValueError, match=r"is not an NCRONTAB|days of the week|is not a time span"):
        Schedule.parse(text)


def test_only_schedules_of_a_minute_or_more_are_monitored():
    assert Schedule.parse("0 * * * * *").is_monitored
    assert not Schedule.parse("*/30 * * * * *").is_monitored
