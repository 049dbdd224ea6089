"""Inviting many at once, by a table: each row is carried out or refused by itself, and the report says which."""

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, ValidationError

from shared.access import Role
from shared.clock import derived_id
from shared.domains.accounts import directory, making, queries
from shared.domains.accounts.model import Email, EmailTaken, NewUser, User
from shared.domains.joining.model import JoinRole, Name
from shared.domains.joining.queries import Inviting
from shared.errors import Unprocessable
from shared.platform.opened import Platform
from shared.platform.shapes import Input, View
from shared.platform.store import Store, Write

MOST_ROWS = 1000
AT_ONCE = 8
COLUMNS = {"email": "email", "displayname": "displayName", "role": "role"}
"""By their names in lower case."""
Outcome = Literal["invited", "member", "role_added", "duplicate", "invalid"]


class BadInvitations(Unprocessable):
    """The table has no column `email`, columns that are none of those known, or more than 1,000 rows."""

    code = "invitations.table"
    title = "The table cannot be read"


class Invited(Input):
    """Somebody to invite."""

    email: Email
    display_name: Name
    role: JoinRole = "user"


class InvitationRow(View):
    """What became of a row of the table, counted from 1 under the header."""

    row: int
    email: str
    outcome: Outcome
    detail: str = ""
    invitation_token: str | None = Field(default=None, description="Shown where no mail is sent.")


class InvitationReport(View):
    """What became of each row; of a dry run, what would."""

    dry_run: bool
    invited: int
    refused: int
    rows: tuple[InvitationRow, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that can be meant, by their numbers, and those that cannot."""

    meant: dict[int, Invited]
    refused: dict[int, InvitationRow]


async def invite(platform: Platform, store: Store, event: Inviting, text: str, *, dry_run: bool) -> InvitationReport:
    """Make accounts with invitations, and give presenters their role; raises BadInvitations."""
    table = read(text)
    room = asyncio.Semaphore(AT_ONCE)

    async def done(number: int, person: Invited) -> InvitationRow:
        async with room:
            return await _invited(platform, store, event, number, person, dry_run=dry_run)

    carried_out = await asyncio.gather(*(done(number, person) for number, person in table.meant.items()))
    rows = sorted((*carried_out, *table.refused.values()), key=lambda each: each.row)
    invited = sum(each.outcome == "invited" for each in rows)
    return InvitationReport(dry_run=dry_run, invited=invited, refused=len(table.refused), rows=tuple(rows))


def read(text: str) -> Table:
    """The table's rows, each checked; raises BadInvitations."""
    table = Table({}, {})
    seen: dict[str, int] = {}
    for number, given in enumerate(_rows(text), start=1):
        email = given.get("email", "")
        try:
            person = Invited.model_validate(
                {**given, "displayName": given.get("displayName") or email.partition("@")[0]}
            )
        except ValidationError as error:
            faults = [f"{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
            table.refused[number] = _row(number, email, "invalid", "; ".join(faults))
            continue
        first = seen.setdefault(queries.normal_email(person.email), number)
        if first != number:
            table.refused[number] = _row(number, email, "duplicate", f"The same e-mail as in row {first}.")
        else:
            table.meant[number] = person
    return table


def _rows(text: str) -> Iterator[dict[str, str]]:
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        unknown = [name for name in names if name not in COLUMNS]
        if "email" not in names or unknown or len(set(names)) != len(names):
            raise BadInvitations("Begin with a header of email, displayName and role, of which email has to be there.")
        filled = [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadInvitations(f"It is no table of comma-separated values: {error}.") from None
    if len(filled) > MOST_ROWS:
        raise BadInvitations(f"{len(filled)} rows; send at most {MOST_ROWS} at once.")
    for row in filled:
        yield {COLUMNS[name]: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}


async def _invited(
    platform: Platform, store: Store, event: Inviting, number: int, person: Invited, *, dry_run: bool
) -> InvitationRow:
    user_id = derived_id("usr", event.thing.id, queries.email_key(person.email))
    member = await _member(platform, store, person)
    if member is not None and member.id != user_id:
        return await _given_role(store, member, number, person, dry_run=dry_run)
    if dry_run:
        return _row(number, person.email, "invited" if member is None else "member")
    new = NewUser(email=person.email, display_name=person.display_name, roles=frozenset({Role(person.role)}))
    try:
        user, token = await making.make_user(platform, store, new, user_id)
    except EmailTaken:
        return _row(number, person.email, "member", "The account was made at the same moment.")
    if token is None:
        return _row(number, person.email, "member")
    if member is None:
        told = {"eventId": event.thing.id, "role": person.role}
        await store.commit(Write(user.id).change("PersonInvited", user.subject, told))
    return _row(number, person.email, "invited", token=None if platform.settings.smtp_host else token)


async def _member(platform: Platform, store: Store, person: Invited) -> User | None:
    places = await directory.places(await platform.stores(), person.email)
    user = next((place.user for place in places if place.tenant == store.tenant), None)
    return await store.get(User, user) if user else None


async def _given_role(store: Store, member: User, number: int, person: Invited, *, dry_run: bool) -> InvitationRow:
    if await queries.has_role(store, member.id, person.role):
        return _row(number, person.email, "member")
    if not dry_run:
        await making.give_role(store, member.id, Role(person.role))
    return _row(number, person.email, "role_added", f"The account is {person.role} now." if not dry_run else "")


def _row(number: int, email: str, outcome: Outcome, detail: str = "", *, token: str | None = None) -> InvitationRow:
    return InvitationRow(row=number, email=email, outcome=outcome, detail=detail, invitation_token=token)
