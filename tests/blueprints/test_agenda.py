"""Agendas: what somebody has chosen, what goes on now, and both as calendars read them."""

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from shared.access import Role
from tests.blueprints.test_sessions import TALK


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def ada(hub):
    return await hub.the(Role.USER)


@pytest.fixture
async def event(hub):
    return f"/v1/events/{(await hub.event(timeZone='Europe/Vienna', location='Ghent'))['id']}"


@pytest.fixture
def session(organizer, event):
    """Makes a session from one hour of 4 May to another, UTC, and tells its path."""

    async def make(title, begins=9, ends=10, **fields):
        times = {"startTime": f"2026-05-04T{begins:02}:00:00Z", "endTime": f"2026-05-04T{ends:02}:00:00Z"}
        given = {"title": title, **times, "room": title, **fields}
        return f"/v1/sessions/{(await organizer.post(f'{event}/sessions', given, status=201))['id']}"

    return make


async def titles(person, **asked):
    return [entry["session"]["title"] for entry in (await person.get("/v1/me/agenda", **asked))["value"]]


async def put(person, path):
    answer = await person.ask("PUT", path)
    assert answer.status_code == 204, answer.text


async def entries(person, path):
    """The calendar's entries by their titles, parsed."""
    answer = await person.ask("GET", path)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    return {str(entry["summary"]): entry for entry in Calendar.from_ical(answer.content).walk("VEVENT")}


async def test_an_agenda_holds_what_one_registered_for_and_marked_by_its_start(ada, session):
    late, early, _ = await session("Late", 15, 16), await session("Early", 8, 9), await session("Nobody's", 11, 12)
    await ada.post(f"{late}/register")
    await put(ada, f"{early}/favourite")
    await put(ada, f"{early}/favourite")
    assert await titles(ada) == ["Early", "Late"]
    shown = (await ada.get("/v1/me/agenda"))["value"]
    assert [(one["session"]["registered"], one["session"]["favourite"]) for one in shown] == [
        (False, True),
        (True, False),
    ]
    assert shown[0]["timeZone"] == "Europe/Vienna"
    assert (await ada.ask("DELETE", f"{early}/favourite")).status_code == 204
    assert (await ada.ask("DELETE", f"{late}/register")).status_code == 204
    assert await titles(ada) == []


async def test_an_agenda_is_its_owners_alone(hub, ada, session):
    talk = await session("Talk")
    await put(ada, f"{talk}/favourite")
    assert await titles(await hub.person(Role.ADMIN)) == []
    assert not (await (await hub.person(Role.ADMIN)).get(talk))["favourite"]


async def test_overlaps_are_named_on_both_sides(ada, session):
    paths = [await session("Long", 9, 12), await session("Within", 10, 11), await session("After", 12, 13)]
    for path in paths:
        await ada.post(f"{path}/register")
    named = {
        one["session"]["title"]: [other["title"] for other in one["overlaps"]]
        for one in (await ada.get("/v1/me/agenda"))["value"]
    }
    assert named == {"Long": ["Within"], "Within": ["Long"], "After": []}


async def test_an_agenda_is_narrowed_to_one_event(hub, ada, organizer, event, session):
    other = await hub.event(displayName="Other Days")
    elsewhere = await organizer.post(f"/v1/events/{other['id']}/sessions", {**TALK, "title": "Elsewhere"}, status=201)
    await ada.post(f"{await session('Here')}/register")
    await put(ada, f"/v1/sessions/{elsewhere['id']}/favourite")
    assert sorted(await titles(ada)) == ["Elsewhere", "Here"]
    assert await titles(ada, eventId=other["id"]) == ["Elsewhere"]


async def test_what_is_deleted_vanishes_from_agendas(hub, ada, organizer, event, session):
    gone, kept = await session("Gone"), await session("Kept", 11, 12)
    for path in (gone, kept):
        await ada.post(f"{path}/register")
        await put(ada, f"{path}/favourite")
    await organizer.ask("DELETE", gone)
    assert await titles(ada) == ["Kept"]
    await hub.settle()
    assert await titles(ada) == ["Kept"]
    await (await hub.the(Role.ADMIN)).ask("DELETE", event)
    assert await titles(ada) == []
    assert await entries(ada, "/v1/me/agenda.ics") == {}


async def test_a_session_that_is_hidden_is_nobodys_favourite(ada, organizer):
    days = {"startDate": "2026-05-04", "endDate": "2026-05-05"}
    draft = await organizer.post("/v1/events", {"displayName": "Draft", **days})
    hidden = await organizer.post(f"/v1/events/{draft['id']}/sessions", TALK, status=201)
    assert (await ada.ask("PUT", f"/v1/sessions/{hidden['id']}/favourite")).status_code == 404
    for path in ("agenda.ics", "now"):
        await ada.get(f"/v1/events/{draft['id']}/{path}", status=404)


AWKWARD = 'Größe; "quoted", back\\slash: 🐟 and so on, for much longer than a line of seventy-five bytes may be, ñ'


async def test_a_calendar_says_of_a_session_what_the_session_says(ada, organizer, event, session):
    path = await session(
        AWKWARD, description="One,\r\ntwo;\nthree\tand \\n.", speakers=["Ada; Reader", "Ben"], room="A, B"
    )
    entry = (await entries(ada, f"{event}/agenda.ics"))[AWKWARD]
    assert (entry["dtstart"].dt, entry["dtend"].dt) == (
        datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 5, 4, 10, tzinfo=UTC),
    )  # fmt: skip
    assert str(entry["description"]) == "Ada; Reader, Ben\n\nOne,\ntwo;\nthree\tand \\n."
    assert str(entry["location"]) == "A, B, Ghent"
    assert (entry["status"], entry["transp"], entry["sequence"]) == ("CONFIRMED", "OPAQUE", 0)
    assert str(entry["uid"]).startswith(path.rpartition("/")[2])


async def test_a_changed_session_keeps_its_uid_and_has_a_higher_sequence(hub, ada, organizer, event, session):
    path = await session("Talk")
    before = (await entries(ada, f"{event}/agenda.ics"))["Talk"]
    hub.clock.advance(minutes=5)
    await organizer.patch(path, {"endTime": "2026-05-04T10:30:00Z"})
    after = (await entries(ada, f"{event}/agenda.ics"))["Talk"]
    assert (after["uid"], after["sequence"]) == (before["uid"], 1)
    assert after["last-modified"].dt > before["last-modified"].dt
    hub.clock.advance(minutes=5)
    await organizer.ask("DELETE", path)
    cancelled = (await entries(ada, f"{event}/agenda.ics"))["Talk"]
    assert (cancelled["uid"], cancelled["sequence"], cancelled["status"]) == (before["uid"], 2, "CANCELLED")


async def test_a_personal_calendar_tells_what_is_sure(hub, ada, session):
    full = await session("Full", capacity=1)
    await (await hub.person(Role.USER)).post(f"{full}/register")
    await ada.post(f"{full}/register")
    await ada.post(f"{await session('Sure', 11, 12)}/register")
    await put(ada, f"{await session('Perhaps', 13, 14)}/favourite")
    told = {
        title: (str(entry["status"]), str(entry["transp"]))
        for title, entry in (await entries(ada, "/v1/me/agenda.ics")).items()
    }
    assert told == {
        "Full": ("TENTATIVE", "OPAQUE"), "Sure": ("CONFIRMED", "OPAQUE"), "Perhaps": ("CONFIRMED", "TRANSPARENT"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-05-04T08:59:59Z", {"Aula": ([], ["First"]), "Annex": ([], ["Other"])}),
        ("2026-05-04T09:00:00Z", {"Aula": (["First"], ["Second"]), "Annex": ([], ["Other"])}),
        ("2026-05-04T12:30:00+02:00", {"Aula": (["Second"], []), "Annex": ([], ["Other"])}),
        ("2026-05-04T13:00:00Z", {}),
    ],
)
async def test_now_and_next_are_told_of_each_room(ada, event, session, at, shown):
    await session("First", 9, 10, room="Aula")
    await session("Second", 10, 11, room="aula")
    await session("Other", 12, 13, room="Annex")
    told = await ada.get(f"{event}/now", at=at)
    rooms = {
        room["room"].capitalize(): tuple([one["title"] for one in room[part]] for part in ("now", "next"))
        for room in told["rooms"]
    }
    assert rooms == shown


async def test_now_is_by_the_clock_when_no_moment_is_named(hub, ada, event, session):
    await session("Talk")
    (room,) = (await ada.get(f"{event}/now"))["rooms"]
    assert (room["now"], room["next"][0]["title"]) == ([], "Talk")
    hub.clock.time = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    late = await hub.person(Role.USER)
    (room,) = (await late.get(f"{event}/now"))["rooms"]
    assert (room["now"][0]["title"], room["next"]) == ("Talk", [])
    await late.get(f"{event}/now", status=400, at="yesterday")
    await late.get(f"{event}/now", status=400, at="2026-05-04T09:00:00")


async def test_days_are_those_of_the_events_clocks(ada, organizer, event, session):
    await session("First", 8, 9)
    await session("Late", 20, 21)
    night = {"startTime": "2026-05-04T22:30:00Z", "endTime": "2026-05-04T23:30:00Z"}
    await organizer.post(f"{event}/sessions", {"title": "Night", **night}, status=201)
    told = (await ada.get(f"{event}/days"))["value"]
    assert [(one["day"], one["sessions"]) for one in told] == [("2026-05-04", 2), ("2026-05-05", 1)]
    for day, expected in (("2026-05-04", ["First", "Late"]), ("2026-05-05", ["Night"]), ("2026-05-06", [])):
        page = await ada.get(f"{event}/sessions", day=day)
        assert ([one["title"] for one in page["value"]], page["@odata.count"]) == (expected, len(expected))
    narrowed = await ada.get(f"{event}/sessions", day="2026-05-04", _filter="room eq 'Late'")
    assert [one["title"] for one in narrowed["value"]] == ["Late"]
    await ada.get(f"{event}/sessions", status=400, day="someday")


async def test_what_is_over_is_not_upcoming(hub, ada):
    await hub.event(displayName="Later", startDate="2026-05-06", endDate="2026-05-07")
    await hub.event(displayName="Sooner", startDate="2026-05-04", endDate="2026-05-05")
    shown = [one["displayName"] for one in (await ada.get("/v1/events", upcoming="true"))["value"]]
    assert shown == ["Sooner", "Later"]
    hub.clock.time = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
    late = await hub.person(Role.USER)
    page = await late.get("/v1/events", upcoming="true")
    assert ([one["displayName"] for one in page["value"]], page["@odata.count"]) == (["Later"], 1)
    assert (await late.get("/v1/events"))["@odata.count"] == 2
