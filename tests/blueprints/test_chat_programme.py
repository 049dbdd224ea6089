"""Questions about the programme: what is when and where and with whom, as far as the asker may see."""

from datetime import UTC, datetime

import pytest

from shared.access import Role

MONDAY, TUESDAY = "2026-05-04", "2026-05-05"


def slot(title, day, start, end, **fields):
    return {"title": title, "startTime": f"{day}T{start}:00Z", "endTime": f"{day}T{end}:00Z", **fields}


KEYNOTE = slot(
    "Libraries of tomorrow", MONDAY, "09:00", "10:00", speakers=["Grace Page"], sessionType="keynote", room="Aula"
)
GRAPHS = slot(
    "Graph databases for archives", MONDAY, "12:00", "12:30", speakers=["Émile Noël"], room="Room 1",
    description="How archives link their collections.",
)  # fmt: skip
DEMO = slot(
    "SeatSense live", TUESDAY, "12:00", "13:00", speakers=["Ada Reader", "Ben Page"], sessionType="demo", room="Room 2"
)
SESSIONS = {"keynote": KEYNOTE, "graphs": GRAPHS, "demo": DEMO}


class Days:
    """Two days in Vienna, two hours ahead of UTC, with three sessions, and somebody who asks about them."""

    def __init__(self, hub, event, ids, person):
        self.hub, self.event, self.ids, self.person = hub, event, ids, person

    async def ask(self, message, conversation=None, person=None, **context):
        self.hub.clock.advance(seconds=1)
        given = {**context, **({"conversationId": conversation} if conversation else {})}
        return await (person or self.person).post("/v1/chat", {"message": message, "context": given}, status=200)

    def named(self, answer):
        """The sessions that are cited, in their order."""
        names = {session_id: name for name, session_id in self.ids.items()}
        return [names.get(source, source) for source in answer["sources"]]

    async def told(self, message, **context):
        return self.named(await self.ask(message, **context))


@pytest.fixture
async def days(hub):
    hub.clock.time = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
    organizer = await hub.the(Role.ORGANIZER)
    event = await hub.event(timeZone="Europe/Vienna", location="Vienna")
    made = {
        name: (await organizer.post(f"/v1/events/{event['id']}/sessions", body))["id"]
        for name, body in SESSIONS.items()
    }
    return Days(hub, event["id"], made, await hub.the(Role.USER))


@pytest.mark.parametrize(
    ("question", "sessions"),
    [
        ("When is the keynote?", ["keynote"]),
        ("In which room is the talk on graph databases?", ["graphs"]),
        ("Who speaks on graph databases?", ["graphs"]),
        ("When does Ada Reader speak?", ["demo"]),
        ("when does émile noel speak", ["graphs"]),
        ("Which talks does Grace Page give?", ["keynote"]),
        ("Is Ben Page speaking on Tuesday?", ["demo"]),
        ("Which sessions are there on Monday?", ["keynote", "graphs"]),
        ("Which sessions are there tomorrow?", ["demo"]),
        ("What is on this afternoon?", ["graphs", "demo"]),
        ("What is on Monday afternoon?", ["graphs"]),
        ("What happens at 11:30 on 4 May?", ["keynote"]),
        ("What is there on May 5th at 2pm?", ["demo"]),
        ("Which talks are there after 13:00 on Monday?", ["graphs"]),
        ("What is scheduled on 2026-05-04 before noon?", ["keynote"]),
        ("Which sessions are between 10 and 12 on the first day?", ["keynote"]),
        ("What happens on the last day?", ["demo"]),
        ("What is in Room 2?", ["demo"]),
        ("Which demos are there?", ["demo"]),
        ("Is there anything about archives?", ["graphs"]),
        ("Is there anything about collections?", ["graphs"]),
        ("How many sessions are there?", ["keynote", "graphs", "demo"]),
        ("Show me the programme", ["keynote", "graphs", "demo"]),
        ("What is next?", ["keynote"]),
        ("Wann spricht Ada Reader?", ["demo"]),
        ("Wo ist der Vortrag von Émile Noël?", ["graphs"]),
        ("Welche Sitzungen gibt es morgen?", ["demo"]),
        ("Gibt es etwas über Graph Databases?", ["graphs"]),
        ("Quand parle Ada Reader ?", ["demo"]),
        ("Où est la conférence de Grace Page ?", ["keynote"]),
        ("¿Cuándo es la charla de Ada Reader?", ["demo"]),
        ("¿Hay algo sobre archives?", ["graphs"]),
    ],
)
async def test_a_question_finds_its_sessions(days, question, sessions):
    answer = await days.ask(question)
    assert days.named(answer) == sessions, answer["response"]


async def test_times_are_those_of_the_event_and_sources_lead_to_the_sessions(days):
    answer = await days.ask("When and where is the keynote?")
    assert "Monday 4 May 2026, 11:00\u201312:00 (Europe/Vienna), Aula, with Grace Page [1]" in answer["response"]
    (citation,) = answer["citations"]
    assert (citation["n"], citation["kind"], citation["title"]) == (1, "session", "Libraries of tomorrow")
    assert (citation["artifactId"], citation["passage"]) == (None, None)
    assert (await days.person.get(citation["href"]))["id"] == days.ids["keynote"]


async def test_what_is_next_follows_the_clock(days):
    days.hub.clock.time = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    days.person = await days.hub.person(Role.USER)
    answer = await days.ask("What is next?")
    assert days.named(answer) == ["keynote", "graphs"]
    assert answer["response"].startswith("Now:")
    days.hub.clock.time = datetime(2026, 5, 6, tzinfo=UTC)
    days.person = await days.hub.person(Role.USER)
    answer = await days.ask("What is next?")
    assert (days.named(answer), "Nothing more" in answer["response"]) == ([], True)


async def test_an_event_is_asked_about_by_itself(days):
    for question in ("Where is the conference?", "When do the Open Days start?", "When is the event?"):
        answer = await days.ask(question)
        assert answer["sources"] == [days.event]
        assert "from Monday 4 May 2026 to Tuesday 5 May 2026, in Vienna" in answer["response"]


async def test_a_follow_up_goes_on_with_the_session_or_the_question(days):
    first = await days.ask("Who speaks on graph databases?")
    same = first["conversationId"]
    assert days.named(await days.ask("When does he speak?", same)) == ["graphs"]
    assert days.named(await days.ask("and the demo?", same)) == ["demo"]
    assert days.named(await days.ask("where is it?", same)) == ["demo"]
    assert days.named(await days.ask("Which sessions are there on Monday?", same)) == ["keynote", "graphs"]
    assert days.named(await days.ask("When is the second?", same)) == ["graphs"]
    assert days.named(await days.ask("Which sessions are there today?", same)) == ["keynote", "graphs"]
    assert days.named(await days.ask("and tomorrow?", same)) == ["demo"]


async def test_projects_are_listed_and_what_presents_them_is_found(days):
    presenter = await days.hub.the(Role.PRESENTER)
    body = {
        "title": "Forecasting free seats", "abstract": "Badges tell where seats are free.", "keywords": ["seating"],
        "sessionIds": [days.ids["demo"]], "team": ["hidden@example.org"],
    }  # fmt: skip
    project = await presenter.post(f"/v1/events/{days.event}/projects", body)
    for question in ("Which projects are about seating?", "How many projects are there?"):
        assert (await days.ask(question))["sources"] == [], "a draft is known to its team alone"
        answer = await days.ask(question, person=presenter)
        assert answer["sources"] == [project["id"]], answer["response"]
        assert "hidden@" not in str(answer)
    anything = await days.ask("Is there anything on badges?", person=presenter)
    assert anything["sources"] == [days.ids["demo"], project["id"]]
    assert days.named(await days.ask("When is Forecasting free seats presented?", person=presenter)) == ["demo"]


async def test_a_draft_event_is_found_by_those_who_may_see_it(days):
    organizer = await days.hub.the(Role.ORGANIZER)
    body = {"displayName": "Secret Summit", "startDate": "2026-06-01", "endDate": "2026-06-02"}
    event = await organizer.post("/v1/events", body)
    session = slot("Hidden plans", "2026-06-01", "09:00", "10:00", speakers=["Ada Reader"])
    hidden = await organizer.post(f"/v1/events/{event['id']}/sessions", session)
    for question in (
        "When is the talk on hidden plans?",
        "When is the Secret Summit?",
        "Is there anything on hidden plans?",
    ):
        assert (await days.ask(question))["sources"] == []
        assert (await days.ask(question, person=organizer))["sources"] in ([hidden["id"]], [event["id"]])
    assert await days.told("When does Ada Reader speak?") == ["demo"]


async def test_an_event_in_the_context_narrows_the_question_to_it(days):
    organizer = await days.hub.the(Role.ORGANIZER)
    other = await days.hub.event(displayName="Closed Days", startDate="2026-07-01", endDate="2026-07-01")
    session = slot("Another keynote", "2026-07-01", "09:00", "10:00", sessionType="keynote")
    keynote = await organizer.post(f"/v1/events/{other['id']}/sessions", session)
    assert await days.told("When is the keynote?", eventId=other["id"]) == [keynote["id"]]
    assert await days.told("When is the keynote?", eventId=days.event) == ["keynote"]
    both = await days.ask("When is the keynote?")
    assert days.named(both) == ["keynote", keynote["id"]]
    assert "in Closed Days" in both["response"]
    assert await days.told("When is the keynote of the Closed Days?") == [keynote["id"]]


async def test_a_long_programme_is_cut_and_says_so(days):
    organizer = await days.hub.the(Role.ORGANIZER)
    for hour in range(6, 18):
        body = slot(f"Hour {hour}", TUESDAY, f"{hour:02}:00", f"{hour:02}:30")
        await organizer.post(f"/v1/events/{days.event}/sessions", body)
    answer = await days.ask("Show me the programme")
    assert len(answer["sources"]) == 10
    assert "and 5 more sessions" in answer["response"]


async def test_where_nothing_is_then_the_answer_says_so(days):
    answer = await days.ask("What happens at 3am on 4 May?")
    assert (answer["sources"], "Nothing is in the programme then" in answer["response"]) == ([], True)
