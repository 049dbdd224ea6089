"""Answers about the programme: when, where and who, what there is and what is next, in the event's own time."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.domains.chat.asker import Answer, Asker, Scope
from shared.domains.chat.model import Citation, Subject, Thing, Thread
from shared.domains.chat.programme import Programme, Slot, coming, looked_up
from shared.domains.chat.question import Asks, Question, Topic
from shared.domains.chat.text import escaped, plain, short
from shared.domains.events.model import Event
from shared.domains.projects.model import Project
from shared.domains.sessions.model import Session

MOST_LINES = 10
MOST_RESTED = 200
"""Projects of which the count that is told has been seen."""
FEW = 5


async def answered(asker: Asker, question: Question, topic: Topic, asks: Asks, scope: Scope) -> Answer | None:
    """The answer from the programme; None when it holds none."""
    programme = await looked_up(asker, question, topic, scope)
    said = _SAYING[asks](programme, question, asker.now)
    if said is None:
        return None
    return said.answer(Thread(topic=topic.text, wants=asks, programme=True))


class _Said:
    """Lines with numbered citations, as they are written down."""

    def __init__(self, opening: str = "") -> None:
        self.lines: list[str] = [opening] if opening else []
        self._citations: list[Citation] = []
        self._things: list[Thing] = []
        self._rests: list[Thing] = []

    def cited(self, kind: Subject, title: str, href: str, quotation: str) -> str:
        n = len(self._citations) + 1
        self._citations.append(Citation(n=n, kind=kind, title=plain(title), href=href, quotation=plain(quotation)))
        return f" [{n}]"

    def slot(self, slot: Slot, *, with_event: bool) -> None:
        text = _of_slot(slot, with_event=with_event)
        number = self.cited(Subject.SESSION, slot.session.title, f"/v1/sessions/{slot.session.id}", text)
        self.lines.append(f"- **{escaped(slot.session.title)}**{_kind(slot.session)}: {escaped(text)}{number}")
        self._things.append(_thing(Subject.SESSION, slot.session.id, slot.session.title, slot.event.id))
        self.rest(Thing(kind=Subject.EVENT, id=slot.event.id))

    def project(self, project: Project) -> None:
        about = short(project.abstract or project.description, 160)
        number = self.cited(Subject.PROJECT, project.title, f"/v1/projects/{project.id}", about or project.title)
        told = f": {escaped(about)}" if about else ""
        self.lines.append(f"- **{escaped(project.title)}** ({project.project_type}){told}{number}")
        self._things.append(_thing(Subject.PROJECT, project.id, project.title))
        self.rest(Thing(kind=Subject.PROJECT, id=project.id))

    def event(self, event: Event, text: str) -> None:
        number = self.cited(Subject.EVENT, event.display_name, f"/v1/events/{event.id}", text)
        self.lines.append(f"**{escaped(event.display_name)}** {escaped(text)}.{number}")
        self._things.append(_thing(Subject.EVENT, event.id, event.display_name))
        self.rest(Thing(kind=Subject.EVENT, id=event.id))

    def rest(self, *things: Thing) -> None:
        self._rests += things

    def answer(self, thread: Thread) -> Answer:
        things = tuple(dict.fromkeys(self._things))
        text = "\n".join(self.lines) if len(self.lines) > 1 else self.lines[0].removeprefix("- ")
        return Answer(
            text,
            tuple(self._citations),
            tuple(dict.fromkeys(self._rests)),
            thread.model_copy(update={"things": things}),
        )


def _thing(kind: Subject, thing_id: str, title: str, within: str = "") -> Thing:
    return Thing(kind=kind, id=thing_id, within=within, title=plain(title))


def _slots(said: _Said, slots: Sequence[Slot], most: int = MOST_LINES) -> _Said:
    several = len({slot.event.id for slot in slots}) > 1
    for slot in slots[:most]:
        said.slot(slot, with_event=several)
    _rest_of(said, len(slots) - most, "sessions")
    return said


def _projects(said: _Said, projects: Sequence[Project], most: int = MOST_LINES) -> _Said:
    for project in projects[:most]:
        said.project(project)
    said.rest(*(Thing(kind=Subject.PROJECT, id=project.id) for project in projects[:MOST_RESTED]))
    _rest_of(said, len(projects) - most, "projects")
    return said


def _rest_of(said: _Said, left: int, what: str) -> None:
    if left > 0:
        said.lines.append(f"- … and {left} more {what}; ask about a day, an hour, a room or a topic to see fewer.")


def _one_of_them(programme: Programme, question: Question, _: datetime) -> _Said | None:
    """When, where or with whom: the sessions that are meant, or the event itself."""
    if programme.meant:
        return _slots(_Said(), programme.slots, FEW) if programme.slots else None
    if not programme.events or not (programme.named or question.things):
        return None
    said = _Said()
    for event in programme.events[: FEW if programme.named else 1]:
        said.event(event, _of_event(event))
    return said


def _next(programme: Programme, _: Question, now: datetime) -> _Said | None:
    """What goes on now, and what begins next."""
    running = [slot for slot in programme.slots if slot.session.start_time <= now < slot.session.end_time]
    later = [slot for slot in programme.slots if slot.session.start_time > now]
    later.sort(key=lambda slot: slot.session.start_time)
    following = [slot for slot in later if slot.session.start_time == later[0].session.start_time]
    if not running and not following:
        return None if programme.topic else _none(programme, "Nothing more is in the programme that you may see.")
    said = _Said()
    if running:
        _slots(_put(said, "Now:"), running)
    if following:
        _slots(_put(said, "Next:"), following)
    return said


def _none(programme: Programme, words: str) -> _Said:
    said = _Said(words)
    said.rest(*(Thing(kind=Subject.EVENT, id=event.id) for event in programme.events))
    return said


def _put(said: _Said, line: str) -> _Said:
    said.lines.append(line)
    return said


def _count(programme: Programme, question: Question, _: datetime) -> _Said | None:
    if "project" in question.things:
        said = _Said(f"{_number(len(programme.projects), 'project')}{_where(programme)}:")
        return _projects(said, programme.projects, FEW) if programme.projects else None
    if question.things == {"event"}:
        return _events(programme)
    said = _Said(f"{_number(len(programme.slots), 'session')}{_where(programme)}:")
    return _slots(said, programme.slots, FEW) if programme.slots else None


def _number(count: int, what: str) -> str:
    return f"There is {count} {what}" if count == 1 else f"There are {count} {what}s"


def _where(programme: Programme) -> str:
    return f" in {escaped(programme.events[0].display_name)}" if len(programme.events) == 1 else ""


def _listed(programme: Programme, question: Question, now: datetime) -> _Said | None:
    """Sessions, projects, or both where the question names neither."""
    if question.asks is Asks.ANY and not (programme.meant or question.things):
        return None
    if question.things == {"event"} and not programme.named:
        return _events(programme)
    slots = programme.slots if question.times or programme.topic else coming(programme, now).slots
    said, only_projects = _Said(), "project" in question.things and "session" not in question.things
    if slots and not only_projects:
        _slots(_put(said, "In the programme:"), slots)
    if programme.projects and (only_projects or (programme.topic and "session" not in question.things)):
        _projects(_put(said, "Projects:"), programme.projects)
    if not said.lines and question.times and not programme.topic and programme.events:
        return _none(programme, "Nothing is in the programme then, as far as you may see.")
    return said if said.lines else None


def _events(programme: Programme) -> _Said | None:
    said = _Said()
    for event in programme.events:
        said.event(event, _of_event(event))
    return said if said.lines else None


_SAYING: dict[Asks, Callable[[Programme, Question, datetime], _Said | None]] = {
    Asks.WHEN: _one_of_them,
    Asks.WHERE: _one_of_them,
    Asks.WHO: _one_of_them,
    Asks.NEXT: _next,
    Asks.COUNT: _count,
    Asks.ANY: _listed,
    Asks.LIST: _listed,
}


def _kind(session: Session) -> str:
    return "" if session.session_type == "paper" else f" ({session.session_type})"


def _of_slot(slot: Slot, *, with_event: bool) -> str:
    """When a session is by its event's clocks, where, with whom, and in which event where there are several."""
    session, zone = slot.session, ZoneInfo(slot.event.time_zone)
    start, end = session.start_time.astimezone(zone), session.end_time.astimezone(zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{_day(end.date())}, {end:%H:%M}"
    parts = [f"{_day(start.date())}, {start:%H:%M}\u2013{until} ({slot.event.time_zone})"]
    parts += [session.room] if session.room else []
    parts += [f"with {', '.join(session.speakers)}"] if session.speakers else []
    return ", ".join(parts) + (f", in {slot.event.display_name}" if with_event else "")


def _of_event(event: Event) -> str:
    one_day = event.start_date == event.end_date
    days = f"is on {_day(event.start_date)}" if one_day else (
        f"goes from {_day(event.start_date)} to {_day(event.end_date)}"
    )  # fmt: skip
    return f"{days}{f', in {event.location}' if event.location else ''} ({event.time_zone})"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"
