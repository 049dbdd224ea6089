"""Upload files to a project, with a bar for each until its knowledge is extracted."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from local import app
from local.client import Client, Refused

AT_ONCE = 4


def bars(console: Console) -> Progress:
    """Progress bars in the look of this command line."""
    return Progress(
        TextColumn("{task.fields[name]}", style="bold"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TextColumn("{task.fields[stage]}", style="cyan"),
        TimeElapsedColumn(),
        console=console,
    )


def follow(client: Client, project_id: str, path: Path, progress: Progress, task: TaskID) -> dict[str, Any]:
    """Upload one file and wait for the end of its job."""

    def show(stage: str, percent: int) -> None:
        progress.update(task, completed=percent, stage=stage)

    job_id = client.upload(project_id, path, show)
    job = client.wait(job_id, show)
    if job["status"] == "succeeded":
        show("done", 100)
    else:
        show(f"[red]{job['status']}: {(job['error'] or {}).get('code', '')}", job["percent"])
    return job


def ingest_files(options: argparse.Namespace) -> None:
    """Ends with 1 when some file gave nothing."""
    console = Console()
    missing = [str(path) for path in options.files if not path.is_file()]
    if missing:
        sys.exit(f"There is no file {', '.join(missing)}.")
    client = signed_in(options)
    with bars(console) as progress, ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = [progress.add_task("", total=100, name=path.name[:40], stage="waiting") for path in options.files]
        ends = list(pool.map(partial(_one, client, options.project, progress), options.files, tasks))
    for path, end in zip(options.files, ends, strict=True):
        console.print(f"{path.name}: {end}", highlight=False)
    if not all(end.startswith("art_") for end in ends):
        sys.exit(1)


def signed_in(options: argparse.Namespace) -> Client:
    """Whom the options name, at the hub that they name."""
    try:
        return Client(options.url, *_who(options))
    except (Refused, httpx.HTTPError, httpx.InvalidURL) as error:
        sys.exit(f"Cannot sign in at {options.url}: {error}. Is it running (make up)?")


def _one(client: Client, project_id: str, progress: Progress, path: Path, task: TaskID) -> str:
    try:
        job = follow(client, project_id, path, progress, task)
    except (Refused, httpx.HTTPError, OSError) as error:
        progress.update(task, stage="[red]refused")
        return str(error)
    if job["artifactId"]:
        return str(job["artifactId"])
    return str((job["error"] or {}).get("detail") or "; ".join(job["warnings"]) or job["status"])


def _who(options: argparse.Namespace) -> tuple[str, str]:
    if options.email:
        return options.email, options.password or os.environ.get("EVENTHUB_PASSWORD", "")
    return app.administrator(options.data)
