"""Registering for sessions: seats, the queue for them, and who may know of it."""

import asyncio

import pytest

from shared.access import Role
from shared.domains.registrations.model import Registration
from shared.platform.store import Change, every
from tests.blueprints.test_sessions import TALK


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub):
    return f"/v1/events/{(await hub.event())['id']}"


@pytest.fixture
async def workshop(organizer, event):
    """The path of a session with two seats."""
    made = await organizer.post(f"{event}/sessions", {**TALK, "capacity": 2}, status=201)
    return f"/v1/sessions/{made['id']}"


@pytest.fixture
async def people(hub):
    return [await hub.person(Role.USER) for _ in range(5)]


async def stands(person, path):
    shown = await person.get(path)
    return "registered" if shown["registered"] else shown["position"]


async def counts(person, path):
    shown = await person.get(path)
    return shown["attendees"], shown["waitingCount"]


async def leave(person, path):
    answer = await person.ask("DELETE", f"{path}/register")
    assert answer.status_code == 204, answer.text


async def test_seats_go_in_order_and_the_rest_wait_in_theirs(organizer, workshop, people):
    for person in people:
        await person.post(f"{workshop}/register", status=200)
    assert [await stands(person, workshop) for person in people] == ["registered", "registered", 1, 2, 3]
    assert await counts(organizer, workshop) == (2, 3)


async def test_to_register_again_changes_nothing(organizer, workshop, people):
    for person in (people[0], people[1], people[2], people[2], people[0]):
        again = await person.post(f"{workshop}/register", status=200)
    assert again["registered"]
    assert await counts(organizer, workshop) == (2, 1)
    await leave(people[3], workshop)
    assert await counts(organizer, workshop) == (2, 1)


async def test_a_seat_given_up_goes_to_who_waits_longest(hub, organizer, event, workshop, people):
    for person in people:
        await person.post(f"{workshop}/register")
    await leave(people[2], workshop)
    await leave(people[0], workshop)
    assert [await stands(person, workshop) for person in people] == [None, "registered", None, "registered", 1]
    assert await counts(organizer, workshop) == (2, 1)
    given = [
        change.data["userId"]
        async for change in every(await hub.store(), Change, aggregate=event.rpartition("/")[2])
        if change.event_type == "SessionSeatGiven"
    ]
    assert given == [people[3].user.id]


async def test_more_seats_go_to_those_who_wait(organizer, workshop, people):
    for person in people:
        await person.post(f"{workshop}/register")
    assert (await organizer.patch(workshop, {"capacity": 4}))["attendees"] == 4
    assert [await stands(person, workshop) for person in people] == [*["registered"] * 4, 1]
    await organizer.patch(workshop, {"capacity": None})
    assert await counts(organizer, workshop) == (5, 0)


async def test_nobody_loses_a_seat_to_a_smaller_room(organizer, workshop, people):
    for person in people[:2]:
        await person.post(f"{workshop}/register")
    problem = await organizer.patch(workshop, {"capacity": 1}, status=409)
    assert problem["code"] == "session.capacity_taken"
    assert "2 people" in problem["detail"]
    await leave(people[0], workshop)
    assert (await organizer.patch(workshop, {"capacity": 1}))["capacity"] == 1


async def test_of_fifty_who_come_at_once_as_many_are_registered_as_there_are_seats(hub, organizer, event):
    made = await organizer.post(f"{event}/sessions", {**TALK, "capacity": 20}, status=201)
    path = f"/v1/sessions/{made['id']}"
    crowd = [await hub.person(Role.USER) for _ in range(50)]
    answers = await asyncio.gather(*(person.ask("POST", f"{path}/register") for person in crowd))
    assert {answer.status_code for answer in answers} == {200}
    assert await counts(organizer, path) == (20, 30)
    assert all(1 <= answer.json()["position"] <= 30 for answer in answers if answer.json()["waiting"])
    left = await asyncio.gather(*(person.ask("DELETE", f"{path}/register") for person in crowd[:35]))
    assert {answer.status_code for answer in left} == {204}
    assert await counts(organizer, path) == (15, 0)
    there = [each async for each in every(await hub.store(), Registration)]
    assert {each.user_id for each in there} == {person.user.id for person in crowd[35:]}


async def test_a_smaller_room_and_those_who_register_never_pass_each_other(hub, organizer, event, people):
    for number in range(6):
        made = await organizer.post(
            f"{event}/sessions?allowOverlap=true", {**TALK, "title": str(number), "capacity": 5}, status=201
        )
        path = f"/v1/sessions/{made['id']}"
        await asyncio.gather(
            *(person.ask("POST", f"{path}/register") for person in people),
            organizer.ask("PATCH", path, {"capacity": 2}),
        )
        shown = await organizer.get(path)
        assert shown["attendees"] <= shown["capacity"]
        assert shown["attendees"] + shown["waitingCount"] == 5


async def test_a_draft_is_not_found_and_what_is_over_or_archived_takes_nobody(hub, organizer, event, workshop, people):
    draft = await organizer.post(
        "/v1/events", {"displayName": "Draft", "startDate": "2026-05-04", "endDate": "2026-05-05"}
    )
    hidden = await organizer.post(f"/v1/events/{draft['id']}/sessions", TALK, status=201)
    await people[0].post(f"/v1/sessions/{hidden['id']}/register", status=404)


async def test_nobody_registers_for_what_is_over_or_withdraws_from_it(hub, workshop, people):
    await people[0].post(f"{workshop}/register")
    hub.clock.advance(days=150)
    people[0].headers = hub.app.bearer(people[0].user)
    late = await hub.person(Role.USER)
    assert (await late.post(f"{workshop}/register", status=409))["code"] == "session.over"
    assert (await people[0].ask("DELETE", f"{workshop}/register")).json()["code"] == "session.over"


async def test_an_archived_event_takes_no_registrations(organizer, event, workshop, people):
    await people[0].post(f"{workshop}/register")
    await organizer.post(f"{event}/archive")
    assert (await people[1].post(f"{workshop}/register", status=409))["code"] == "event.state"
    assert (await people[0].ask("DELETE", f"{workshop}/register")).status_code == 409
    assert await counts(organizer, workshop) == (1, 0)


async def test_organizers_see_who_comes_and_everybody_else_how_many(organizer, workshop, people):
    for person in people[:3]:
        await person.post(f"{workshop}/register")
    page = await organizer.get(f"{workshop}/attendees")
    assert [(one["userId"], one["standing"]) for one in page["value"]] == [
        (people[0].user.id, "registered"), (people[1].user.id, "registered"), (people[2].user.id, "waiting"),
    ]  # fmt: skip
    assert page["value"][0]["displayName"] == "Ada Reader"
    waiting = await organizer.get(f"{workshop}/attendees", _filter="standing eq 'waiting'", _top=1)
    assert waiting["@odata.count"] == 1
    seen = await people[4].get(workshop)
    assert (seen["attendees"], seen["registered"], seen["waiting"], seen["position"]) == (2, False, False, None)
    await people[4].get(f"{workshop}/attendees", status=403)


async def test_lists_tell_everybody_where_they_stand_themselves(organizer, event, workshop, people):
    await organizer.post(f"{event}/sessions?allowOverlap=true", {**TALK, "title": "Another"}, status=201)
    for person in people[:3]:
        await person.post(f"{workshop}/register")
    for person, expected in ((people[0], (True, None)), (people[2], (False, 1)), (people[4], (False, None))):
        page = (await person.get(f"{event}/sessions"))["value"]
        (shown,) = [one for one in page if one["capacity"] == 2]
        (other,) = [one for one in page if one["capacity"] is None]
        assert (shown["registered"], shown["position"], shown["attendees"]) == (*expected, 2)
        assert (other["attendees"], other["registered"]) == (0, False)


async def test_registrations_go_with_their_session(hub, organizer, workshop, people):
    await people[0].post(f"{workshop}/register")
    assert (await organizer.ask("DELETE", workshop)).status_code == 204
    await hub.settle()
    assert not [each async for each in every(await hub.store(), Registration)]
    await people[0].post(f"{workshop}/register", status=404)


async def test_seats_are_given_away_though_whoever_made_them_crashed(
    hub, organizer, event, workshop, people, monkeypatch
):
    async def crash(*_):
        raise ConnectionError

    for person in people:
        await person.post(f"{workshop}/register")
    with monkeypatch.context() as broken:
        broken.setattr("blueprints.sessions.move_up", crash)
        await organizer.patch(workshop, {"capacity": 4}, status=500)
    await hub.settle()
    assert await counts(organizer, workshop) == (4, 1)
