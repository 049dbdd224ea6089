"""Inviting many by a table."""

import pytest

from shared.access import Role
from tests.application import PASSWORD
from tests.fakes import HeldMail
from tests.hub import Person, a_hub


async def invited(hub, text, status=200, query="", role=Role.ORGANIZER):
    """The report of a table that somebody sends for a new event."""
    person = await hub.the(role)
    event = (await hub.event(displayName=f"Days {hub.clock.token()}"))["id"]
    sent = {**person.headers, "Content-Type": "text/csv"}
    path = f"/v1/events/{event}/invitations{query}"
    answer = await hub.app.client.post(path, content=text.encode(), headers=sent)
    assert answer.status_code == status, answer.text
    return answer.json()


async def people(hub):
    admin = await hub.the(Role.ADMIN)
    return {user["email"]: user["roles"] for user in (await admin.get("/v1/admin/users", _top=100))["value"]}


TABLE = "email,displayName,role\r\nada@example.org,Ada,presenter\r\nben@example.org,,\r\n"


async def test_everybody_in_the_table_is_invited(hub):
    report = await invited(hub, TABLE)
    assert (report["invited"], report["refused"], report["dryRun"]) == (2, 0, False)
    assert [(row["row"], row["email"], row["outcome"]) for row in report["rows"]] == [
        (1, "ada@example.org", "invited"), (2, "ben@example.org", "invited"),
    ]  # fmt: skip
    there = await people(hub)
    assert (there["ada@example.org"], there["ben@example.org"]) == (["presenter", "user"], ["user"])
    nobody = Person(hub.app.client, (await hub.the(Role.USER)).user, {})
    given = {"token": report["rows"][0]["invitationToken"], "password": PASSWORD}
    await nobody.post("/auth/invitation", given, status=200)


async def test_a_dry_run_tells_the_same_and_does_nothing(hub):
    await hub.the(Role.ADMIN)
    await hub.the(Role.ORGANIZER)
    before = await people(hub)
    report = await invited(hub, TABLE, query="?dryRun=true")
    assert [row["outcome"] for row in report["rows"]] == ["invited", "invited"]
    assert [row["invitationToken"] for row in report["rows"]] == [None, None]
    assert await people(hub) == before


async def test_each_row_stands_by_itself(hub):
    await hub.person(Role.REVIEWER, email="rita@example.org")
    await hub.person(Role.PRESENTER, email="paul@example.org")
    rows = [
        "email;role;displayName", "ada@example.org;presenter;Ada", "not an address;user;Ben", "eve@example.org;admin;",
        "ADA@example.org;user;Again", "", "Rita@example.org;presenter;Rita", "paul@example.org;presenter;Paul",
    ]  # fmt: skip
    report = await invited(hub, "\n".join(rows))
    assert [row["outcome"] for row in report["rows"]] == [
        "invited", "invalid", "invalid", "duplicate", "role_added", "member",
    ]  # fmt: skip
    assert "email" in report["rows"][1]["detail"]
    assert "role" in report["rows"][2]["detail"]
    assert report["rows"][3]["detail"] == "The same e-mail as in row 1."
    there = await people(hub)
    assert there["rita@example.org"] == ["presenter", "reviewer", "user"]
    assert "eve@example.org" not in there


async def test_where_mail_is_sent_each_gets_their_invitation_and_the_report_shows_none(tmp_path):
    async with a_hub(tmp_path, smtp_host="mail.example", mail_from="hub@example.org") as hub:
        mail = HeldMail()
        hub.app.platform._open["mail"] = mail
        report = await invited(hub, TABLE)
        assert [row["invitationToken"] for row in report["rows"]] == [None, None]
        await hub.settle()
        assert sorted(to for to, _, _ in mail.sent) == ["ada@example.org", "ben@example.org"]
        token = next(line for line in mail.sent[0][2].splitlines() if len(line) > 60 and " " not in line)
        nobody = Person(hub.app.client, (await hub.the(Role.USER)).user, {})
        await nobody.post("/auth/invitation", {"token": token, "password": PASSWORD}, status=200)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name\nAda\n",
        "email,password\nada@example.org,x\n",
        "email,email\na@b.example,a@b.example\n",
        "email\n" + "".join(f"a{number}@example.org\n" for number in range(1001)),
    ],
    ids=["empty", "no e-mail", "unknown column", "a column twice", "1001 rows"],
)
async def test_a_table_that_cannot_be_meant_is_refused_whole(hub, text):
    assert (await invited(hub, text, status=422))["code"] == "invitations.table"
    assert "ada@example.org" not in await people(hub)


async def test_a_thousand_rows_are_taken(hub):
    report = await invited(hub, "email\n" + "".join(f"a{number}@example.org\n" for number in range(1000)))
    assert report["invited"] == 1000


async def test_only_those_who_invite_may(hub):
    await invited(hub, TABLE, status=403, role=Role.PRESENTER)
