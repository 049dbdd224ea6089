"""Who may judge what: their roles say so, and they are not of the project's team."""

from shared.access import Actor, Permission
from shared.domains.accounts.queries import actor_of
from shared.domains.projects.model import Project
from shared.domains.reviews.model import NotAReviewer, ReviewerConflict
from shared.errors import Fault
from shared.platform.store import Store


async def judge(store: Store, user_id: str) -> Actor:
    """The account of somebody whose roles judge; what it lacks is told alike, whether there is one or not."""
    reviewer = await actor_of(store, user_id)
    if reviewer is None or not reviewer.may(Permission.APPROVE_ARTIFACT):
        detail = "Name an account of your tenant whose roles may approve artifacts."
        raise NotAReviewer(detail, errors=[Fault("/userId", "nobody who may judge")])
    return reviewer


def is_apart(reviewer: Actor, project: Project) -> bool:
    """Whether somebody is neither of the project's team nor has taken themselves out of it."""
    return not reviewer.owns(project) and reviewer.email not in project.recused


def check_apart(reviewer: Actor, project: Project) -> None:
    if not is_apart(reviewer, project):
        detail = "Name somebody outside the project's team: nobody judges their own project."
        raise ReviewerConflict(detail, errors=[Fault("/userId", "belongs to the team")])
