"""Reviews over HTTP: who is asked to judge what, what awaits them, and how far they are."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from blueprints.surface import surface
from shared.access import Actor, Permission
from shared.domains.events import queries as events
from shared.domains.events.model import EventNotFound
from shared.domains.projects import queries as projects
from shared.domains.projects.model import ProjectNotFound, ProjectState
from shared.domains.reviews import actions, queries, sharing
from shared.domains.reviews.actions import Assignable
from shared.domains.reviews.model import (
    NotAReviewer,
    ProgressView,
    ReviewerConflict,
    ReviewerNotFound,
    ReviewerView,
    ReviewState,
    ReviewView,
    SharedOut,
)
from shared.domains.reviews.sharing import Shareable
from shared.platform.http import Api, Created, Listed, Listing, Order, Selection
from shared.platform.shapes import Input, Query
from shared.platform.store import Store

api = Api(surface, "Reviews")

PROGRESS = Listing(fields={"status": str, "createdAt": datetime}, orders=(Order("createdAt"),))
UserId = Annotated[str, Field(min_length=1, max_length=100, examples=["usr_019b7600-0000-7000-8000-000000000001"])]


class NewReviewer(Input):
    """Who is asked to judge, and until when."""

    user_id: UserId
    due_at: AwareDatetime | None = None


class Share(Input):
    """How many judges each project shall have; `reviewers` names them, else those are asked whose task it is."""

    per_project: Annotated[int, Field(ge=1, le=10, examples=[2])]
    due_at: AwareDatetime | None = None
    reviewers: Annotated[tuple[UserId, ...], Field(max_length=500, examples=[[]])] = ()
    dry_run: bool = False


class Which(Query):
    """`reviewer` names somebody else, for those who assign reviewers."""

    state: ReviewState = ReviewState.OPEN
    reviewer: str | None = None


@api.get("v1/reviews", allow=Permission.VIEW_REVIEWS)
async def list_reviews(query: Which, actor: Actor, store: Store) -> Listed[ReviewView]:
    """What awaits the caller's judgement, the first due first: what they are asked to judge, and what nobody is."""
    if query.reviewer not in {None, actor.id}:
        actor.require(Permission.ASSIGN_REVIEWERS)
    found = await queries.awaiting(store, actor, query.reviewer or actor.id, query.state)
    return Listed(found, len(found))


@api.post("v1/projects/{project_id}/looks", allow=Permission.VIEW_REVIEWS, raises=(ProjectNotFound,))
async def look_at_project(project_id: str, actor: Actor, store: Store) -> None:
    """Say that the caller has looked at a project: what changes from now on is new to them."""
    await actions.look(store, await projects.load(store, actor, project_id, Permission.VIEW_REVIEWS))


@api.get("v1/projects/{project_id}/reviewers", allow=Permission.ASSIGN_REVIEWERS, raises=(ProjectNotFound,))
async def list_reviewers(project_id: str, actor: Actor, store: Store) -> Listed[ReviewerView]:
    """Who is asked to judge a project."""
    asked = await queries.reviewers(store, await _assignable(store, actor, project_id))
    return Listed(asked, len(asked))


@api.post(
    "v1/projects/{project_id}/reviewers",
    allow=Permission.ASSIGN_REVIEWERS,
    raises=(ProjectNotFound, ProjectState, NotAReviewer, ReviewerConflict),
)
async def assign_reviewer(project_id: str, body: NewReviewer, actor: Actor, store: Store) -> Created[ReviewerView]:
    """Ask somebody outside the team to judge a project; again is no harm, and may change the due date."""
    project = await _assignable(store, actor, project_id)
    asked = await actions.assign(store, project, body.user_id, body.due_at)
    shown = await queries.reviewer(store, project, asked)
    return Created(shown, f"/v1/projects/{project_id}/reviewers/{asked.reviewer}")


@api.delete(
    "v1/projects/{project_id}/reviewers/{user_id}",
    allow=Permission.ASSIGN_REVIEWERS,
    raises=(ProjectNotFound, ReviewerNotFound),
)
async def unassign_reviewer(project_id: str, user_id: str, actor: Actor, store: Store) -> None:
    """Ask somebody no more to judge a project; what they have decided stays."""
    await actions.unassign(store, await _assignable(store, actor, project_id), user_id)


@api.post(
    "v1/events/{event_id}/assign-reviewers",
    allow=Permission.ASSIGN_REVIEWERS,
    raises=(EventNotFound, NotAReviewer),
)
async def assign_reviewers(event_id: str, body: Share, actor: Actor, store: Store) -> SharedOut:
    """Share the projects of an event out evenly among its judges; `dryRun` only tells how."""
    event: Shareable = await events.load(store, actor, event_id, Permission.ASSIGN_REVIEWERS)
    named = tuple(dict.fromkeys(body.reviewers))
    return await sharing.share_out(store, event, body.per_project, named, body.due_at, dry_run=body.dry_run)


@api.get("v1/events/{event_id}/reviews", allow=Permission.ASSIGN_REVIEWERS, raises=(EventNotFound,), listing=PROGRESS)
async def list_progress(event_id: str, actor: Actor, store: Store, selection: Selection) -> Listed[ProgressView]:
    """How far the judges of an event are, project by project."""
    event: Shareable = await events.load(store, actor, event_id, Permission.ASSIGN_REVIEWERS)
    return await queries.progress(store, event, selection)


async def _assignable(store: Store, actor: Actor, project_id: str) -> Assignable:
    return await projects.load(store, actor, project_id, Permission.ASSIGN_REVIEWERS)
