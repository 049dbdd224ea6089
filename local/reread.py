"""Let a better reader read a project's sources again, where their artifacts are still drafts."""

import argparse
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from local.client import Client, Refused
from local.ingest import signed_in

_PAGE = 100


def reread(options: argparse.Namespace) -> None:
    """Say of each artifact what came of it, or why it stays as it is."""
    console, client = Console(), signed_in(options)
    for artifact in _artifacts(client, options.project):
        console.print(f"{artifact['fileName']}: {_one(client, artifact['id'])}", highlight=False)


def _artifacts(client: Client, project_id: str) -> Iterator[dict[str, Any]]:
    skip, found = 0, True
    while found:
        found = client.get(f"/v1/projects/{project_id}/knowledge", **{"$top": _PAGE, "$skip": skip})["value"]
        skip += _PAGE
        yield from found


def _one(client: Client, artifact_id: str) -> str:
    try:
        job = client.wait(client.post(f"/v1/knowledge/{artifact_id}/reread")["jobId"], lambda *_: None)
    except Refused as refusal:
        return str(refusal)
    return "read again" if job["status"] == "succeeded" else str((job["error"] or {}).get("detail") or job["status"])
