"""Answers about content: the best sentences of approved sources, word for word, each with its number."""

import asyncio
from collections.abc import Sequence

from shared.domains.chat.asker import Answer, Asker, Scope
from shared.domains.chat.material import Material, gathered
from shared.domains.chat.model import Citation, Subject, Thing, Thread
from shared.domains.chat.question import Topic, Wants
from shared.domains.chat.sentences import Candidate, best, by_artifact, named
from shared.domains.chat.text import escaped, plain
from shared.domains.knowledge.content import SourceType
from shared.domains.knowledge.model import Artifact

MADE = {SourceType.PAPER: "written", SourceType.TALK: "given", SourceType.REPOSITORY: "made"}
OF_THE_WORK = frozenset({Wants.AUTHORS, Wants.PUBLICATION})
"""What is asked about a work, and not of its text."""
MOST_WORKS = 3


async def answered(asker: Asker, topic: Topic, wants: Wants, scope: Scope) -> Answer | None:
    """The answer from approved sources; None when they hold none."""
    if not topic and not scope.things and not scope.project_id:
        return None
    material = await gathered(asker, topic, scope)
    if wants in OF_THE_WORK:
        return _of_works(material, topic, wants)
    chosen = await asyncio.to_thread(best, material, topic, wants)
    return _quoting(chosen, topic, wants) if chosen else None


async def nearest(asker: Asker, topic: Topic, scope: Scope) -> tuple[Artifact, ...]:
    """What comes closest where nothing answers."""
    return (await gathered(asker, topic, scope)).artifacts[:MOST_WORKS]


def title_of(artifact: Artifact) -> str:
    return plain(artifact.content.title or artifact.file_name)


def _quoting(chosen: Sequence[Candidate], topic: Topic, wants: Wants) -> Answer:
    groups, citations, parts = by_artifact(chosen), list[Citation](), list[str]()
    for candidates in groups.values():
        lines = []
        for candidate in candidates:
            citations.append(_citation(len(citations) + 1, candidate))
            lines.append(f"{escaped(candidate.text)} [{len(citations)}]")
        title = f"**{escaped(title_of(candidates[0].artifact))}**"
        parts.append(
            f"{title}: {lines[0]}" if len(lines) == 1 else "\n".join([f"{title}:", "", *(f"- {one}" for one in lines)])
        )
    works = [candidates[0].artifact for candidates in groups.values()]
    return Answer("\n\n".join(parts), tuple(citations), *_rests(works, topic, wants))


def _rests(works: Sequence[Artifact], topic: Topic, wants: Wants) -> tuple[tuple[Thing, ...], Thread]:
    """What an answer from these works rests on, and what it can be gone on from."""
    things = tuple(Thing(kind=Subject.ARTIFACT, id=work.id, title=title_of(work)) for work in works)
    rests = tuple(thing.model_copy(update={"title": ""}) for thing in things)
    return rests, Thread(topic=topic.text, wants=wants, things=things)


def _citation(n: int, candidate: Candidate) -> Citation:
    return Citation(
        n=n,
        kind=Subject.ARTIFACT,
        title=title_of(candidate.artifact),
        href=f"/v1/knowledge/{candidate.artifact.id}",
        quotation=candidate.quotation,
        artifact_id=candidate.artifact.id,
        statement_id=candidate.statement_id,
        passage=candidate.passage,
    )


def _of_works(material: Material, topic: Topic, wants: Wants) -> Answer | None:
    """Who made the works that the topic names, or when and where they appeared."""
    works = named(material, topic)
    told = [(work, text) for work in works if (text := _told(work, material.authors[work.id], wants))][:MOST_WORKS]
    if not told:
        return _untold(works[:MOST_WORKS], topic, wants) if works else None
    lines = [f"**{escaped(title_of(work))}** {escaped(text)}. [{n}]" for n, (work, text) in enumerate(told, 1)]
    citations = tuple(
        Citation(
            n=n, kind=Subject.ARTIFACT, title=title_of(work), href=f"/v1/knowledge/{work.id}", quotation=text,
            artifact_id=work.id,
        )
        for n, (work, text) in enumerate(told, 1)
    )  # fmt: skip
    return Answer("\n".join(lines), citations, *_rests([work for work, _ in told], topic, wants))


def _untold(works: Sequence[Artifact], topic: Topic, wants: Wants) -> Answer:
    titles = " and ".join(f"**{escaped(title_of(work))}**" for work in works)
    missing = "who made it" if wants is Wants.AUTHORS else "when or where it appeared"
    return Answer(f"{titles}: the source does not say {missing}.", (), *_rests(works, topic, wants))


def _told(work: Artifact, authors: Sequence[str], wants: Wants) -> str:
    if wants is Wants.AUTHORS:
        names = [plain(name) for name in authors]
        return f"was {MADE[work.source_type]} by {enumerated(names)}" if names else ""
    year, venue = work.content.year, plain(work.content.venue)
    where = f" in {venue}" if venue else ""
    return f"appeared{where}{f' in {year}' if year else ''}" if year or venue else ""


def enumerated(names: Sequence[str]) -> str:
    """Names in a row: "Ada, Ben and Cem"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
