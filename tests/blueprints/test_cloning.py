"""Cloning events over HTTP: what the copy has, and when its sessions are."""

import pytest

from shared.access import Role
from shared.domains.sessions import cloning

DAYS = {"displayName": "Open Days", "startDate": "2026-03-27", "endDate": "2026-03-30", "timeZone": "Europe/Vienna"}
TALK = {
    "title": "Keynote",
    "speakers": ["Ada"],
    "room": "A",
    "capacity": 30,
    "startTime": "2026-03-27T08:00:00Z",
    "endTime": "2026-03-27T09:00:00Z",
}


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub, organizer):
    """The path of an event over a change of clocks, with a session before and one after it."""
    made = f"/v1/events/{(await hub.event(**DAYS, tags=['AI'], location='Vienna'))['id']}"
    await organizer.post(f"{made}/sessions", TALK, status=201)
    late = {**TALK, "title": "Closing", "startTime": "2026-03-30T07:00:00Z", "endTime": "2026-03-30T08:00:00Z"}
    await organizer.post(f"{made}/sessions", late, status=201)
    return made


async def times(person, event_id):
    return [(one["title"], one["startTime"][:16]) for one in await sessions(person, event_id)]


async def sessions(person, event_id):
    return (await person.get(f"/v1/events/{event_id}/sessions", _top=100))["value"]


async def test_a_clone_is_a_draft_with_all_of_the_event_but_its_days(organizer, event):
    answer = await organizer.ask("POST", f"{event}/clone", {"startDate": "2027-03-26", "displayName": "Again"})
    made = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/events/{made['id']}"
    assert (made["startDate"], made["endDate"], made["displayName"]) == ("2027-03-26", "2027-03-29", "Again")
    assert (made["status"], made["tags"], made["location"]) == ("draft", ["AI"], "Vienna")
    assert (made["sessionCount"], made["projectCount"]) == (2, 0)
    first = (await sessions(organizer, made["id"]))[0]
    assert (first["title"], first["room"], first["speakers"], first["capacity"]) == ("Keynote", "A", ["Ada"], 30)
    assert await times(organizer, event.rpartition("/")[2])


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        ("2027-03-26", ["2027-03-26T08:00", "2027-03-29T07:00"]),
        ("2026-07-06", ["2026-07-06T07:00", "2026-07-09T07:00"]),
        ("2026-01-05", ["2026-01-05T08:00", "2026-01-08T08:00"]),
    ],
)
async def test_sessions_keep_their_local_times_over_a_change_of_clocks(organizer, event, start, utc):
    made = await organizer.post(f"{event}/clone", {"startDate": start})
    assert await times(organizer, made["id"]) == list(zip(["Keynote", "Closing"], utc, strict=True))


async def test_a_session_within_the_hour_that_is_left_out_still_ends_after_it_begins(organizer, event):
    night = {"title": "Night", "startTime": "2026-03-28T01:30:00Z", "endTime": "2026-03-28T02:00:00Z"}
    await organizer.post(f"{event}/sessions", night, status=201)
    made = await organizer.post(f"{event}/clone", {"startDate": "2026-03-28"})
    (night,) = [one for one in await sessions(organizer, made["id"]) if one["title"] == "Night"]
    assert night["startTime"] < night["endTime"]


async def test_the_same_name_and_day_are_refused_and_leave_nothing(hub, organizer, event):
    problem = await organizer.post(f"{event}/clone", {"startDate": DAYS["startDate"]}, status=409)
    assert problem["code"] == "event.exists"
    assert (await organizer.get("/v1/events"))["@odata.count"] == 1


@pytest.mark.parametrize("start", ["9999-12-31", "2400-01-01", "0001-01-01"])
async def test_days_without_a_calendar_are_refused(organizer, event, start):
    problem = await organizer.post(f"{event}/clone", {"startDate": start}, status=422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/startDate"]
    assert (await organizer.get("/v1/events"))["@odata.count"] == 1


@pytest.mark.parametrize("body", [{}, {"startDate": "soon"}, {"startDate": "2027-03-26", "displayName": " "}])
async def test_what_breaks_the_schema_is_400(organizer, event, body):
    await organizer.post(f"{event}/clone", body, status=400)


async def test_more_sessions_than_one_transaction_holds_are_copied(hub, organizer, event, monkeypatch):
    monkeypatch.setattr(cloning, "TOGETHER", 2)
    for number in range(5):
        more = {"title": f"Talk {number}", "startTime": TALK["startTime"], "endTime": TALK["endTime"]}
        await organizer.post(f"{event}/sessions", more, status=201)
    made = await organizer.post(f"{event}/clone", {"startDate": "2027-03-26"})
    assert made["sessionCount"] == 7


async def test_the_timetable_of_a_clone_is_its_own(organizer, event):
    made = await organizer.post(f"{event}/clone", {"startDate": "2027-03-26"})
    again = {**TALK, "startTime": "2027-03-26T08:30:00Z", "endTime": "2027-03-26T09:30:00Z"}
    problem = await organizer.post(f"/v1/events/{made['id']}/sessions", again, status=409)
    assert problem["code"] == "session.double_booking"
    assert len(await sessions(organizer, event.rpartition("/")[2])) == 2


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ORGANIZER, Role.ADMIN}))
async def test_only_who_creates_events_clones_them(hub, event, role):
    await (await hub.the(role)).post(f"{event}/clone", {"startDate": "2027-03-26"}, status=403)
