"""Any sequence of verbs by anybody: no illegal state is reached, and what is refused changes nothing."""

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.access import Role
from shared.domains.knowledge.model import Artifact
from shared.domains.projects.model import Project
from tests.hub import Hub, a_hub

PROJECT_MOVES = {
    ("draft", "submitted"), ("submitted", "draft"), ("submitted", "approved"), ("approved", "draft"),
    ("approved", "published"), ("published", "draft"),
}  # fmt: skip
ARTIFACT_MOVES = {
    ("draft", "review"), ("review", "approved"), ("review", "rejected"), ("review", "changes_requested"),
    ("changes_requested", "draft"), ("changes_requested", "review"), ("approved", "draft"),
}  # fmt: skip
VERBS = {
    "submit": ("POST", "/v1/projects/{project}/submit", None),
    "return": ("POST", "/v1/projects/{project}/return", {"comment": "More."}),
    "approve": ("POST", "/v1/projects/{project}/approve", None),
    "publish": ("POST", "/v1/projects/{project}/publish", None),
    "unpublish": ("POST", "/v1/projects/{project}/unpublish", None),
    "compile": ("POST", "/v1/projects/{project}/compile", None),
    "edit": ("PATCH", "/v1/projects/{project}", {"abstract": "Edited."}),
    "correct": ("PATCH", "/v1/knowledge/{artifact}", {"title": "Corrected"}),
    "upload": ("POST", "/v1/projects/{project}/uploads", {"fileName": "a.pdf", "size": 9}),
    **{
        decision: ("PATCH", "/v1/knowledge/{artifact}/status", {"status": decision, "comment": "So."})
        for decision in ("review", "approved", "rejected", "changes_requested")
    },
}
STEPS = st.tuples(
    st.sampled_from([Role.PRESENTER, Role.REVIEWER, Role.ORGANIZER, Role.USER]), st.sampled_from(list(VERBS))
)
ON_THE_WAY = [
    (Role.PRESENTER, "submit"), (Role.REVIEWER, "approved"), (Role.ORGANIZER, "approve"), (Role.ORGANIZER, "publish"),
]  # fmt: skip


@given(st.integers(0, 4), st.lists(STEPS, min_size=3, max_size=10))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_sequence_of_verbs_reaches_an_illegal_state(way, steps):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), [*ON_THE_WAY[:way], *steps]))


async def play(folder: Path, steps):
    async with a_hub(folder) as hub:
        project = await hub.project()
        names = {"project": project["id"], "artifact": await hub.artifact(project["id"])}
        await hub.settle()
        projects, artifacts = [], []
        for role, verb in steps:
            before = await state(hub, names)
            method, path, body = VERBS[verb]
            answer = await (await hub.the(role)).ask(method, path.format(**names), body)
            assert answer.is_success or answer.status_code in {403, 404, 409}, (role, verb, answer.text)
            after = await state(hub, names)
            assert answer.is_success or after == before, (role, verb)
            await hub.settle()
            projects += [before[0].status, after[0].status]
            artifacts += [before[1].status, after[1].status, (await state(hub, names))[1].status]
        assert moves(projects) <= PROJECT_MOVES
        assert moves(artifacts) <= ARTIFACT_MOVES


def moves(states):
    return {(str(one), str(other)) for one, other in pairwise(states) if one is not other}


async def state(hub: Hub, names):
    store = await hub.store()
    return await store.get(Project, names["project"]), await store.get(Artifact, names["artifact"])
