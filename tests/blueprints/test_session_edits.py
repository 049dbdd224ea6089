"""Changing and deleting sessions: what stays true of the event, and what others see."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.events.timetable import Timetable
from shared.domains.sessions.model import DeletedSession
from tests.blueprints.test_sessions import TALK

OTHER = {**TALK, "title": "Other", "startTime": "2026-05-04T11:00:00Z", "endTime": "2026-05-04T12:00:00Z"}


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub):
    """The path of a live event of 4 and 5 May 2026 in Vienna."""
    return f"/v1/events/{(await hub.event(timeZone='Europe/Vienna'))['id']}"


@pytest.fixture
async def talk(organizer, event):
    """The path of a session from nine to ten, UTC."""
    return f"/v1/sessions/{(await organizer.post(f'{event}/sessions', TALK, status=201))['id']}"


async def test_a_session_changes_as_asked_and_keeps_the_rest(organizer, talk):
    before = await organizer.get(talk)
    after = await organizer.patch(talk, {"title": "New", "room": "Annex", "capacity": 20, "speakers": ["Ben Page"]})
    assert (after["title"], after["room"], after["capacity"], after["speakers"]) == ("New", "Annex", 20, ["Ben Page"])
    assert (after["startTime"], after["id"]) == (before["startTime"], before["id"])
    assert (await organizer.patch(talk, {"capacity": None}))["capacity"] is None
    assert await organizer.get(talk) == await organizer.patch(talk, {"title": "New"})


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"startTime": "2026-05-04T10:00:00Z"}, 422),
        ({"endTime": "2026-05-06T10:00:00Z"}, 422),
        ({"title": None}, 400),
        ({"startTime": None}, 400),
        ({"capacity": 0}, 400),
        ({"attendees": 3}, 400),
        ({"eventId": "evt_1"}, 400),
        ({"transcript": "javascript:alert(1)"}, 400),
    ],
)
async def test_what_no_session_can_be_is_refused_and_changes_nothing(organizer, talk, wrong, status):
    before = await organizer.get(talk)
    await organizer.patch(talk, {"description": "Half done", **wrong}, status=status)
    assert await organizer.get(talk) == before


async def test_a_session_moves_only_where_its_room_and_speakers_are_free(organizer, event, talk):
    other = await organizer.post(f"{event}/sessions", OTHER, status=201)
    clash = {"startTime": "2026-05-04T10:30:00Z", "endTime": "2026-05-04T11:30:00Z"}
    problem = await organizer.patch(talk, clash, status=409)
    assert problem["code"] == "session.double_booking"
    assert other["id"] in problem["detail"]
    await organizer.patch(f"{talk}?allowOverlap=true", clash)
    assert (await organizer.patch(talk, {"title": "Renamed, still overlapping"}))["title"].startswith("Renamed")


async def test_what_a_session_leaves_is_free_for_others(organizer, event, talk):
    await organizer.patch(talk, {"startTime": "2026-05-05T09:00:00Z", "endTime": "2026-05-05T10:00:00Z"})
    await organizer.post(f"{event}/sessions", TALK, status=201)
    await organizer.patch(talk, {"startTime": TALK["startTime"], "endTime": TALK["endTime"]}, status=409)


async def test_of_many_who_move_sessions_into_a_room_at_once_one_gets_it(organizer, event):
    made = []
    for hour in range(8, 14):
        times = {"startTime": f"2026-05-05T{hour:02}:00:00Z", "endTime": f"2026-05-05T{hour:02}:30:00Z"}
        made.append(await organizer.post(f"{event}/sessions", {**TALK, **times}, status=201))
    to = {"startTime": TALK["startTime"], "endTime": TALK["endTime"]}
    answers = await asyncio.gather(*(organizer.ask("PATCH", f"/v1/sessions/{one['id']}", to) for one in made))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


async def test_who_has_an_old_session_neither_changes_nor_deletes_it(organizer, talk):
    first = (await organizer.ask("GET", talk)).headers["etag"]
    await organizer.patch(talk, {"room": "Annex"}, if_match=first)
    await organizer.patch(talk, {"room": "Attic"}, status=412, if_match=first)
    assert (await organizer.ask("DELETE", talk, if_match=first)).status_code == 412
    assert (await organizer.get(talk))["room"] == "Annex"


async def test_a_registration_makes_no_organizers_copy_old(hub, organizer, talk):
    first = (await organizer.ask("GET", talk)).headers["etag"]
    await (await hub.the(Role.USER)).post(f"{talk}/register", status=200)
    assert (await organizer.ask("GET", talk, if_none_match=first)).status_code == 200
    await organizer.patch(talk, {"room": "Annex"}, if_match=first)


async def test_a_deleted_session_is_gone_and_frees_its_place(hub, organizer, event, talk):
    assert (await organizer.ask("DELETE", talk)).status_code == 204
    for path in (talk, f"{talk}/attendees"):
        await organizer.get(path, status=404)
    await organizer.patch(talk, {"room": "x"}, status=404)
    assert (await organizer.ask("DELETE", talk)).status_code == 404
    assert (await organizer.get(event))["sessionCount"] == 0
    await organizer.post(f"{event}/sessions", TALK, status=201)


async def test_what_was_deleted_is_remembered_for_calendars_until_long_after(hub, organizer, event, talk):
    await organizer.ask("DELETE", talk)
    store, ids = await hub.store(), (talk.rpartition("/")[2], event.rpartition("/")[2])
    assert await store.get(DeletedSession, *ids) is not None
    hub.clock.advance(days=200)
    assert await store.get(DeletedSession, *ids) is None


async def test_a_session_is_either_deleted_or_changed(hub, organizer, event):
    for number in range(6):
        made = await organizer.post(f"{event}/sessions?allowOverlap=true", {**TALK, "title": str(number)}, status=201)
        path = f"/v1/sessions/{made['id']}"
        moved, deleted = await asyncio.gather(
            organizer.ask("PATCH", path, {"room": "Annex"}), organizer.ask("DELETE", path)
        )
        assert (moved.status_code in {200, 404}, deleted.status_code) == (True, 204)
    timetable = await Timetable.of(await hub.store(), event.rpartition("/")[2])
    assert timetable.bookings == ()


async def test_sessions_of_an_archived_event_stay_as_they_are(organizer, event, talk):
    await organizer.post(f"{event}/archive")
    assert (await organizer.patch(talk, {"room": "x"}, status=409))["code"] == "event.state"
    assert (await organizer.ask("DELETE", talk)).status_code == 409


@pytest.mark.parametrize("role", [Role.USER, Role.PRESENTER, Role.REVIEWER, Role.MODERATOR])
async def test_only_those_who_edit_events_edit_sessions(hub, organizer, talk, role):
    somebody = await hub.the(role)
    await somebody.patch(talk, {"room": "x"}, status=403)
    assert (await somebody.ask("DELETE", talk)).status_code == 403
    await somebody.get(f"{talk}/attendees", status=403)
