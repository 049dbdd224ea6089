"""Days and hours in a question, and which sessions they admit where their event takes place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domains.events.model import Event
from shared.domains.sessions.model import Session

_MONTHS = (
    "january jan januar janvier enero", "february feb februar février fevrier febrero", "march mar märz mars marzo",
    "april apr avril abril", "may mai mayo", "june jun juni juin junio", "july jul juli juillet julio",
    "august aug août aout agosto", "september sep sept septembre septiembre", "october oct oktober octobre octubre",
    "november nov novembre noviembre", "december dec dezember décembre decembre diciembre",
)  # fmt: skip
_WEEKDAYS = (
    "monday montag lundi lunes", "tuesday dienstag mardi martes", "wednesday mittwoch mercredi miércoles miercoles",
    "thursday donnerstag jeudi jueves", "friday freitag vendredi viernes", "saturday samstag samedi sábado sabado",
    "sunday sonntag dimanche domingo",
)  # fmt: skip
_NTH = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "last": -1,
}
_RELATIVE = {
    "today": 0, "tonight": 0, "heute": 0, "aujourd'hui": 0, "hoy": 0, "tomorrow": 1, "morgen": 1, "demain": 1,
    "mañana": 1, "yesterday": -1, "gestern": -1, "ayer": -1,
}  # fmt: skip
_PARTS = {
    "morning": (0, 12), "vormittag": (0, 12), "matin": (0, 12), "afternoon": (12, 18), "nachmittag": (12, 18),
    "après-midi": (12, 18), "tarde": (12, 20), "evening": (17, 24), "tonight": (17, 24), "abend": (17, 24),
    "soir": (17, 24), "noche": (19, 24),
}  # fmt: skip


def _numbered(names: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, line in enumerate(names) for name in line.split()}


_MONTH, _WEEKDAY = _numbered(_MONTHS), _numbered(_WEEKDAYS)


def _any(words: dict[str, int] | dict[str, tuple[int, int]]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_CLOCK = r"(?P<{0}>\d{{1,2}})(?:[:.h](?P<{0}m>[0-5]\d))?\s?(?P<{0}s>am|pm|uhr|h|o'clock)?(?!\d|[:.]\d|%)"
_PATTERNS = {
    "iso": re.compile(r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"),
    "day": re.compile(
        rf"\b(?:on |am |le |el )?(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of |de )?(?P<m>{_any(_MONTH)})\b\.?"
        r"(?:,?\s(?:de )?(?P<y>20\d\d))?"
    ),
    "month": re.compile(
        rf"\b(?:on )?(?P<m>{_any(_MONTH)})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y>20\d\d))?"
    ),
    "weekday": re.compile(rf"\b(?:on |am |le |el )?(?P<w>{_any(_WEEKDAY)})s?\b"),
    "relative": re.compile(rf"\b(?P<r>{_any(_RELATIVE)})(?!\w)"),
    "nth": re.compile(rf"\b(?:on )?(?:the )?(?:(?P<n>{_any(_NTH)}) day|day (?P<k>[1-9]))\b"),
    "part": re.compile(rf"\b(?:in the |this |am |in der )?(?P<p>{_any(_PARTS)})s?\b"),
    "between": re.compile(rf"\b(?:between|from) {_CLOCK.format('a')} (?:and|to|until|till) {_CLOCK.format('b')}"),
    "after": re.compile(
        rf"\b(?:after|from|nach|ab|après|después de las) (?:{_CLOCK.format('a')}|(?P<noon>noon|lunch))"
    ),
    "before": re.compile(rf"\b(?:before|until|vor|avant|antes de las) (?:{_CLOCK.format('a')}|(?P<noon>noon|lunch))"),
    "at": re.compile(rf"\b(?:at|um|à|a las) (?:{_CLOCK.format('a')}|(?P<noon>noon|midday))"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it was named: a date, a weekday (Monday is 0), days from today, or the n-th of the event."""

    month: int = 0
    day: int = 0
    year: int = 0
    weekday: int | None = None
    ahead: int | None = None
    nth: int | None = None

    def admits(self, day: date, event: Event, today: date) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.ahead is not None:
            return day == today + timedelta(days=self.ahead)
        if self.nth is not None:
            return day == (event.end_date if self.nth < 0 else event.start_date + timedelta(days=self.nth - 1))
        return (day.month, day.day) == (self.month, self.day) and self.year in (0, day.year)


@dataclass(frozen=True, slots=True)
class Times:
    """When: on one of the days, and at, after or before an hour; empty for any time."""

    days: tuple[Day, ...] = ()
    at: time | None = None
    after: time | None = None
    before: time | None = None

    def __bool__(self) -> bool:
        return self != Times()

    def admits(self, session: Session, event: Event, now: datetime) -> bool:
        """Whether the session is then, by the clocks of its event."""
        zone = ZoneInfo(event.time_zone)
        start, end = session.start_time.astimezone(zone), session.end_time.astimezone(zone)
        today = now.astimezone(zone).date()
        if self.days and not any(day.admits(start.date(), event, today) for day in self.days):
            return False
        if self.at is not None and not start.time() <= self.at < _end(start, end):
            return False
        within = self.after is None or start.time() >= self.after
        return within and (self.before is None or start.time() < self.before)


def _end(start: datetime, end: datetime) -> time:
    return end.time() if end.date() == start.date() else time.max


def times_in(text: str) -> tuple[Times, str]:
    """The times that a question in lower case names, and the question without them."""
    times = Times()
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(text):
            read = _read(times, name, found)
            if read is not None:
                times = read
                text = text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]
    return times, text


def _read(times: Times, name: str, found: re.Match[str]) -> Times | None:
    """The times with what was found; None when it cannot be meant."""
    if name in {"between", "after", "before", "at"}:
        hours = tuple(_hours(found))
        if None in hours:
            return None
        return _hourly(times, name, hours)
    if name == "part":
        first, last = _PARTS[found["p"]]
        return replace(times, after=time(first), before=time(last) if last < 24 else None)
    day = _day(name, found)
    return None if day is None else replace(times, days=(*times.days, day))


def _hourly(times: Times, name: str, hours: Sequence[time | None]) -> Times:
    if name == "between":
        return replace(times, after=hours[0], before=hours[1])
    if name == "at":
        return replace(times, at=hours[0])
    return replace(times, after=hours[0]) if name == "after" else replace(times, before=hours[0])


def _day(name: str, found: re.Match[str]) -> Day | None:
    if name == "weekday":
        return Day(weekday=_WEEKDAY[found["w"]])
    if name == "relative":
        return Day(ahead=_RELATIVE[found["r"]])
    if name == "nth":
        return Day(nth=_NTH[found["n"]] if found["n"] else int(found["k"]))
    month = int(found["m"]) if name == "iso" else _MONTH[found["m"]] + 1
    day = int(found["d"])
    return Day(month=month, day=day, year=int(found["y"] or 0)) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _hours(found: re.Match[str]) -> Iterator[time | None]:
    groups = found.groupdict()
    if groups.get("noon"):
        yield time(12)
        return
    for name in ("a", "b"):
        if groups.get(name):
            yield _hour(int(groups[name]), int(groups[f"{name}m"] or 0), groups[f"{name}s"] or "")


def _hour(hour: int, minute: int, said: str) -> time | None:
    if said == "pm" and hour < 12:
        hour += 12
    if said == "am" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 else None
