"""The whole journey on one machine: a paper goes in, reviewed knowledge comes out, every statement with its source."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.panel import Panel
from rich.rule import Rule

from local import seed
from local.client import Client
from local.ingest import bars, follow
from local.show import console, did, marked, plain, show_answer, show_artifact, show_result, show_summary


def play(paper: Path, picture: Path | None = None) -> None:
    """Serve a fresh hub, play organizer, presenter, reviewer and attendee on it, and stop it.

    `picture` is where an SVG of all that was printed goes.
    """
    if not paper.is_file():
        sys.exit(f"There is no file {paper}.")
    console.record = picture is not None
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="eventhub-demo-") as folder, _serving(Path(folder)) as url:
        people = seed.people(url, Path(folder))
        clients = {role: Client(url, *account) for role, account in people.items()}
        _journey(clients, paper)
    console.print(Rule(style="dim"))
    console.print(f"The whole journey took {time.monotonic() - began:.1f} s. Next: [bold]make up[/], then {_DOCS}.")
    if picture is not None:
        svg = console.export_svg(title="make demo")  # without the fonts that it would fetch from a foreign host
        picture.write_text(re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL))


_DOCS = "the API at http://127.0.0.1:7071/docs"


@contextmanager
def _serving(data: Path) -> Iterator[str]:
    """A hub on a free port with fresh data, as a process of its own."""
    began = time.monotonic()
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--data", str(data)]
    log = data / "host.log"
    with log.open("wb") as errors, console.status("Starting the hub"):
        environment = {**os.environ, "LOG_LEVEL": "ERROR"}
        host = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)  # noqa: S603 -- ours
        line = _first_line(host)
    if not line.startswith("ready "):
        host.wait()
        sys.exit(f"The hub did not start:\n{log.read_text()[-3000:]}")
    console.print(f"[green]✓[/] The hub serves at {line[6:]} ({time.monotonic() - began:.1f} s)")
    try:
        yield line[6:]
    finally:
        host.terminate()
        host.wait(60)


def _first_line(host: subprocess.Popen[bytes]) -> str:
    assert host.stdout is not None  # noqa: S101 -- it is a pipe
    for line in host.stdout:
        if line.startswith(b"ready "):
            return line.decode().strip()
    return ""


def _journey(clients: dict[str, Client], paper: Path) -> None:
    event = seed.live_event(clients["organizer"])
    did("Organizer", f"published the event [bold]{event['displayName']}[/]")
    project = seed.project(
        clients["presenter"], event["id"], paper.stem.replace("_", " ").replace("-", " ").capitalize()
    )
    did("Presenter", f"created the project [bold]{project['title']}[/] and uploads {paper.name}")
    artifact = _extract(clients["presenter"], project["id"], paper)
    show_artifact(artifact)
    _describe(clients["presenter"], project["id"], artifact)
    project = _review(clients, project["id"], artifact)
    show_summary(project["publishedSummary"])
    _search(clients["attendee"], artifact)
    _chat(clients["attendee"], project_id=project["id"])


def _extract(presenter: Client, project_id: str, paper: Path) -> dict[str, Any]:
    with bars(console) as progress:
        task = progress.add_task("", total=100, name=paper.name[:40], stage="uploading")
        job = follow(presenter, project_id, paper, progress, task)
    if job["status"] != "succeeded":
        error = job["error"] or {"code": job["status"], "detail": ""}
        sys.exit(f"The paper gave nothing: {error['detail']} ({error['code']})")
    artifact: dict[str, Any] = presenter.get(f"/v1/knowledge/{job['artifactId']}")
    return artifact


def _describe(presenter: Client, project_id: str, artifact: dict[str, Any]) -> None:
    known = {"title": artifact["title"][:300], "abstract": artifact["abstract"], "keywords": artifact["keywords"]}
    presenter.patch(f"/v1/projects/{project_id}", {name: value for name, value in known.items() if value})
    did("Presenter", "took title, abstract and keywords over from the draft")


def _review(clients: dict[str, Client], project_id: str, artifact: dict[str, Any]) -> dict[str, Any]:
    clients["presenter"].post(f"/v1/projects/{project_id}/submit")
    did("Presenter", "submitted the project")
    reviewer, path = clients["reviewer"], f"/v1/knowledge/{artifact['id']}"
    _until(lambda: reviewer.get(path)["status"] == "review")
    statement = next(one for one in artifact["statements"] if one["supported"])
    evidence = reviewer.get(f"{path}/evidence/{statement['evidence'][0]['n']}")
    console.print(
        Panel(marked(evidence), title=f"The reviewer sees evidence {evidence['n']} in its passage", border_style="dim")
    )
    reviewer.post(f"{path}/feedback", {"text": "Stands in the paper, word for word.", "statementId": statement["id"]})
    reviewer.patch(f"{path}/status", {"status": "approved", "comment": "Well supported."})
    did("Reviewer", "gave feedback and approved the artifact; the hub compiles the summary")
    organizer = clients["organizer"]
    _until(lambda: organizer.get(f"/v1/projects/{project_id}")["draftSummary"] is not None)
    organizer.post(f"/v1/projects/{project_id}/approve")
    published: dict[str, Any] = organizer.post(f"/v1/projects/{project_id}/publish")
    did("Organizer", "approved and published the project")
    return published


def _search(attendee: Client, artifact: dict[str, Any]) -> None:
    words = artifact["keywords"][0] if artifact["keywords"] else artifact["title"]
    _until(lambda: attendee.get("/v1/knowledge/search", q=words, limit=1)["results"])
    results = attendee.get("/v1/knowledge/search", q=words, limit=3)["results"]
    console.print(Rule(f"An attendee searches “{plain(words)}”"))
    for result in results:
        show_result(result)


def _chat(attendee: Client, project_id: str) -> None:
    console.print(Rule("The attendee asks in the chat"))
    first = attendee.post("/v1/chat", {"message": "What did they find?", "context": {"projectId": project_id}})
    show_answer("What did they find?", first)
    conversation = {"conversationId": first["conversationId"]}
    show_answer(
        "And its limitations?", attendee.post("/v1/chat", {"message": "And its limitations?", "context": conversation})
    )


def _until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what follows from a change: milliseconds, as a rule."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("The hub did not get there in time.")
        time.sleep(0.05)
