"""What a fresh hub is filled with, so that there is something to try: accounts of every role, and a live event."""

import json
import secrets
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from local import app
from local.client import Client, Refused
from local.host.files import write_private

PEOPLE = {
    "organizer": ("Olga Organizer", ["organizer"]),
    "presenter": ("Paul Presenter", ["presenter"]),
    "reviewer": ("Rita Reviewer", ["reviewer"]),
    "attendee": ("Ada Attendee", ["user"]),
}


def people(url: str, data: Path) -> dict[str, tuple[str, str]]:
    """E-mail and password of an account for each role, made when they are not there; kept beside the secrets."""
    path = data / "people.json"
    if path.exists():
        return {role: (email, password) for role, (email, password) in json.loads(path.read_text()).items()}
    admin = Client(url, *app.administrator(data))
    made = {}
    for role, (name, roles) in PEOPLE.items():
        email, password = f"{role}@example.org", secrets.token_urlsafe(9)
        account = {"email": email, "displayName": name, "password": password, "roles": roles}
        admin.post("/v1/admin/users", account)
        made[role] = (email, password)
    admin.close()
    write_private(path, json.dumps(made))
    return made


def live_event(organizer: Client) -> dict[str, Any]:
    """An event of next month, published."""
    start = datetime.now(UTC).date() + timedelta(days=30)
    event: dict[str, Any] = organizer.post(
        "/v1/events",
        {
            "displayName": "Open Research Days",
            "description": "Two days of papers, talks and code, read by people and by the hub.",
            "startDate": start.isoformat(),
            "endDate": (start + timedelta(days=1)).isoformat(),
            "location": "Ghent",
            "timeZone": "Europe/Brussels",
            "tags": ["open research"],
        },
    )
    published: dict[str, Any] = organizer.post(f"/v1/events/{event['id']}/publish")
    return published


def project(presenter: Client, event_id: str, title: str) -> dict[str, Any]:
    made: dict[str, Any] = presenter.post(f"/v1/events/{event_id}/projects", {"title": title})
    return made


def seed_beside(url: str, data: Path) -> None:
    """Seed the hub that this process serves, from a thread of its own, and print where to go and as whom."""
    threading.Thread(target=_seed, args=(url, data), daemon=True).start()


def _seed(url: str, data: Path) -> None:
    console = Console()
    try:
        accounts = {"admin": app.administrator(data), **people(url, data)}
        organizer = Client(url, *accounts["organizer"])
        events = organizer.get("/v1/events")["value"]
        event = events[0] if events else live_event(organizer)
        presenter = Client(url, *accounts["presenter"])
        projects = presenter.get(f"/v1/events/{event['id']}/projects")["value"]
        mine = projects[0] if projects else project(presenter, event["id"], "My first project")
    except Refused as refused:
        console.print(f"[red]The hub was not seeded: {refused}")
        return
    organizer.close()
    presenter.close()
    _tell(console, url, accounts, event, mine)


def _tell(
    console: Console, url: str, accounts: dict[str, tuple[str, str]], event: dict[str, Any], mine: dict[str, Any]
) -> None:
    table = Table(title="Accounts", title_justify="left", show_header=True)
    for column in ("role", "e-mail", "password"):
        table.add_column(column)
    for role, (email, password) in accounts.items():
        table.add_row(role, email, password)
    console.print(table)
    console.print(f"API        {url}/docs   ({url}/openapi.json)", highlight=False)
    console.print(f"Event      {event['displayName']}  {event['id']}", highlight=False)
    console.print(f"Project    {mine['title']}  {mine['id']}", highlight=False)
    console.print(
        f"Try        .venv/bin/python -m local ingest paper.pdf --project {mine['id']} --url {url}", highlight=False
    )
    console.print("Stop with Ctrl-C; everything stays in the data folder.", highlight=False)
