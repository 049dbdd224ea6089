"""What the programme holds that a question asks for: events, sessions and projects that the asker may see."""

from asyncio import gather
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.access import Permission
from shared.domains.chat.asker import Asker, Scope
from shared.domains.chat.model import Subject
from shared.domains.chat.question import Question, Topic
from shared.domains.events import queries as events
from shared.domains.events.model import Event, EventNotFound
from shared.domains.projects import queries as projects
from shared.domains.projects.model import Project
from shared.domains.sessions.model import Session
from shared.platform.search.words import stems
from shared.platform.store import Sort

T = TypeVar("T")
MOST_READ, MOST_EVENTS, MOST_OF_EVENT = 200, 10, 500
"""Events that are looked at, the latest first; of how many the sessions and projects are, and of these how many."""
NAMED = 0.6
"""How much of an event's name a question has to say to mean it."""
ENOUGH = 0.6
"""How much of a topic a session or project has to hold, beside the best one NEARLY as much as that."""
NEARLY = 0.8
TYPES = frozenset({"keynote", "demo", "panel", "workshop", "poster"})


@dataclass(frozen=True, slots=True)
class Slot:
    """A session in its event."""

    session: Session
    event: Event


@dataclass(frozen=True, slots=True)
class Programme:
    """What was found, sessions by their start; `topic` is what the question says beside the names of events.

    `narrowed` where a time, a type of session or what was spoken of before leaves some out.
    """

    events: tuple[Event, ...]
    slots: tuple[Slot, ...]
    projects: tuple[Project, ...]
    topic: Topic
    narrowed: bool
    named: bool

    @property
    def meant(self) -> bool:
        """Whether the question says which sessions it means."""
        return bool(self.topic) or self.narrowed


async def looked_up(asker: Asker, question: Question, topic: Topic, scope: Scope) -> Programme:
    """The events that the question means, and of their sessions and projects those that it is about."""
    chosen, named = await _events(asker, question, scope)
    left = topic.without(frozenset(stem for event in chosen for stem in stems(event.display_name))) if named else topic
    slots = [slot for each in await gather(*(_sessions(asker, event) for event in chosen)) for slot in each]
    submitted = [project for each in await gather(*(_projects(asker, event) for event in chosen)) for project in each]
    meant = {thing.id for thing in scope.things if thing.kind is Subject.SESSION}
    types = question.things & TYPES
    suiting = [slot for slot in slots if _suits(slot, question, types, meant, asker)]
    shown = [project for project in submitted if _is_of(project, types, scope)]
    about_projects = _about(shown, left, _project_words) if left else shown
    about = _about(suiting, left, _session_words) or _presenting(suiting, about_projects) if left else suiting
    return Programme(
        tuple(chosen), tuple(about), tuple(about_projects), left, bool(question.times or types or meant), named
    )


async def _events(asker: Asker, question: Question, scope: Scope) -> tuple[list[Event], bool]:
    """The events that are meant, by their start, and whether the question or its context names them."""
    if not asker.actor.may(Permission.VIEW_EVENT):
        return [], False
    ids = [thing.within or thing.id for thing in scope.things if thing.kind in (Subject.EVENT, Subject.SESSION)]
    if scope.event_id or ids:
        return await _known(asker, [scope.event_id] if scope.event_id else ids), True
    where, order = events.visible_to(asker.actor), (Sort("startDate", descending=True),)
    page = await asker.store.query(Event, where, order=order, limit=MOST_READ)
    said = dict.fromkeys(stems(question.text), 1.0)
    if named := [event for event in page.items if _covered(stems(event.display_name), said) >= NAMED]:
        return named[:MOST_EVENTS][::-1], True
    coming = [event for event in page.items if not _is_over(event, asker)][::-1]
    past = [event for event in page.items if _is_over(event, asker)]
    return [*coming, *past][:MOST_EVENTS], False


async def _known(asker: Asker, ids: Sequence[str]) -> list[Event]:
    found = []
    for event_id in dict.fromkeys(ids):
        try:
            found.append((await events.load(asker.store, asker.actor, event_id, Permission.VIEW_EVENT)).thing)
        except EventNotFound:
            continue
    return found


def _is_over(event: Event, asker: Asker) -> bool:
    return event.end_date < asker.now.astimezone(ZoneInfo(event.time_zone)).date()


async def _sessions(asker: Asker, event: Event) -> list[Slot]:
    page = await asker.store.query(Session, order=(Sort("startTime"),), limit=MOST_OF_EVENT, aggregate=event.id)
    return [Slot(session, event) for session in page.items]


async def _projects(asker: Asker, event: Event) -> Sequence[Project]:
    if not asker.actor.may(Permission.VIEW_PROJECT):
        return ()
    return await projects.of_event(asker.store, asker.actor, event.id, MOST_OF_EVENT)


def _suits(slot: Slot, question: Question, types: frozenset[str], meant: set[str], asker: Asker) -> bool:
    if (types and slot.session.session_type not in types) or (meant and slot.session.id not in meant):
        return False
    return not question.times or question.times.admits(slot.session, slot.event, asker.now)


def _is_of(project: Project, types: frozenset[str], scope: Scope) -> bool:
    of_context = scope.project_id in (None, project.id)
    return of_context and (not types or project.project_type in types)


def _presenting(slots: Iterable[Slot], about: Iterable[Project]) -> list[Slot]:
    """The sessions in which these projects are shown."""
    ids = {session_id for project in about for session_id in project.session_ids}
    return [slot for slot in slots if slot.session.id in ids]


def _about(things: Sequence[T], topic: Topic, words: Callable[[T], Mapping[str, float]]) -> list[T]:
    """Those that hold enough of the topic, in their order: with one that holds all, those that hold nearly as much."""
    covered = [_covered(topic.stems, words(thing)) for thing in things]
    least = max(ENOUGH, NEARLY * max(covered, default=0.0))
    return [thing for thing, share in zip(things, covered, strict=True) if share >= least]


def _covered(wanted: Sequence[str], held: Mapping[str, float]) -> float:
    return sum(held.get(stem, 0.0) for stem in wanted) / len(wanted) if wanted else 0.0


def _session_words(slot: Slot) -> Mapping[str, float]:
    session = slot.session
    told = " ".join([session.title, *session.speakers, session.room, session.session_type])
    return {**dict.fromkeys(stems(session.description), 0.8), **dict.fromkeys(stems(told), 1.0)}


def _project_words(project: Project) -> Mapping[str, float]:
    told = " ".join([project.title, *project.keywords, *project.tags, project.research_area])
    described = f"{project.abstract} {project.description}"
    return {**dict.fromkeys(stems(described), 0.8), **dict.fromkeys(stems(told), 1.0)}


def coming(programme: Programme, now: datetime) -> Programme:
    """Without what is over, unless all is."""
    left = tuple(slot for slot in programme.slots if slot.session.end_time > now)
    return replace(programme, slots=left) if left else programme
