"""From a message to its answer: what a follow-up refers to, which way a question goes, what if nothing is found."""

from dataclasses import dataclass, replace

from shared.domains.chat import content, schedule
from shared.domains.chat.asker import Answer, Asker, Scope
from shared.domains.chat.model import Subject, Thing, Thread
from shared.domains.chat.question import Asks, Question, Topic, Wants, read, topic_of
from shared.domains.chat.text import escaped, short

PROGRAMME = frozenset({Subject.SESSION, Subject.EVENT})


@dataclass(frozen=True, slots=True)
class _Meant:
    """A question with what it takes over from the conversation."""

    question: Question
    topic: Topic
    scheduled: Topic
    wants: Wants
    asks: Asks | None
    scope: Scope


async def answer(asker: Asker, message: str, scope: Scope, thread: Thread) -> Answer:
    """Answer from what the asker may see, going on from `thread`; says so where nothing is found."""
    question = read(message)
    readings = _readings(question, scope, thread)
    for meant in readings:
        if found := await _answered(asker, meant):
            return found
    return await _nothing(asker, readings[0], thread)


def _readings(question: Question, scope: Scope, thread: Thread) -> list[_Meant]:
    """What may be meant, the likeliest first: something that was spoken of before, then what the words alone say."""
    plain = _plain(question, scope)
    if not thread.topic and not thread.things:
        return [plain]
    if question.elliptic and question.says_what and not question.ordinal and not question.refers:
        return [_continued(plain, thread)]
    if not (question.ordinal or question.refers) and question.stands_alone:
        return [plain]
    things = _spoken_of(question, thread)
    if not things:
        return [plain if question.says_what else _continued(plain, thread)]
    of_before = _of_before(plain, things, thread)
    return [of_before, plain] if question.says_what else [of_before]


def _plain(question: Question, scope: Scope) -> _Meant:
    return _Meant(question, question.topic, question.scheduled, question.wants, question.asks, scope)


def _continued(plain: _Meant, thread: Thread) -> _Meant:
    """The same as before is wanted, of another topic or at another time."""
    before, silent = topic_of(thread.topic), plain.wants is Wants.ANYTHING and plain.asks is None
    wants, asks = (
        _before(thread) if silent or (plain.question.elliptic and _vague(plain)) else (plain.wants, plain.asks)
    )
    left = Topic() if plain.question.things else before
    return replace(plain, topic=plain.topic or before, scheduled=plain.scheduled or left, wants=wants, asks=asks)


def _of_before(plain: _Meant, things: tuple[Thing, ...], thread: Thread) -> _Meant:
    """A question about something that was spoken of: where it has no sources or no time, its title is looked for."""
    silent = plain.wants is Wants.ANYTHING and plain.asks is None and not plain.topic
    wants, asks = _before(thread) if silent else (plain.wants, plain.asks)
    named = topic_of(" ".join(thing.title for thing in things))
    if all(thing.kind in PROGRAMME for thing in things):
        topic = Topic(named.words + plain.topic.words, named.stems + plain.topic.stems)
        return replace(plain, topic=topic, wants=wants, asks=asks, scope=replace(plain.scope, things=things))
    return replace(plain, scheduled=named, wants=wants, asks=asks, scope=replace(plain.scope, things=things))


def _spoken_of(question: Question, thread: Thread) -> tuple[Thing, ...]:
    """The one that was counted, all of "these", or the first."""
    if question.ordinal is not None:
        at = question.ordinal - 1 if question.ordinal > 0 else len(thread.things) - 1
        return thread.things[at : at + 1] if at >= 0 else ()
    return thread.things if question.several else thread.things[:1]


def _before(thread: Thread) -> tuple[Wants, Asks | None]:
    return (Wants.ANYTHING, Asks(thread.wants)) if thread.programme else (Wants(thread.wants or Wants.ANYTHING), None)


def _vague(plain: _Meant) -> bool:
    return plain.asks is None and plain.wants in {Wants.ANYTHING, Wants.OVERVIEW, Wants.DEFINITION}


async def _answered(asker: Asker, meant: _Meant) -> Answer | None:
    """By the way that the words point to, then by the other."""
    asks = meant.asks or (Asks.LIST if meant.question.times and not meant.scheduled else None)
    if asks is not None:
        found = await _by_programme(asker, meant, asks)
        return found or await _by_content(asker, meant)
    found = await _by_content(asker, meant)
    if found is None and meant.scheduled and meant.wants in {Wants.ANYTHING, Wants.OVERVIEW, Wants.DEFINITION}:
        return await _by_programme(asker, meant, Asks.ANY)
    return found


async def _by_programme(asker: Asker, meant: _Meant, asks: Asks) -> Answer | None:
    things = tuple(thing for thing in meant.scope.things if thing.kind in PROGRAMME)
    scope = replace(meant.scope, things=things)
    return await schedule.answered(asker, meant.question, meant.scheduled, asks, scope)


async def _by_content(asker: Asker, meant: _Meant) -> Answer | None:
    things = tuple(thing for thing in meant.scope.things if thing.kind not in PROGRAMME)
    return await content.answered(asker, meant.topic, meant.wants, replace(meant.scope, things=things))


async def _nothing(asker: Asker, meant: _Meant, thread: Thread) -> Answer:
    """That nothing was found, and what could be tried."""
    if not meant.question.topic and meant.scope.things:
        titles = " or ".join(f"**{escaped(thing.title)}**" for thing in meant.scope.things)
        return Answer(
            f"I found nothing about that in {titles}. Ask in other words, or about something else.", thread=thread
        )
    if not meant.topic:
        hint = "Say what you would like to know about: a project, a session, a speaker, a day or a topic."
        return Answer(f"I cannot tell what this is about. {hint}", thread=thread)
    said = f"I found nothing about {escaped(short(meant.topic.text, 200))} in what you may see."
    nearest = await content.nearest(asker, meant.topic, meant.scope)
    titles = " or ".join(f"**{escaped(content.title_of(each))}**" for each in nearest)
    hint = f"Try other words, or ask about {titles}." if titles else "Try other words, or name a project or session."
    things = tuple(Thing(kind=Subject.ARTIFACT, id=each.id) for each in nearest)
    return Answer(f"{said} {hint}", rests_on=things, thread=thread)
