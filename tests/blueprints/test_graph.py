"""The knowledge graph over HTTP: what is in it, who sees it, and how it follows what happens."""

import pytest

from shared.access import Actor, Permission, Role
from shared.domains.graph.sight import sight_of
from shared.domains.knowledge.content import Cited, Person, SourceType
from shared.platform.graph.sqlite import open_graph
from tests.hub import CLAIM, FUNCTIONS, METHOD

PAPER = {
    "title": "SeatSense: forecasting free seats",
    "people": (Person(name="Ada Byron", affiliations=("MIT",)), Person(name="J. Smith")),
    "venue": "LibConf 2025",
    "year": 2025,
    "keywords": ("seats",),
    "concepts": ("accuracies",),
    "technologies": ("Adam",),
    "references": (Cited(text="G. Hopper: Counting every empty chair. 2019.", title="Counting every empty chair"),),
}
OTHER = {
    "title": "Counting every empty chair",
    "people": (Person(name="Grace Hopper"), Person(name="John Smith")),
    "keywords": ("Seat",),
}


DAYS = {"startDate": "2026-05-04", "endDate": "2026-05-05"}


@pytest.fixture
async def presenter(hub):
    return await hub.the(Role.PRESENTER)


@pytest.fixture
async def attendee(hub):
    return await hub.the(Role.USER)


@pytest.fixture
async def project(hub):
    return await hub.project(keywords=["libraries"], team=["ada@example.org"])


@pytest.fixture
async def artifact(hub, project):
    made = await hub.artifact(project["id"], CLAIM, METHOD, said=PAPER)
    await hub.settle()
    return made


async def publish(hub, project_id):
    presenter, organizer = await hub.the(Role.PRESENTER), await hub.the(Role.ORGANIZER)
    reviewer = await hub.the(Role.REVIEWER)
    await presenter.post(f"/v1/projects/{project_id}/submit")
    await hub.settle()
    for artifact in (await presenter.get(f"/v1/projects/{project_id}/knowledge"))["value"]:
        await reviewer.patch(f"/v1/knowledge/{artifact['id']}/status", {"status": "approved"})
    await hub.settle()
    await organizer.post(f"/v1/projects/{project_id}/approve")
    await organizer.post(f"/v1/projects/{project_id}/publish")
    await hub.settle()


async def the(person, name, kind):
    """The id of the one node of that name."""
    (node,) = (await person.get("/v1/graph/search", q=name, type=kind))["nodes"]
    return node["id"]


async def about(person, node_id, **query):
    """The names near a node, with their types."""
    near = await person.get(f"/v1/graph/nodes/{node_id}/neighbours", **query)
    return {node["name"]: node["type"] for node in near["neighbours"]}


async def test_an_artifact_leads_to_its_paper_and_its_project(presenter, project, artifact):
    assert await about(presenter, artifact) == {PAPER["title"]: "Paper", "Seats": "Project"}
    near = await about(presenter, await the(presenter, "SeatSense", "Paper"))
    assert near == {
        "SeatSense: forecasting free seats": "Artifact", "Ada Byron": "Author", "J. Smith": "Author",
        "LibConf 2025": "Venue", "seats": "Concept", "accuracies": "Concept", "Adam": "Technology",
    }  # fmt: skip


async def test_a_node_tells_its_edges_with_their_evidence(presenter, project, artifact):
    node = await presenter.get(f"/v1/graph/nodes/{await the(presenter, 'Adam', 'Technology')}")
    assert (node["name"], node["type"], node["cut"]) == ("Adam", "Technology", False)
    (edge,) = node["edges"]
    paper = await the(presenter, "SeatSense", "Paper")
    assert (edge["type"], edge["source"], edge["target"]) == ("USES", paper, node["id"])
    (known,) = edge["provenance"]
    assert (known["artifactId"], known["projectId"]) == (artifact, project["id"])
    (evidence,) = known["evidence"]
    assert evidence["statementId"] == METHOD.id
    shown = await presenter.get(f"/v1/knowledge/{artifact}/evidence/{evidence['n']}")
    assert "Adam" in str(shown)
    assert [other["id"] for other in node["nodes"]] == [paper]


async def test_properties_say_what_is_known(presenter, artifact):
    node = await presenter.get(f"/v1/graph/nodes/{await the(presenter, 'Ada Byron', 'Author')}")
    assert node["properties"] == {"affiliations": ["MIT"]}


async def test_nothing_of_an_unpublished_project_is_seen_by_attendees(hub, attendee, presenter, project, artifact):
    assert (await attendee.get("/v1/graph/search", q="ada"))["nodes"] == []
    paper = await the(presenter, "SeatSense", "Paper")
    for hidden in (artifact, project["id"], paper):
        for path in (f"nodes/{hidden}", f"nodes/{hidden}/neighbours", f"paths?from={project['eventId']}&to={hidden}"):
            await attendee.get(f"/v1/graph/{path}", 404)
    assert await about(attendee, project["eventId"], depth="4") == {}
    await publish(hub, project["id"])
    assert "Ada Byron" in await about(attendee, paper)
    assert await about(attendee, project["eventId"]) == {"Seats": "Project"}


async def test_a_member_of_the_team_sees_their_own_and_another_presenter_no_project(hub, project, artifact):
    member = await hub.person(Role.USER, email="ada@example.org")
    assert (await about(member, project["id"]))["SeatSense: forecasting free seats"] == "Artifact"
    other = await hub.person(Role.PRESENTER)
    await other.get(f"/v1/graph/nodes/{project['id']}", 404)
    assert "Project" not in (await about(other, artifact, depth="4")).values()


async def test_what_one_hides_does_not_show_in_what_another_publishes(hub, attendee, presenter, project, artifact):
    other = await hub.project(title="Chairs")
    await hub.artifact(other["id"], CLAIM, said=OTHER)
    await publish(hub, other["id"])
    concept = await the(attendee, "seat", "Concept")
    names = await about(attendee, concept, depth="4")
    assert "Counting every empty chair" in names
    assert not {"Ada Byron", "SeatSense: forecasting free seats", "accuracies"} & set(names)
    shown = await attendee.get(f"/v1/graph/nodes/{concept}")
    assert (shown["name"], shown["alsoKnownAs"]) == ("Seat", [])
    assert (await presenter.get(f"/v1/graph/nodes/{concept}"))["alsoKnownAs"] != []


async def test_a_cited_title_leads_to_the_paper_once_it_is_known(hub, presenter, project, artifact):
    paper = await the(presenter, "SeatSense", "Paper")
    assert OTHER["title"] not in await about(presenter, paper)
    await hub.artifact(project["id"], CLAIM, said=OTHER)
    await hub.settle()
    assert (await about(presenter, paper))[OTHER["title"]] == "Paper"


async def test_authors_are_one_under_several_names(hub, presenter, project, artifact):
    await hub.artifact(project["id"], CLAIM, said=OTHER)
    await hub.settle()
    smith = await presenter.get(f"/v1/graph/nodes/{await the(presenter, 'smith', 'Author')}")
    assert (smith["name"], smith["alsoKnownAs"]) == ("John Smith", ["J. Smith"])
    hopper, byron = [await the(presenter, name, "Author") for name in ("hopper", "byron")]
    paths = await presenter.get(f"/v1/graph/paths?from={hopper}&to={byron}")
    assert len(paths["paths"][0]["nodes"]) == paths["paths"][0]["length"] + 1
    assert paths["paths"][0]["length"] == 3  # the one paper cites the other


async def test_a_rejected_artifact_is_forgotten(hub, presenter, project, artifact):
    reviewer = await hub.the(Role.REVIEWER)
    await presenter.post(f"/v1/projects/{project['id']}/submit")
    await hub.settle()
    await reviewer.patch(f"/v1/knowledge/{artifact}/status", {"status": "rejected", "comment": "Wrong."})
    await hub.settle()
    await presenter.get(f"/v1/graph/nodes/{artifact}", 404)
    assert (await presenter.get("/v1/graph/search", q="ada"))["nodes"] == []


async def test_a_correction_is_followed(hub, presenter, artifact):
    await presenter.patch(f"/v1/knowledge/{artifact}", {"keywords": ["chairs"]})
    await hub.settle()
    near = await about(presenter, await the(presenter, "SeatSense", "Paper"))
    assert "chairs" in near
    assert "seats" not in near


async def test_an_edited_project_is_followed(hub, presenter, project, artifact):
    await presenter.patch(f"/v1/projects/{project['id']}", {"title": "Chairs", "keywords": ["furniture"], "team": []})
    await hub.settle()
    near = await about(presenter, project["id"])
    assert "furniture" in near
    assert "libraries" not in near
    member = await hub.person(Role.USER, email="ada@example.org")
    await member.get(f"/v1/graph/nodes/{artifact}", 404)


async def test_authors_are_those_whom_people_have_named(hub, presenter, project, artifact):
    authors = [{"name": "Ada Lovelace", "affiliation": "London", "email": "ada@lovelace.example"}]
    await presenter.patch(f"/v1/projects/{project['id']}", {"authors": authors})
    await hub.settle()
    near = await presenter.get(f"/v1/graph/nodes/{artifact}/neighbours", depth="2")
    assert [one["name"] for one in near["neighbours"] if one["type"] == "Author"] == ["Ada Lovelace"]
    assert "lovelace.example" not in str(near)


async def test_a_draft_event_and_its_sessions_are_for_those_who_may_edit_events(hub, attendee):
    organizer = await hub.the(Role.ORGANIZER)
    event = await organizer.post(
        "/v1/events", {"displayName": "Hidden", "startDate": "2026-05-04", "endDate": "2026-05-05"}
    )
    times = {"startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}
    session = await organizer.post(
        f"/v1/events/{event['id']}/sessions", {"title": "Opening", "speakers": ["Ada Byron"], **times}
    )
    await hub.settle()
    assert await about(organizer, event["id"]) == {"Opening": "Session"}
    assert await about(organizer, session["id"]) == {"Hidden": "Event"}
    await attendee.get(f"/v1/graph/nodes/{session['id']}", 404)
    await organizer.post(f"/v1/events/{event['id']}/publish")
    await hub.settle()
    assert await about(attendee, session["id"]) == {"Hidden": "Event", "Ada Byron": "Person"}


async def test_a_talks_people_are_its_speakers(hub, presenter, project):
    talk = await hub.artifact(project["id"], CLAIM, source_type=SourceType.TALK, said=OTHER)
    await hub.settle()
    near = await about(presenter, talk)
    assert near["Grace Hopper"] == "Person"
    assert "Author" not in near.values()


async def test_the_team_is_never_named(hub, attendee, project, artifact):
    await publish(hub, project["id"])
    everything = [await attendee.get(f"/v1/graph/nodes/{project['id']}/neighbours", depth="4", limit="200")]
    everything.append(await attendee.get(f"/v1/graph/nodes/{artifact}"))
    assert "ada@example.org" not in str(everything)


async def test_a_key_limited_to_the_graph_sees_nothing_that_its_scopes_do_not_name():
    actor = Actor("usr_1", "default", "a@example.org", frozenset(Role), frozenset({Permission.EXPLORE_GRAPH}))
    assert sight_of(actor).names == ()


async def test_delivered_again_the_graph_is_the_same(hub, presenter, project, artifact):
    await hub.artifact(project["id"], CLAIM, said=OTHER)
    await publish(hub, project["id"])
    path = f"/v1/graph/nodes/{project['id']}/neighbours?depth=4&limit=200"
    before = await presenter.get(path)
    assert len(before["neighbours"]) > 8
    await hub.again()
    assert await presenter.get(path) == before


async def test_a_graph_that_is_lost_is_made_anew_as_it_was(hub, presenter, project, artifact, tmp_path):
    await hub.artifact(project["id"], CLAIM, said=OTHER)
    await publish(hub, project["id"])
    path = f"/v1/graph/nodes/{project['id']}/neighbours?depth=4&limit=200"
    before = await presenter.get(path)
    await lose_graph(hub, tmp_path / "new")
    assert (await presenter.get("/v1/graph/search", q="seat"))["nodes"] == []
    await FUNCTIONS["renew_graph"](None)
    await hub.sweep()
    assert await presenter.get(path) == before


async def lose_graph(hub, folder):
    there = hub.app.platform
    await there._open.pop("graph").close()
    settings = there.settings.model_copy(update={"data_dir": folder})
    there._open["graph"] = await open_graph(settings, there.clock)


async def test_a_deleted_project_goes_with_all_its_artifacts_and_comes_back(
    hub, presenter, attendee, project, artifact
):
    await publish(hub, project["id"])
    before = await about(attendee, project["id"], depth="4")
    admin = await hub.the(Role.ADMIN)
    await admin.ask("DELETE", f"/v1/projects/{project['id']}")
    await hub.settle()
    for gone in (project["id"], artifact):
        await admin.get(f"/v1/graph/nodes/{gone}", 404)
    assert (await admin.get("/v1/graph/search", q="ada"))["nodes"] == []
    assert await about(admin, project["eventId"]) == {}
    await admin.post(f"/v1/projects/{project['id']}/restore")
    await hub.settle()
    assert await about(attendee, project["id"], depth="4") == before


async def test_a_deleted_event_goes_with_its_sessions_and_comes_back(hub, attendee):
    admin = await hub.the(Role.ADMIN)
    event = await hub.event(displayName="Gone")
    times = {"startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}
    session = await admin.post(f"/v1/events/{event['id']}/sessions", {"title": "Opening", **times})
    await hub.settle()
    await admin.ask("DELETE", f"/v1/events/{event['id']}")
    await hub.settle()
    for gone in (event["id"], session["id"]):
        await admin.get(f"/v1/graph/nodes/{gone}", 404)
    await admin.post(f"/v1/events/{event['id']}/restore")
    await hub.settle()
    assert await about(attendee, session["id"]) == {"Gone": "Event"}


async def test_everybody_sees_what_is_published_while_the_next_revision_is_made(
    hub, presenter, attendee, project, artifact
):
    await publish(hub, project["id"])
    before = await about(attendee, project["id"], depth="4")
    organizer = await hub.the(Role.ORGANIZER)
    await organizer.post(f"/v1/projects/{project['id']}/unpublish")
    await presenter.patch(f"/v1/projects/{project['id']}", {"title": "Secret", "keywords": ["hush"]})
    await presenter.patch(f"/v1/knowledge/{artifact}", {"keywords": ["hidden"]})
    new = await hub.artifact(project["id"], CLAIM, said=OTHER)
    await hub.settle()
    assert await about(attendee, project["id"], depth="4") == before
    await attendee.get(f"/v1/graph/nodes/{new}", 404)
    assert await about(presenter, new) != {}


async def a_project(hub, title, **said):
    """A published project with one artifact."""
    made = await hub.project(title=title)
    await hub.artifact(made["id"], CLAIM, said={"keywords": (), **said})
    await publish(hub, made["id"])
    return made["id"]


async def related(person, project_id, **query):
    found = (await person.get(f"/v1/projects/{project_id}/related", **query))["value"]
    return {one["title"]: {reason["kind"]: reason["names"] for reason in one["reasons"]} for one in found}


async def test_related_projects_are_told_with_the_reasons_best_first(hub, attendee):
    authors = (Person(name="Ada Byron"), Person(name="John Smith"))
    one = await a_project(hub, "One", people=authors, concepts=("seats", "chairs"), technologies=("Python", "K8s"))
    await a_project(hub, "Little", technologies=("Kubernetes",))
    await a_project(hub, "Much", people=(Person(name="J. Smith"),), concepts=("Seat",), technologies=("python",))
    await a_project(hub, "Nothing", people=(Person(name="Jane Smyth"),), concepts=("seat belts",))
    assert await related(attendee, one) == {
        "Much": {"Author": ["John Smith"], "Concept": ["seats"], "Technology": ["Python"]},
        "Little": {"Technology": ["Kubernetes"]},
    }
    found = (await attendee.get(f"/v1/projects/{one}/related"))["value"]
    assert [each["title"] for each in found] == ["Much", "Little"]
    assert 1 > found[0]["score"] > found[1]["score"] > 0
    assert list(await related(attendee, one, limit="1")) == ["Much"]


async def test_what_few_projects_have_counts_for_more_than_what_many_have(hub, attendee):
    one = await a_project(hub, "One", concepts=("common", "rare"))
    for title in ("B", "C", "D"):
        await a_project(hub, title, concepts=("common",))
    await a_project(hub, "Z", concepts=("rare",))
    assert next(iter(await related(attendee, one))) == "Z"


async def test_related_projects_are_only_those_that_the_caller_may_see(hub, attendee, presenter):
    one = await a_project(hub, "One", concepts=("seats",), technologies=("Python",))
    before = (await attendee.get(f"/v1/projects/{one}/related"))["value"]
    hidden = await hub.project(title="Hidden")
    await hub.artifact(hidden["id"], CLAIM, said={"concepts": ("seats",)})
    await hub.settle()
    assert (await attendee.get(f"/v1/projects/{one}/related"))["value"] == before == []
    assert await related(presenter, one) == {"Hidden": {"Concept": ["seats"]}}
    another = await hub.person(Role.PRESENTER)  # who sees all artifacts, and no projects of others
    assert await related(another, one) == {}
    await attendee.get(f"/v1/projects/{hidden['id']}/related", 404)


async def test_a_project_of_which_nothing_is_known_is_related_to_none(hub, presenter):
    made = await hub.project()
    await hub.settle()
    assert await related(presenter, made["id"]) == {}


@pytest.mark.parametrize(
    ("path", "at_fault"),
    [
        ("nodes/x/neighbours?depth=5", "depth"),
        ("nodes/x/neighbours?depth=0", "depth"),
        ("nodes/x/neighbours?limit=201", "limit"),
        ("nodes/x/neighbours?type=Email", "type"),
        ("paths?from=x", "to"),
        ("search?q=", "q"),
        ("search", "q"),
    ],
)
async def test_what_is_out_of_bounds_is_refused(attendee, path, at_fault):
    refused = await attendee.get(f"/v1/graph/{path}", 400)
    assert at_fault in str(refused["errors"])
