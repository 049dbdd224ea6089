"""Sharing the projects of an event out among those who judge."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from shared.access import Actor, Allowed, Permission
from shared.domains.accounts.model import User
from shared.domains.accounts.queries import actor_of
from shared.domains.events.model import Event
from shared.domains.projects import queries as projects
from shared.domains.projects.model import Project, ProjectStatus
from shared.domains.reviews.actions import ask
from shared.domains.reviews.fairness import Slot, share, wanted
from shared.domains.reviews.judges import is_apart, judge
from shared.domains.reviews.model import Assignment, Load, Shared, SharedOut, Short
from shared.domains.reviews.queries import creators, warnings
from shared.platform.store import Store, every
from shared.platform.store.predicates import all_of, eq, one_of

Shareable = Allowed[Event, Literal[Permission.ASSIGN_REVIEWERS]]
TO_BE_JUDGED = (ProjectStatus.DRAFT, ProjectStatus.SUBMITTED)


class Matching(NamedTuple):
    """What is to be shared out: projects, everybody who judges, the ids of those to be asked, and who is asked."""

    projects: tuple[Project, ...]
    judges: Mapping[str, Actor]
    pool: frozenset[str]
    creators: Mapping[str, User]
    asked: Mapping[str, frozenset[str]]

    def has(self, project: Project) -> int:
        """How many are asked already, and may judge it still."""
        return sum(is_apart(self.judges[each], project) for each in self.asked.get(project.id, ()))

    def slots(self, project: Project, number: int) -> list[Slot]:
        free = [self.judges[each] for each in self.pool - self.asked.get(project.id, frozenset())]
        apart = [one for one in free if is_apart(one, project)]
        clean = [one.id for one in apart if not self.warnings(project, one)]
        warned = [one.id for one in apart if self.warnings(project, one)]
        return wanted(project.id, clean, warned, max(0, number - self.has(project)))

    def warnings(self, project: Project, one: Actor) -> tuple[str, ...]:
        return warnings(project, self.creators.get(project.created_by), one.email)


async def share_out(
    store: Store,
    allowed: Shareable,
    per_project: int,
    reviewers: Sequence[str],
    due_at: datetime | None,
    *,
    dry_run: bool,
) -> SharedOut:
    """Ask as many judges of each project that is not judged yet; who is asked already is kept, and counts.

    Without names, those who judge and assign nobody are asked.
    """
    matching = await _matching(store, allowed.actor, allowed.thing, reviewers)
    slots = [slot for project in matching.projects for slot in matching.slots(project, per_project)]
    given = Counter(each for asked in matching.asked.values() for each in asked)
    loads = share({each: given[each] for each in matching.pool}, slots)
    by_id = {project.id: project for project in matching.projects}
    for slot in () if dry_run else slots:
        await ask(store, allowed, by_id[slot.project], slot.taken_by, due_at)
    new = Counter(slot.project for slot in slots)
    has = {project.id: matching.has(project) + new[project.id] for project in matching.projects}
    return SharedOut(
        dry_run=dry_run,
        assigned=tuple(_shared(matching, by_id[slot.project], slot.taken_by) for slot in slots),
        kept=sum(matching.has(project) for project in matching.projects),
        short=tuple(
            Short(project_id=one.id, title=one.title, reviewers=has[one.id], wanted=per_project)
            for one in matching.projects
            if has[one.id] < per_project
        ),
        loads=tuple(
            Load(user_id=each, display_name=matching.judges[each].name, projects=loads[each])
            for each in sorted(loads, key=lambda each: (-loads[each], each))
        ),
    )


def _shared(matching: Matching, project: Project, user_id: str) -> Shared:
    one = matching.judges[user_id]
    told = matching.warnings(project, one)
    return Shared(project_id=project.id, title=project.title, user_id=one.id, display_name=one.name, warnings=told)


async def _matching(store: Store, actor: Actor, event: Event, reviewers: Sequence[str]) -> Matching:
    where = all_of(eq("eventId", event.id), one_of("status", TO_BE_JUDGED))
    found = [project async for project in projects.matching(store, actor, where)]
    asked: dict[str, set[str]] = {}
    async for one in every(store, Assignment, eq("eventId", event.id)):
        asked.setdefault(one.project_id, set()).add(one.reviewer)
    pool = [await judge(store, each) for each in reviewers] or await _judges(store)
    others = set[str]().union(*asked.values()) - {one.id for one in pool}
    asking = [await actor_of(store, each) for each in sorted(others)]
    judges = {one.id: one for one in [*pool, *filter(None, asking)] if one.may(Permission.APPROVE_ARTIFACT)}
    return Matching(
        tuple(sorted(found, key=lambda project: project.id)),
        judges,
        frozenset(one.id for one in pool),
        await creators(store, found),
        {project: frozenset(those & set(judges)) for project, those in asked.items()},
    )


async def _judges(store: Store) -> list[Actor]:
    """Those whose task is to judge: who assigns others is asked only by name."""
    users = [user.id async for user in every(store, User)]
    found = [await actor_of(store, each) for each in sorted(users)]
    return [
        one
        for one in found
        if one and one.may(Permission.APPROVE_ARTIFACT) and not one.may(Permission.ASSIGN_REVIEWERS)
    ]
