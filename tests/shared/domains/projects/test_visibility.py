"""Who may see which project and artifact: the code against `access.md`, said once more in other words."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from shared.access import Actor, Role
from shared.clock import Clock
from shared.domains.knowledge import queries as knowledge
from shared.domains.knowledge.content import SourceType
from shared.domains.knowledge.model import Artifact, ArtifactStatus
from shared.domains.projects import queries as projects
from shared.domains.projects.model import Project, ProjectStatus
from shared.platform.store.predicates import matches
from tests.factories import a_content

NOW = Clock().now()
ME = "me@example.org"
ROLES = st.sets(st.sampled_from(Role)).map(frozenset)
STATES = st.sampled_from(ProjectStatus)
OWNERSHIP = st.sampled_from(["creator", "team", "other"])


def an_actor(roles: frozenset[Role]) -> Actor:
    return Actor("usr_me", "default", "Me@Example.ORG", roles)


def a_project(status: ProjectStatus, whose: str, *, was_published: bool) -> Project:
    return Project(
        id="proj_1",
        event_id="evt_1",
        title="Seats",
        team=(ME,) if whose == "team" else ("you@example.org",),
        status=status,
        created_by="usr_me" if whose == "creator" else "usr_you",
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW if was_published or status is ProjectStatus.PUBLISHED else None,
    )


def an_artifact(status: ArtifactStatus) -> Artifact:
    return Artifact(
        id="art_1", project_id="proj_1", event_id="evt_1", source_id="src_1", source_type=SourceType.PAPER,
        source_sha256="0" * 64, job_id="job_1", status=status, content=a_content(), created_by="usr_you",
        extracted_at=NOW, updated_at=NOW,
    )  # fmt: skip


def stored(record: Project | Artifact) -> dict[str, object]:
    return record.model_dump(mode="json", by_alias=True)


@given(ROLES, STATES, OWNERSHIP, st.booleans())
def test_a_project_is_seen_by_its_team_and_judges_and_when_published_by_all(roles, status, whose, was_published):
    project = a_project(status, whose, was_published=was_published)
    public = project.published_at is not None
    law = public or whose in {"creator", "team"} or bool(roles & {Role.REVIEWER, Role.ORGANIZER, Role.ADMIN})
    assert projects.visible(an_actor(roles), project) is law
    assert matches(projects.visible_to(an_actor(roles)), stored(project)) is law


@given(ROLES, STATES, OWNERSHIP, st.booleans(), st.sampled_from(ArtifactStatus))
def test_an_artifact_is_seen_by_its_team_and_who_sees_all_and_when_approved_and_published_by_all(
    roles, project_status, whose, was_published, artifact_status
):
    project = a_project(project_status, whose, was_published=was_published)
    sees_all = bool(roles & {Role.PRESENTER, Role.REVIEWER, Role.ORGANIZER, Role.ADMIN})
    public = project.published_at is not None and artifact_status is ArtifactStatus.APPROVED
    law = public or sees_all or whose in {"creator", "team"}
    artifact = an_artifact(artifact_status)
    assert matches(knowledge.project_scope(an_actor(roles), project), stored(artifact)) is law
    assert knowledge._visible(an_actor(roles), artifact, project) is law


def test_the_law_of_single_roles_is_as_the_table_says():
    """All six roles on every state of another's unpublished project."""
    seen = {
        (role, status)
        for role, status in product(Role, [ProjectStatus.DRAFT, ProjectStatus.SUBMITTED, ProjectStatus.APPROVED])
        if projects.visible(an_actor(frozenset({role})), a_project(status, "other", was_published=False))
    }
    assert {role for role, _ in seen} == {Role.REVIEWER, Role.ORGANIZER, Role.ADMIN}
    assert len(seen) == 9
