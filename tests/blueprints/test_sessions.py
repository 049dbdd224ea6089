"""Sessions of an event: what they are, when they can be, who sees them."""

import asyncio

import pytest

from shared.access import Role
from shared.platform.store import Change, Sort, every

TALK = {
    "title": "Forecasting free seats",
    "speakers": ["Ada Reader"],
    "startTime": "2026-05-04T09:00:00Z",
    "endTime": "2026-05-04T10:00:00Z",
    "room": "Aula",
}


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub):
    """The path of a live event of 4 and 5 May 2026 in Vienna, two hours ahead of UTC."""
    return f"/v1/events/{(await hub.event(timeZone='Europe/Vienna'))['id']}"


async def test_a_session_is_created_where_its_location_says(hub, organizer, event):
    given = {**TALK, "sessionType": "keynote", "capacity": 80, "resources": ["https://example.org/slides"]}
    answer = await organizer.ask("POST", f"{event}/sessions", given)
    assert answer.status_code == 201
    assert given.items() <= answer.json().items()
    attendee = await hub.the(Role.USER)
    assert await attendee.get(answer.headers["location"]) == answer.json()


async def test_sessions_are_listed_in_their_order_and_as_asked(hub, organizer, event):
    for hour, kind in ((14, "demo"), (8, "paper"), (11, "demo")):
        times = {"startTime": f"2026-05-04T{hour:02}:00:00Z", "endTime": f"2026-05-04T{hour:02}:30:00Z"}
        await organizer.post(f"{event}/sessions", {**TALK, **times, "title": f"At {hour}", "sessionType": kind})
    attendee = await hub.the(Role.USER)
    everything = await attendee.get(f"{event}/sessions")
    assert [session["title"] for session in everything["value"]] == ["At 8", "At 11", "At 14"]
    demos = await attendee.get(f"{event}/sessions", _filter="sessionType eq 'demo'", _orderBy="title desc", _top=1)
    assert (demos["@odata.count"], [session["title"] for session in demos["value"]]) == (2, ["At 14"])
    rest = await attendee.get(demos["@odata.nextLink"].removeprefix("http://hub.example"))
    assert [session["title"] for session in rest["value"]] == ["At 11"]
    mine = await attendee.get(f"{event}/sessions", _filter="speakers/any(s: s eq 'Ada Reader')", _top=1)
    assert mine["@odata.count"] == 3


@pytest.mark.parametrize(
    ("start", "end", "faulty"),
    [
        ("2026-05-03T22:00:00Z", "2026-05-03T23:00:00Z", None),
        ("2026-05-05T21:00:00Z", "2026-05-05T22:00:00Z", None),
        ("2026-05-04T09:00:00+02:00", "2026-05-04T08:00:00Z", None),
        ("2026-05-03T21:59:00Z", "2026-05-03T23:00:00Z", "/startTime"),
        ("2026-05-05T21:00:00Z", "2026-05-05T22:01:00Z", "/endTime"),
        ("2026-05-04T09:00:00Z", "2026-05-04T09:00:00Z", "/endTime"),
        ("2026-05-04T09:00:00Z", "2026-05-04T08:00:00Z", "/endTime"),
    ],
)
async def test_a_session_lies_within_the_days_of_its_event_where_that_is(organizer, event, start, end, faulty):
    answer = await organizer.ask("POST", f"{event}/sessions", {**TALK, "startTime": start, "endTime": end})
    assert answer.status_code == (422 if faulty else 201), answer.text
    assert not faulty or [fault["pointer"] for fault in answer.json()["errors"]] == [faulty]


async def test_an_event_counts_its_sessions(organizer, event):
    assert (await organizer.get(event))["sessionCount"] == 0
    await organizer.post(f"{event}/sessions", TALK, status=201)
    assert (await organizer.get(event))["sessionCount"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"startTime": "2026-05-04T09:00:00"},
        {"startTime": "0001-01-01T00:00:00+14:00"},
        {"endTime": "9999-12-31T23:59:59-12:00"},
        {"capacity": 0},
        {"sessionType": "party"},
        {"resources": ["javascript:alert(1)"]},
        {"title": ""},
    ],
)
async def test_what_is_no_session_is_400(organizer, event, wrong):
    await organizer.post(f"{event}/sessions", {**TALK, **wrong}, status=400)


@pytest.mark.parametrize("again", [{"speakers": []}, {"room": "Annex"}, {"room": "AULA", "speakers": ["ADA READER"]}])
async def test_a_room_or_speaker_is_booked_once_unless_overlaps_are_allowed(organizer, event, again):
    first = await organizer.post(f"{event}/sessions", TALK, status=201)
    second = {**TALK, **again, "startTime": "2026-05-04T09:30:00Z", "endTime": "2026-05-04T10:30:00Z"}
    problem = await organizer.post(f"{event}/sessions", second, status=409)
    assert problem["code"] == "session.double_booking"
    assert first["id"] in problem["detail"]
    assert (await organizer.get(f"{event}/sessions"))["@odata.count"] == 1
    await organizer.post(f"{event}/sessions?allowOverlap=true", second, status=201)


async def test_other_rooms_other_times_and_other_events_are_free(hub, organizer, event):
    other = f"/v1/events/{(await hub.event(displayName='Other Days'))['id']}"
    await organizer.post(f"{event}/sessions", TALK, status=201)
    await organizer.post(f"{event}/sessions", {**TALK, "room": "Annex", "speakers": ["Ben Page"]}, status=201)
    later = {"startTime": "2026-05-04T10:00:00Z", "endTime": "2026-05-04T11:00:00Z"}
    await organizer.post(f"{event}/sessions", {**TALK, **later}, status=201)
    await organizer.post(f"{other}/sessions", TALK, status=201)


async def test_of_many_who_want_a_room_at_once_one_gets_it(organizer, event):
    answers = await asyncio.gather(*(organizer.ask("POST", f"{event}/sessions", TALK) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert (await organizer.get(f"{event}/sessions"))["@odata.count"] == 1


async def test_a_repeated_request_books_once(organizer, event):
    answers = [await organizer.ask("POST", f"{event}/sessions", TALK, idempotency_key="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_sessions_are_seen_as_their_event_is_and_added_by_who_edits_it(hub, organizer):
    draft = await organizer.post(
        "/v1/events", {"displayName": "Secret Days", "startDate": "2026-05-04", "endDate": "2026-05-04"}
    )
    session = await organizer.post(f"/v1/events/{draft['id']}/sessions", TALK, status=201)
    attendee = await hub.the(Role.USER)
    for path in (f"/v1/events/{draft['id']}/sessions", f"/v1/sessions/{session['id']}"):
        await attendee.get(path, status=404)
    await organizer.post(f"/v1/events/{draft['id']}/publish")
    assert (await attendee.get(f"/v1/events/{draft['id']}/sessions"))["@odata.count"] == 1
    await attendee.post(f"/v1/events/{draft['id']}/sessions", TALK, status=403)


async def test_an_archived_event_takes_no_more_sessions(organizer, event):
    await organizer.post(f"{event}/archive")
    assert (await organizer.post(f"{event}/sessions", TALK, status=409))["code"] == "event.state"


@pytest.mark.parametrize(
    ("days", "left_out"),
    [
        ({"endDate": "2026-05-04"}, ["Late"]),
        ({"startDate": "2026-05-05"}, ["Early"]),
        ({"timeZone": "Pacific/Honolulu"}, ["Early"]),
        ({"startDate": "2027-05-04", "endDate": "2027-05-05"}, ["Early", "Late"]),
        ({"startDate": "2026-05-03", "timeZone": "Europe/London"}, []),
        ({"endDate": "2026-05-06"}, []),
    ],
)
async def test_an_event_keeps_its_sessions_within_its_days(organizer, event, days, left_out):
    early = {"title": "Early", "startTime": "2026-05-04T08:00:00Z", "endTime": "2026-05-04T09:00:00Z"}
    late = {"title": "Late", "startTime": "2026-05-05T20:00:00Z", "endTime": "2026-05-05T22:00:00Z"}
    for times in (early, late):
        await organizer.post(f"{event}/sessions", {**TALK, **times}, status=201)
    before = await organizer.get(event)
    answer = await organizer.ask("PATCH", event, days)
    assert answer.status_code == (409 if left_out else 200), answer.text
    if left_out:
        problem = answer.json()
        assert problem["code"] == "event.sessions_outside"
        assert [name for name in ("Early", "Late") if name in problem["detail"]] == left_out
        assert await organizer.get(event) == before


async def test_an_event_never_moves_past_a_session_that_is_being_added(hub, organizer):
    for number in range(10):
        event = f"/v1/events/{(await hub.event(displayName=f'Racing Days {number}'))['id']}"
        shortened, _, added = await asyncio.gather(
            organizer.ask("PATCH", event, {"startDate": "2026-05-05"}),
            organizer.ask("PATCH", event, {"description": "Other words"}),
            organizer.ask("POST", f"{event}/sessions", TALK),
        )
        first = (await organizer.get(event))["startDate"]
        sessions = (await organizer.get(f"{event}/sessions"))["@odata.count"]
        assert (first, sessions) != ("2026-05-05", 1), (shortened.text, added.text)


async def test_an_event_is_never_archived_past_a_session_that_is_being_added(hub, organizer):
    for number in range(10):
        event = f"/v1/events/{(await hub.event(displayName=f'Closing Days {number}'))['id']}"
        archived, added = await asyncio.gather(
            organizer.ask("POST", f"{event}/archive"), organizer.ask("POST", f"{event}/sessions", TALK)
        )
        assert {archived.status_code, added.status_code} <= {200, 201, 409, 412}
        told = every(await hub.store(), Change, aggregate=event.rpartition("/")[2], order=(Sort("sequence"),))
        order = [change.event_type async for change in told if change.event_type in {"EventArchived", "SessionCreated"}]
        assert order in (["EventArchived"], ["SessionCreated"], ["SessionCreated", "EventArchived"])
