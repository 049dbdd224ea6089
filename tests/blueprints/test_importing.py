"""Tables of sessions, in and out: what each row becomes, and what a table cannot be."""

import csv
import io

import pytest

from shared.access import Role
from tests.blueprints.test_sessions import TALK

HEADER = "title,startTime,endTime,room,speakers,capacity"
FIRST = "Opening,2026-05-04 09:00,2026-05-04 10:00,Aula,Ada Reader; Ben Page,80"
SECOND = "Closing,2026-05-05 17:00,2026-05-05 18:00,Aula,,"


@pytest.fixture
async def organizer(hub):
    return await hub.the(Role.ORGANIZER)


@pytest.fixture
async def event(hub):
    """The path of a live event of 4 and 5 May 2026 in Vienna, two hours ahead of UTC."""
    return f"/v1/events/{(await hub.event(timeZone='Europe/Vienna'))['id']}"


@pytest.fixture
def put(organizer, event):
    """Imports lines, or a text, and gives the report; with the outcomes of its rows when they are asked for."""

    async def imported(*lines, status=200, query="", content=None):
        body = content if content is not None else "\r\n".join(lines)
        return await organizer.post(f"{event}/import{query}", body, status=status)

    return imported


def outcomes(report):
    return [row["outcome"] for row in report["rows"]]


async def sessions(person, event):
    return (await person.get(f"{event}/sessions"))["value"]


async def table(person, event):
    answer = await person.ask("GET", f"{event}/sessions.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.text


async def test_rows_become_sessions_at_the_times_of_their_event(organizer, event, put):
    report = await put(HEADER, FIRST, SECOND)
    assert outcomes(report) == ["created", "created"]
    assert (report["created"], report["failed"], [row["row"] for row in report["rows"]]) == (2, 0, [2, 3])
    first, second = await sessions(organizer, event)
    assert (first["id"], first["startTime"]) == (report["rows"][0]["sessionId"], "2026-05-04T07:00:00Z")
    assert (first["speakers"], first["capacity"], first["room"]) == (["Ada Reader", "Ben Page"], 80, "Aula")
    assert (second["speakers"], second["capacity"], second["sessionType"]) == ([], None, "paper")


async def test_a_table_that_comes_again_changes_what_differs(organizer, event, put):
    await put(HEADER, FIRST, SECOND)
    report = await put(HEADER, FIRST, SECOND.replace("Aula", "Annex"))
    assert outcomes(report) == ["unchanged", "updated"]
    assert [one["room"] for one in await sessions(organizer, event)] == ["Aula", "Annex"]


async def test_a_row_with_an_id_changes_the_columns_that_are_there(organizer, event, put):
    made = await organizer.post(f"{event}/sessions", TALK, status=201)
    report = await put("ID,Room,Start Time,END_TIME", f"{made['id']},Annex,2026-05-04T10:00:00Z,2026-05-04 13:00")
    assert outcomes(report) == ["updated"]
    (shown,) = await sessions(organizer, event)
    assert (shown["room"], shown["startTime"], shown["endTime"]) == (
        "Annex", "2026-05-04T10:00:00Z", "2026-05-04T11:00:00Z",
    )  # fmt: skip
    assert shown["speakers"] == TALK["speakers"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
async def test_tables_of_every_spreadsheet_are_read(organizer, event, put, delimiter, mark):
    text = io.StringIO()
    rows = csv.writer(text, delimiter=delimiter)
    rows.writerow(["Title", "Start time", "end-time", "Description"])
    rows.writerow(['A "quoted", title; with all', "2026-05-04 09:00", "2026-05-04 10:00", "Two\nlines, and\ttabs"])
    rows.writerow(["", "", "", ""])
    report = await put(content=mark + text.getvalue())
    assert outcomes(report) == ["created"]
    (shown,) = await sessions(organizer, event)
    assert (shown["title"], shown["description"]) == ('A "quoted", title; with all', "Two\nlines, and\ttabs")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",2026-05-04 09:00,2026-05-04 10:00,,,", "title"),
        ("Talk,soon,2026-05-04 10:00,,,", "startTime"),
        ("Talk,2026-05-04 09:00,,,,", "endTime"),
        ("Talk,04.05.2026 09:00,2026-05-04 10:00,,,", "startTime"),
        ("Talk,2026-05-04 09:00,2026-05-04 08:00,,,", "endTime"),
        ("Talk,2026-05-07 09:00,2026-05-07 10:00,,,", "endTime"),
        ("Talk,2026-05-03 09:00,2026-05-04 10:00,,,", "startTime"),
        ("Talk,2026-05-04 09:00,2026-05-04 10:00,,,many", "capacity"),
        ("Talk,2026-05-04 09:00,2026-05-04 10:00,,,0", "capacity"),
        (f"Talk,2026-05-04 09:00,2026-05-04 10:00,{'x' * 301},,", "room"),
        ('Talk,2026-05-04 09:00,2026-05-04 10:00,,"[1]",', "speakers"),
        ("Talk,2026-05-04 09:00,2026-05-04 10:00,,,,more", ""),
        ("Talk,2026-05-04 09:30,2026-05-04 10:30,Aula,,", ""),
    ],
)
async def test_a_row_that_cannot_be_fails_alone_and_names_its_column(organizer, event, put, row, column):
    report = await put(HEADER, FIRST, row, SECOND)
    assert outcomes(report) == ["created", "failed", "created"]
    assert column in [fault["column"] for fault in report["rows"][1]["errors"]]
    assert all(fault["detail"] for fault in report["rows"][1]["errors"])
    assert [one["title"] for one in await sessions(organizer, event)] == ["Opening", "Closing"]


async def test_a_row_changes_everything_it_says_or_nothing(organizer, event, put):
    await put(HEADER, FIRST, SECOND)
    before = await sessions(organizer, event)
    report = await put("title,startTime,room,endTime", "Closing,2026-05-05 17:00,Annex,2026-05-09 17:00")
    assert outcomes(report) == ["failed"]
    assert await sessions(organizer, event) == before


@pytest.mark.parametrize("overlap", ["", "&allowOverlap=true"])
async def test_a_dry_run_tells_the_same_and_changes_nothing(organizer, event, put, overlap):
    await put(HEADER, FIRST)
    before = await table(organizer, event)
    clash = "Clash,2026-05-05 17:30,2026-05-05 18:30,Aula,,"
    rows = [HEADER, FIRST.replace("80", "90"), SECOND, clash, "Broken,never,,,,", SECOND]
    tried = await put(*rows, query=f"?dryRun=true{overlap}")
    assert await table(organizer, event) == before
    done = await put(*rows, query=f"?dryRun=false{overlap}")
    assert outcomes(tried) == outcomes(done)
    assert outcomes(done) == ["updated", "created", "created" if overlap else "failed", "failed", "unchanged"]
    assert [row["errors"][:1] == [] for row in tried["rows"]] == [row["errors"][:1] == [] for row in done["rows"]]
    assert [tried[name] for name in ("created", "failed")] == [done[name] for name in ("created", "failed")]


async def test_an_export_comes_in_again_unchanged(organizer, event, put):
    awkward = {
        "title": "=SUM(A1)", "description": "'quoted\r\n\"twice\", @home;", "speakers": ["Ada; Reader", "-Ben", "'Cy"],
        "room": "+A", "resources": ["https://example.org/a;b"], "transcript": "https://example.org/t", "capacity": 7,
        "sessionType": "demo",
    }  # fmt: skip
    await organizer.post(f"{event}/sessions", {**TALK, **awkward}, status=201)
    await put(HEADER, FIRST.replace("09:00", "06:00").replace("10:00", "07:00"), SECOND)
    before = await sessions(organizer, event)
    exported = await table(organizer, event)
    for row in csv.reader(io.StringIO(exported)):
        assert not [cell for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert outcomes(await put(content=exported)) == ["unchanged"] * 3
    without_ids = io.StringIO()
    csv.writer(without_ids).writerows([row[1:] for row in csv.reader(io.StringIO(exported, newline=""))])
    assert outcomes(await put(content=without_ids.getvalue())) == ["unchanged"] * 3
    for one in before:
        await organizer.ask("DELETE", f"/v1/sessions/{one['id']}")
    assert outcomes(await put(content=without_ids.getvalue())) == ["created"] * 3
    own = {"id", "@odata.etag", "createdAt", "updatedAt"}
    after = await sessions(organizer, event)
    assert [{key: one[key] for key in one.keys() - own} for one in after] == [
        {key: one[key] for key in one.keys() - own} for one in before
    ]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "import.columns"),
        ("title,startTime,colour\r\n", 422, "import.columns"),
        ("title,Title,startTime\r\n", 422, "import.columns"),
        ("title,endTime\r\n", 422, "import.columns"),
        ('title,startTime\r\n"open,2026-05-04 09:00\r\n', 400, "import.not_csv"),
        ("title,startTime\r\n" + "x,y\r\n" * 1001, 422, "import.too_many"),
    ],
)
async def test_what_is_no_table_of_sessions_is_refused_whole(organizer, event, put, text, status, code):
    assert (await put(content=text, status=status))["code"] == code
    assert await sessions(organizer, event) == []


async def test_a_table_is_utf8_and_at_most_a_mebibyte(organizer, event):
    for content, kind, status in (
        ("title,startTime\r\nGröße,x".encode("latin-1"), "text/csv", 400),
        (b"x" * 1_048_577, "text/csv", 413),
        (b"title", "text/plain", 415),
        (b"title", "text/csv; charset=latin-1", 415),
    ):
        headers = {**organizer.headers, "Content-Type": kind}
        answer = await organizer._client.request("POST", f"{event}/import", content=content, headers=headers)
        assert answer.status_code == status, answer.text


async def test_an_id_of_another_event_is_as_unknown_as_a_missing_one(hub, organizer, event, put):
    other = await hub.event(displayName="Other Days")
    foreign = (await organizer.post(f"/v1/events/{other['id']}/sessions", TALK, status=201))["id"]
    report = await put("id,room", f"{foreign},Annex", "sess_0,Annex")
    assert outcomes(report) == ["failed", "failed"]
    assert report["rows"][0]["errors"] == report["rows"][1]["errors"]
    assert (await organizer.get(f"/v1/sessions/{foreign}"))["room"] == TALK["room"]


async def test_local_times_that_clocks_skip_or_repeat_are_asked_for_with_their_offset(hub, organizer):
    made = await hub.event(displayName="Night", timeZone="Europe/Vienna", startDate="2026-03-28", endDate="2026-10-26")
    rows = ["title,startTime,endTime", "Skipped,2026-03-29 02:30,2026-03-29 04:00"]
    rows += ["Twice,2026-10-25 02:30,2026-10-25 04:00", "Once,2026-10-25T02:30+01:00,2026-10-25 04:00"]
    report = await organizer.post(f"/v1/events/{made['id']}/import", "\n".join(rows), status=200)
    assert outcomes(report) == ["failed", "failed", "created"]
    assert "never comes" in report["rows"][0]["errors"][0]["detail"]
    assert "comes twice" in report["rows"][1]["errors"][0]["detail"]


@pytest.mark.parametrize("role", [Role.USER, Role.PRESENTER, Role.REVIEWER, Role.MODERATOR])
async def test_everybody_exports_what_they_see_and_only_who_edits_events_imports(hub, event, role):
    somebody = await hub.the(role)
    assert (await table(somebody, event)).startswith("id,title,")
    await somebody.post(f"{event}/import", f"{HEADER}\r\n{FIRST}", status=403)


async def test_an_archived_event_takes_no_rows(organizer, event, put):
    await organizer.post(f"{event}/archive")
    report = await put(HEADER, FIRST)
    assert outcomes(report) == ["failed"]
