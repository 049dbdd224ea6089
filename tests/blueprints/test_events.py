"""Events over HTTP: what they take, who sees them, how they are listed."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.events import actions

NEW = {
    "displayName": "Open Research Days",
    "startDate": "2026-05-04",
    "endDate": "2026-05-05",
    "location": "Ghent",
    "timeZone": "Europe/Brussels",
    "tags": ["AI"],
}


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def attendee(hub):
    return await hub.the(Role.USER)


async def test_an_event_begins_as_a_draft_in_the_seeds_shape(hub, organizer):
    answer = await organizer.ask("POST", "/v1/events", NEW)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/v1/events/{made['id']}"
    assert made["@odata.etag"]
    assert (made["@odata.type"], made["status"]) == ("microsoft.graph.event", "draft")
    assert (made["projectCount"], made["sessionCount"]) == (0, 0)
    assert {name: made[name] for name in NEW} == NEW
    assert made["id"].startswith("evt_")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"endDate": "2026-05-03"}, "/endDate"),
        ({"timeZone": "Mars/Olympus"}, "/timeZone"),
        ({"timeZone": "../../etc/passwd"}, "/timeZone"),
        ({"timeZone": ""}, "/timeZone"),
    ],
)
async def test_dates_that_cannot_be_meant_are_422(organizer, wrong, pointer):
    problem = await organizer.post("/v1/events", {**NEW, **wrong}, status=422)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert (await organizer.get("/v1/events"))["@odata.count"] == 0


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"displayName": ""}, "/displayName"),
        ({"displayName": "   "}, "/displayName"),
        ({"displayName": "x" * 201}, "/displayName"),
        ({"startDate": "2026-13-01"}, "/startDate"),
        ({"startDate": 20260504}, "/startDate"),
        ({"eventType": "party"}, "/eventType"),
        ({"tags": "AI"}, "/tags"),
        ({"tags": ["x"] * 51}, "/tags"),
        ({"location": "x" * 501}, "/location"),
        ({"imageUrl": "javascript:alert(1)"}, "/imageUrl"),
        ({"imageUrl": "x" * 2001}, "/imageUrl"),
        ({"color": "red"}, "/color"),
        ({"id": "evt_1"}, "/id"),
        ({"status": "live"}, "/status"),
        ({"tenantId": "other"}, "/tenantId"),
        ({"createdBy": "usr_1"}, "/createdBy"),
    ],
)
async def test_what_breaks_the_schema_is_400_naming_the_field(organizer, wrong, pointer):
    problem = await organizer.post("/v1/events", {**NEW, **wrong}, status=400)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


async def test_the_same_name_and_start_are_taken_in_any_case(organizer):
    await organizer.post("/v1/events", NEW)
    problem = await organizer.post("/v1/events", {**NEW, "displayName": "OPEN research days "}, status=409)
    assert problem["code"] == "event.exists"
    await organizer.post("/v1/events", {**NEW, "startDate": "2026-05-05"}, status=201)


async def test_of_ten_at_once_one_gets_the_name(organizer):
    answers = await asyncio.gather(*(organizer.ask("POST", "/v1/events", NEW) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
    assert (await organizer.get("/v1/events"))["@odata.count"] == 1


async def test_a_renamed_event_frees_its_old_name_and_takes_no_other(organizer):
    first = await organizer.post("/v1/events", NEW)
    second = await organizer.post("/v1/events", {**NEW, "displayName": "Second"})
    await organizer.patch(f"/v1/events/{second['id']}", {"displayName": NEW["displayName"]}, status=409)
    await organizer.patch(f"/v1/events/{first['id']}", {"displayName": "Renamed"})
    await organizer.patch(f"/v1/events/{second['id']}", {"displayName": NEW["displayName"]})
    await organizer.patch(f"/v1/events/{first['id']}", {"displayName": "open research days"}, status=409)


async def test_an_event_keeps_its_name_through_other_changes(organizer):
    made = await organizer.post("/v1/events", NEW)
    edited = await organizer.patch(
        f"/v1/events/{made['id']}", {"displayName": "OPEN RESEARCH DAYS", "location": "Brno"}
    )
    assert (edited["displayName"], edited["location"]) == ("OPEN RESEARCH DAYS", "Brno")
    await organizer.post("/v1/events", NEW, status=409)


async def test_an_edit_is_checked_against_what_stays(organizer):
    made = await organizer.post("/v1/events", NEW)
    await organizer.patch(f"/v1/events/{made['id']}", {"startDate": "2026-05-06"}, status=422)
    await organizer.patch(f"/v1/events/{made['id']}", {"startDate": None}, status=400)
    assert (await organizer.get(f"/v1/events/{made['id']}"))["startDate"] == NEW["startDate"]


@pytest.mark.parametrize(
    "body", [{"id": "evt_2"}, {"createdAt": "2026-01-01T00:00:00Z"}, {"projectCount": 3}, {"x": 1}]
)
async def test_what_is_not_writable_is_400(organizer, body):
    made = await organizer.post("/v1/events", NEW)
    await organizer.patch(f"/v1/events/{made['id']}", body, status=400)


async def test_states_go_from_draft_to_live_to_archived_and_back(organizer):
    path = f"/v1/events/{(await organizer.post('/v1/events', NEW))['id']}"
    assert (await organizer.post(f"{path}/archive", status=409))["code"] == "event.state"
    for action, status in [("publish", "live"), ("archive", "archived"), ("publish", "live")]:
        assert (await organizer.post(f"{path}/{action}"))["status"] == status
        assert (await organizer.post(f"{path}/{action}"))["status"] == status


async def test_a_patched_status_acts_as_its_route_does(organizer):
    path = f"/v1/events/{(await organizer.post('/v1/events', NEW))['id']}"
    assert (await organizer.patch(path, {"status": "draft"}))["status"] == "draft"
    assert (await organizer.patch(path, {"status": "live", "location": "Brno"}))["location"] == "Brno"
    assert (await organizer.patch(path, {"status": "archived"}))["status"] == "archived"
    await organizer.patch(path, {"status": "draft"}, status=409)


async def test_a_refused_status_changes_nothing_else(organizer):
    path = f"/v1/events/{(await organizer.post('/v1/events', NEW))['id']}"
    await organizer.patch(path, {"status": "archived", "displayName": "Half done", "location": "Brno"}, status=409)
    unchanged = await organizer.get(path)
    assert (unchanged["displayName"], unchanged["location"]) == (NEW["displayName"], "Ghent")


async def test_a_draft_is_as_if_it_were_missing(organizer, attendee):
    made = await organizer.post("/v1/events", NEW)
    hidden = await attendee.get(f"/v1/events/{made['id']}", status=404)
    missing = await attendee.get("/v1/events/evt_0", status=404)
    assert same(hidden, made["id"]) == same(missing, "evt_0")
    assert (await attendee.get("/v1/events")) == {
        "@odata.type": "microsoft.graph.collection", "@odata.count": 0, "value": [],
    }  # fmt: skip
    assert (await attendee.get("/v1/events", _filter="status eq 'draft'"))["@odata.count"] == 0
    await organizer.post(f"/v1/events/{made['id']}/publish")
    assert (await attendee.get(f"/v1/events/{made['id']}"))["status"] == "live"
    await organizer.post(f"/v1/events/{made['id']}/archive")
    assert (await attendee.get("/v1/events"))["@odata.count"] == 1


def same(problem, named):
    return {name: str(value).replace(named, "…") for name, value in problem.items() if name != "correlationId"}


@pytest.mark.parametrize("role", [Role.USER, Role.PRESENTER, Role.REVIEWER, Role.MODERATOR])
async def test_only_organizers_and_administrators_write_events(hub, organizer, role):
    made = await hub.event()
    other = await hub.the(role)
    await other.post("/v1/events", NEW, status=403)
    await other.patch(f"/v1/events/{made['id']}", {"location": "x"}, status=403)
    await other.post(f"/v1/events/{made['id']}/archive", status=403)
    assert (await organizer.get(f"/v1/events/{made['id']}"))["status"] == "live"


async def test_an_event_counts_the_projects_that_its_reader_sees(hub, organizer, attendee):
    event = await hub.event()
    await hub.project(event["id"])
    path = f"/v1/events/{event['id']}"
    assert (await organizer.get(path))["projectCount"] == 1
    assert (await (await hub.the(Role.PRESENTER)).get(path))["projectCount"] == 1
    assert (await (await hub.person(Role.PRESENTER)).get(path))["projectCount"] == 0
    assert (await attendee.get(path))["projectCount"] == 0


async def test_a_stale_if_match_is_412_and_the_current_one_is_not(organizer):
    made = await organizer.post("/v1/events", NEW)
    path = f"/v1/events/{made['id']}"
    first = (await organizer.ask("GET", path)).headers["etag"]
    await organizer.patch(path, {"location": "Brno"}, if_match=first)
    await organizer.patch(path, {"location": "Gent"}, status=412, if_match=first)
    assert (await organizer.get(path))["location"] == "Brno"


async def test_who_has_the_event_already_gets_304_until_it_changes(hub, organizer):
    event = await hub.event()
    path = f"/v1/events/{event['id']}"
    tag = (await organizer.ask("GET", path)).headers["etag"]
    assert (await organizer.ask("GET", path, if_none_match=tag)).status_code == 304
    await hub.project(event["id"])
    assert (await organizer.ask("GET", path, if_none_match=tag)).status_code == 200


async def test_an_idempotency_key_makes_one_event(organizer):
    first = await organizer.ask("POST", "/v1/events", NEW, idempotency_key="k1")
    again = await organizer.ask("POST", "/v1/events", NEW, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    await organizer.post("/v1/events", {**NEW, "location": "x"}, status=422, idempotency_key="k1")
    assert (await organizer.get("/v1/events"))["@odata.count"] == 1


async def test_a_key_finds_what_an_earlier_try_made_that_never_answered(hub, organizer, monkeypatch):
    async def crash(*_):
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(actions, "confirm", crash)
        await organizer.post("/v1/events", NEW, status=500, idempotency_key="k1")
    made = await organizer.post("/v1/events", NEW, status=201, idempotency_key="k1")
    assert [event["id"] for event in (await organizer.get("/v1/events"))["value"]] == [made["id"]]


@pytest.fixture
async def seven(organizer):
    for number in range(7):
        day = f"2026-06-{20 - number:02}"
        body = {**NEW, "displayName": f"Event {number}", "startDate": day, "endDate": day, "tags": [f"t{number % 2}"]}
        made = await organizer.post("/v1/events", body)
        if number % 3 == 0:
            await organizer.post(f"/v1/events/{made['id']}/publish")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [6, 5, 4, 3, 2, 1, 0]),
        ({"_orderBy": "startDate desc", "_top": 2}, [0, 1]),
        ({"_orderBy": "displayName", "_skip": 5}, [5, 6]),
        ({"_filter": 'status eq "live"', "_orderBy": "startDate desc"}, [0, 3, 6]),
        ({"_filter": "tags/any(t: t eq 't1')", "_orderBy": "displayName desc"}, [5, 3, 1]),
        ({"_filter": "startDate ge 2026-06-19 and contains(displayName, 'vent')", "_orderBy": "displayName"}, [0, 1]),
        ({"_filter": "not (status in ('draft', 'x'))", "_orderBy": "displayName"}, [0, 3, 6]),
    ],
)
async def test_lists_are_filtered_ordered_and_cut(organizer, seven, asked, found):
    page = await organizer.get("/v1/events", **asked)
    assert [event["displayName"] for event in page["value"]] == [f"Event {number}" for number in found]


async def test_next_links_lead_through_the_list_once(organizer, attendee, seven):
    for person, expected in [(organizer, 7), (attendee, 3)]:
        link, names = "/v1/events?$top=2&$orderBy=startDate desc", []
        while link:
            page = await person.get(link)
            assert page["@odata.count"] == expected
            names += [event["displayName"] for event in page["value"]]
            link = page.get("@odata.nextLink", "")
        assert len(names) == len(set(names)) == expected


async def test_a_list_names_its_type_and_leaves_out_what_is_not_asked(organizer, seven):
    page = await organizer.get("/v1/events?$count=false&$select=displayName&$top=1")
    assert page["@odata.type"] == "microsoft.graph.collection"
    assert "@odata.count" not in page
    assert set(page["value"][0]) == {"displayName", "id", "@odata.etag", "@odata.type"}


@pytest.mark.parametrize(
    "asked",
    [
        {"_top": 101}, {"_skip": -1}, {"_filter": "createdBy eq 'x'"}, {"_filter": "status eq"},
        {"_orderBy": "location"}, {"_select": "password"}, {"_filter": "tenantId eq 'other'"}, {"_search": "x"},
        {"colour": "red"},
    ],
)  # fmt: skip
async def test_bad_list_options_are_400(organizer, asked):
    await organizer.get("/v1/events", status=400, **asked)


async def test_a_next_link_belongs_to_its_list(hub, organizer):
    for name in ("One", "Two"):
        await hub.event(displayName=name)
    token = (await organizer.get("/v1/events", _top="1", _orderBy="createdAt"))["@odata.nextLink"].partition(
        "skiptoken="
    )[2]
    problem = await organizer.get("/v1/jobs", status=400, _top="1", _orderBy="createdAt", _skiptoken=token)
    assert problem["errors"][0]["pointer"] == "$skiptoken"
