"""Two tenants with the same ids: nothing of one can be seen, counted, found or changed by the other."""

import pytest

from shared.access import Role
from shared.domains.knowledge.model import Feedback
from shared.platform.store import Write, save
from tests.hub import Hub, a_hub
from tests.world import ROUTES, World, a_world

WORD = "Zebrafish"


@pytest.fixture
async def hub(tmp_path):
    async with a_hub(tmp_path) as running:
        yield running


async def filled(hub: Hub, tenant: str) -> World:
    """A project in review with an artifact, feedback, a job, and whatever else there is."""
    world = await a_world(hub, tenant, title=f"{WORD} of {tenant}", team=["ada@example.org"])
    presenter = await hub.the(Role.PRESENTER, tenant)
    await presenter.post(f"/v1/knowledge/{world.ids['artifact_id']}/feedback", {"text": "Fine."})
    await presenter.post(f"/v1/projects/{world.ids['project_id']}/submit")
    await hub.settle()
    return world


@pytest.fixture
async def theirs(hub):
    return await filled(hub, "theirs")


@pytest.fixture
async def intruder(hub):
    """Everything that one can be, in another tenant, with the address of a member of the team."""
    return await hub.person(*Role, email="ada@example.org", tenant="mine")


async def test_a_foreign_id_and_a_missing_one_answer_the_same_and_change_nothing(theirs, intruder):
    before = await everything(theirs)
    missing = {
        name: "9" if name == "n" else f"{known.partition('_')[0]}_019b7600-0000-7000-8000-ffffffffffff"
        for name, known in theirs.ids.items()
    }
    for route in (route for route in ROUTES if route.signature.path):
        foreign = await intruder.ask(route.method, theirs.path(route), theirs.body(route))
        unknown = await intruder.ask(route.method, theirs.path(route, **missing), theirs.body(route))
        assert foreign.status_code == 404, (route.name, foreign.text)
        assert told(foreign, theirs.ids) == told(unknown, missing), route.name
    assert await everything(theirs) == before


def told(answer, ids):
    text = answer.json()
    del text["correlationId"], text["instance"]
    words = str(text)
    for name, value in ids.items():
        words = words.replace(value, name) if "_" in value else words
    headers = {name: value for name, value in answer.headers.items() if name not in {"x-correlation-id", "date"}}
    return answer.status_code, words, headers


async def everything(world):
    """What the tenant's administrator sees of it; the audit aside, which grows by looking."""
    shown = [route for route in ROUTES if route.method == "GET" and route.permissions and route.tag != "Audit"]
    answers = {route.name: await world.ask(route) for route in shown}
    seen = {name: answer.content for name, answer in answers.items() if answer.is_success}
    assert len(seen) > 10
    return seen


async def test_nothing_is_listed_counted_or_found(hub, theirs, intruder):
    for path in ("/v1/events", "/v1/jobs"):
        assert (await intruder.get(path))["@odata.count"] == 0
    assert [user["id"] for user in (await intruder.get("/v1/admin/users"))["value"]] == [intruder.user.id]
    logs = await intruder.get("/v1/admin/audit/logs", _top=100)
    assert not [
        entry for entry in logs["value"] for known in theirs.ids.values() if "_" in known and known in str(entry)
    ]
    for filters in ({}, {"projectId": theirs.ids["project_id"]}, {"eventId": theirs.ids["event_id"]}):
        assert (await intruder.get("/v1/knowledge/search", q="SeatSense accuracy", **filters))["results"] == []
    assert (await intruder.get("/v1/jobs", _filter=f"projectId eq '{theirs.ids['project_id']}'"))["@odata.count"] == 0


async def test_both_may_have_the_same_names_ids_and_people(hub, theirs):
    mine = await filled(hub, "mine")
    presenters = [await hub.the(Role.PRESENTER, tenant) for tenant in ("mine", "theirs")]
    for person, world, tenant in zip(presenters, (mine, theirs), ("mine", "theirs"), strict=True):
        seen = await person.get(f"/v1/projects/{world.ids['project_id']}")
        assert seen["title"] == f"{WORD} of {tenant}"


async def test_records_of_one_id_in_two_tenants_are_apart(hub):
    """As after an import of one tenant's data into another."""
    for tenant in ("mine", "theirs"):
        store = await hub.store(tenant)
        given = Feedback(id="fbk_1", artifact_id="art_1", text=tenant, created_by="usr_1", created_at=hub.clock.now())
        await save(store, given, "FeedbackGiven")
    mine, theirs = [await hub.store(tenant) for tenant in ("mine", "theirs")]
    assert (await mine.get(Feedback, "fbk_1", "art_1")).text == "mine"
    assert [one.text for one in (await theirs.query(Feedback)).items] == ["theirs"]
    await mine.commit(Write("art_1").delete(await mine.get(Feedback, "fbk_1", "art_1")))
    assert (await theirs.get(Feedback, "fbk_1", "art_1")).text == "theirs"


async def test_the_same_file_is_read_for_each_tenant_by_itself(hub, theirs):
    """A document that another tenant's upload made must not tell that they have it."""
    name = next(
        name
        for _, name in hub.blobs.blobs
        if name.startswith("theirs/") and name.endswith(".json.gz") and "/document" in name
    )
    assert ("evidence", name.replace("theirs/", "mine/")) not in hub.blobs.blobs


async def test_an_upload_into_another_tenants_project_is_quarantined(hub, theirs, intruder):
    presenter = await hub.the(Role.PRESENTER, "theirs")
    before = await presenter.get("/v1/jobs")
    await hub.put(f"mine/{theirs.ids['project_id']}/a.pdf", b"%PDF-1.7")
    await hub.settle()
    kept = [name for kind, name in hub.blobs.blobs if kind == "quarantine"]
    assert [name.rpartition("/")[0] for name in kept] == [f"mine/{theirs.ids['project_id']}"]
    assert await presenter.get("/v1/jobs") == before


async def test_a_token_is_of_its_own_tenant_only(hub, theirs):
    """An account's id with another tenant's name in the token names nobody."""
    user = (await hub.the(Role.PRESENTER, "theirs")).user
    forged = hub.app.bearer(user, "mine")
    answer = await hub.app.client.get("/v1/me", headers=forged)
    assert answer.status_code == 401


@pytest.mark.parametrize("where", ["query", "body", "header"])
async def test_the_tenant_is_never_chosen_by_the_request(hub, theirs, intruder, where):
    if where == "query":
        await intruder.get("/v1/events", status=400, tenantId="theirs")
    elif where == "body":
        body = {"displayName": "x", "startDate": "2026-01-01", "endDate": "2026-01-01", "tenantId": "theirs"}
        await intruder.post("/v1/events", body, status=400)
    else:
        answer = await intruder.ask("GET", "/v1/events", x_tenant_id="theirs")
        assert answer.json()["@odata.count"] == 0
