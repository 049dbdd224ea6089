"""What can be asked about reviews: what awaits somebody, who is asked, and how far the judges of an event are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from shared.access import Actor, Allowed, Permission
from shared.domains.accounts.model import User
from shared.domains.events.model import Event
from shared.domains.knowledge.model import UNDECIDED, ArtifactStatus
from shared.domains.projects import queries as projects
from shared.domains.projects.model import Project
from shared.domains.reviews.actions import Assignable
from shared.domains.reviews.judges import is_apart
from shared.domains.reviews.model import (
    Assignment,
    Awaiting,
    Look,
    ProgressView,
    ReviewerView,
    ReviewState,
    ReviewView,
    UnderReview,
)
from shared.platform.store import Sort, Store, every
from shared.platform.store.listing import Listed, Selection
from shared.platform.store.predicates import all_of, eq, one_of

MOST = 1000
"""Assignments of one person, and artifacts in review, that are looked at."""
_BATCH = 50
_NEVER = datetime.max.replace(tzinfo=UTC)


def warnings(project: Project, creator: User | None, email: str) -> tuple[str, ...]:
    """What might make somebody partial: an address of the same domain as one of the team."""
    domain = email.rpartition("@")[2].casefold()
    team = [*project.team, *([creator.email] if creator else [])]
    same = any(member.rpartition("@")[2].casefold() == domain for member in team)
    return (f"The reviewer and the project's team share the e-mail domain {domain}.",) if same else ()


async def creators(store: Store, found: Iterable[Project]) -> Mapping[str, User]:
    """The accounts of those who own the projects."""
    return await _users(store, {project.created_by for project in found})


async def reviewers(store: Store, allowed: Assignable) -> tuple[ReviewerView, ...]:
    """Who is asked to judge a project, the first asked first."""
    project = allowed.thing
    page = await store.query(Assignment, eq("projectId", project.id), order=(Sort("assignedAt"),), limit=MOST)
    return await _shown(store, {project.id: project}, page.items)


async def reviewer(store: Store, allowed: Assignable, assignment: Assignment) -> ReviewerView:
    return (await _shown(store, {allowed.thing.id: allowed.thing}, [assignment]))[0]


async def awaiting(store: Store, actor: Actor, reviewer_id: str, state: ReviewState) -> tuple[ReviewView, ...]:
    """What somebody is asked to judge, the first due first; and, while it is open, what nobody is asked to judge."""
    page = await store.query(Assignment, eq("reviewer", reviewer_id), order=(Sort("assignedAt"),), limit=MOST)
    mine = {one.project_id: one for one in page.items}
    unasked = await _unasked(store) - set(mine) if reviewer_id == actor.id and state is not ReviewState.DONE else set()
    found = await _projects(store, actor, {*mine, *unasked})
    fit = [one for one in found if reviewer_id != actor.id or is_apart(actor, one)]
    artifacts = await _artifacts(store, [one.id for one in fit])
    looks = await _looks(store, reviewer_id, [one.id for one in fit])
    now = store.clock.now()
    views = [_review(one, mine.get(one.id), artifacts.get(one.id, []), looks.get(one.id), now) for one in fit]
    return tuple(sorted((view for view in views if _is(view, state)), key=_by_due))


async def progress(
    store: Store, allowed: Allowed[Event, Literal[Permission.ASSIGN_REVIEWERS]], selection: Selection
) -> Listed[ProgressView]:
    """How far the judgement of an event's projects is."""
    page = await projects.page_of_event(store, allowed.actor, allowed.thing.id, selection)
    return Listed(await _progressing(store, page.items), page.count, page.after)


async def _progressing(store: Store, found: Sequence[Project]) -> tuple[ProgressView, ...]:
    by_id = {project.id: project for project in found}
    artifacts = await _artifacts(store, list(by_id))
    where = one_of("projectId", tuple(by_id))
    asked = [one async for one in every(store, Assignment, where)] if by_id else []
    shown = await _shown(store, by_id, asked)
    now = store.clock.now()
    return tuple(_progress(one, artifacts.get(one.id, []), shown, now) for one in found)


def _progress(
    project: Project, artifacts: Sequence[UnderReview], shown: Sequence[ReviewerView], now: datetime
) -> ProgressView:
    mine = tuple(one for one in shown if one.project_id == project.id)
    counts = Counter(one.status for one in artifacts)
    undecided = sum(counts[status] for status in UNDECIDED)
    late = any(one.due_at is not None and one.due_at < now for one in mine)
    return ProgressView(
        project_id=project.id,
        title=project.title,
        status=project.status,
        counts=_counts(counts),
        undecided=undecided,
        reviewers=mine,
        overdue=late and undecided > 0,
    )


def _review(
    project: Project, asked: Assignment | None, artifacts: Sequence[UnderReview], look: Look | None, now: datetime
) -> ReviewView:
    due = asked.due_at if asked else None
    waiting = [one for one in artifacts if one.status is ArtifactStatus.REVIEW]
    new = {one.id for one in artifacts if look is None or one.updated_at > look.looked_at}
    return ReviewView(
        project_id=project.id,
        event_id=project.event_id,
        title=project.title,
        status=project.status,
        assigned=asked is not None,
        due_at=due,
        overdue=due is not None and due < now and bool(waiting),
        artifacts=tuple(
            Awaiting(
                id=one.id,
                title=one.content.title or one.file_name,
                source_type=one.source_type,
                updated_at=one.updated_at,
                new=one.id in new,
            )
            for one in sorted(waiting, key=lambda one: one.id)
        ),
        counts=_counts(Counter(one.status for one in artifacts)),
        new=len(new),
        last_looked_at=look.looked_at if look else None,
    )


def _counts(counts: Counter[ArtifactStatus]) -> dict[ArtifactStatus, int]:
    return {status: counts[status] for status in ArtifactStatus}


def _is(view: ReviewView, state: ReviewState) -> bool:
    decided = view.counts[ArtifactStatus.APPROVED] + view.counts[ArtifactStatus.REJECTED]
    done = not view.artifacts and decided + view.counts[ArtifactStatus.CHANGES_REQUESTED] > 0
    return state is ReviewState.ALL or (bool(view.artifacts) if state is ReviewState.OPEN else done)


def _by_due(view: ReviewView) -> tuple[datetime, bool, str]:
    return view.due_at or _NEVER, not view.assigned, view.project_id


async def _unasked(store: Store) -> set[str]:
    """The projects of which something is in review and nobody is asked."""
    where = eq("status", ArtifactStatus.REVIEW)
    page = await store.query(UnderReview, where, order=(Sort("extractedAt"),), limit=MOST)
    found = {one.project_id for one in page.items}
    for ids in _batches(sorted(found)):
        found -= {one.project_id async for one in every(store, Assignment, one_of("projectId", ids))}
    return found


async def _projects(store: Store, actor: Actor, ids: Iterable[str]) -> list[Project]:
    batches = _batches(sorted(ids))
    return [one for batch in batches async for one in projects.matching(store, actor, one_of("id", batch))]


async def _artifacts(store: Store, ids: Sequence[str]) -> dict[str, list[UnderReview]]:
    found: dict[str, list[UnderReview]] = {}
    for batch in _batches(ids):
        async for one in every(store, UnderReview, one_of("projectId", batch)):
            found.setdefault(one.project_id, []).append(one)
    return found


async def _looks(store: Store, reviewer_id: str, ids: Sequence[str]) -> dict[str, Look]:
    mine = eq("reviewer", reviewer_id)
    return {
        one.project_id: one
        for batch in _batches(ids)
        async for one in every(store, Look, all_of(mine, one_of("projectId", batch)))
    }


async def _shown(store: Store, by_id: Mapping[str, Project], asked: Sequence[Assignment]) -> tuple[ReviewerView, ...]:
    owners = await creators(store, by_id.values())
    users = await _users(store, {one.reviewer for one in asked})
    return tuple(
        ReviewerView(
            etag=one.etag,
            user_id=user.id,
            display_name=user.display_name,
            email=user.email,
            warnings=warnings(project, owners.get(project.created_by), user.email),
            **{name: getattr(one, name) for name in ("project_id", "due_at", "assigned_at", "assigned_by")},
        )
        for one in asked
        if (user := users.get(one.reviewer)) and (project := by_id.get(one.project_id))
    )


async def _users(store: Store, ids: Iterable[str]) -> dict[str, User]:
    return {one.id: one for batch in _batches(sorted(ids)) async for one in every(store, User, one_of("id", batch))}


def _batches(ids: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(ids[at : at + _BATCH]) for at in range(0, len(ids), _BATCH)]
