"""Who the authors of a project are, as its sources name them: in order, each person once."""

import unicodedata
from collections.abc import Iterable

from shared.domains.knowledge.content import Person
from shared.domains.knowledge.model import ArtifactPeople, ArtifactStatus
from shared.domains.projects.model import Author, Project, ProjectStatus
from shared.platform.store import Sort, Store, save
from shared.platform.store.predicates import Compare, all_of, eq

MOST = 100


async def propose(store: Store, project_id: str) -> None:
    """Propose the authors whom its sources name for a project that is not published."""
    project = await store.get(Project, project_id)
    if project is None or project.status is ProjectStatus.PUBLISHED:
        return
    where = all_of(eq("projectId", project_id), Compare("status", "ne", ArtifactStatus.REJECTED))
    page = await store.query(ArtifactPeople, where, order=(Sort("extractedAt"),), limit=1000)
    proposed = merged(person for artifact in page.items for person in artifact.content.people)
    if proposed != project.proposed_authors:
        edited = project.with_(proposed_authors=proposed, updated_at=store.clock.now())
        await save(store, edited, "AuthorsProposed", {"eventId": project.event_id, "count": len(proposed)})


def merged(people: Iterable[Person]) -> tuple[Author, ...]:
    """The people in their order; who is named twice, once with initials perhaps, stands once under the longer name."""
    authors: list[Author] = []
    for person in people:
        new = Author(name=person.name[:200], affiliation="; ".join(person.affiliations)[:300])
        same = [at for at, author in enumerate(authors) if _same(author.name, new.name)]
        if len(same) == 1:
            authors[same[0]] = _joined(authors[same[0]], new)
        elif not same and len(authors) < MOST:
            authors.append(new)
    return tuple(authors)


def _joined(one: Author, other: Author) -> Author:
    name = max(one.name, other.name, key=len)
    return one.model_copy(update={"name": name, "affiliation": one.affiliation or other.affiliation})


def _same(one: str, other: str) -> bool:
    """Whether two names may be one person's: the same last word, and first words that begin each other."""
    (*first, last), (*second, surname) = _words(one), _words(other)
    if last != surname or not first or not second:
        return first == second and last == surname
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(first, second, strict=False))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one))
    return letters.split() or [name]
