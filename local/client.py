"""The hub's API as the command line uses it: one signed-in person, real HTTP, uploads with progress."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

ENDED = frozenset({"succeeded", "failed", "cancelled"})
_PIECE = 256 * 1024
Progress = Callable[[str, int], None]
"""Told what is being done, and how much of it is, in percent."""


class Refused(Exception):
    """The hub said no; the words are its own."""


class Client:
    """Somebody who is signed in at a hub."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        token = self.post("/auth/token", {"email": email, "password": password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **parameters: Any) -> Any:
        return self._answer(self._http.get(path, params=parameters))

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(self._http.post(path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        return self._answer(self._http.patch(path, json=body))

    def picture(self, path: str) -> bytes:
        return self._checked(self._http.get(path)).content

    def upload(self, project_id: str, path: Path, progress: Progress) -> str:
        """Put a file where the hub says, and return the id of the job that reads it."""
        size = path.stat().st_size
        wanted = {"fileName": path.name, "contentType": "application/octet-stream", "size": size}
        address = self.post(f"/v1/projects/{project_id}/uploads", wanted)
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Length": str(size)}
        put = httpx.put(address["uploadUrl"], content=_pieces(path, size, progress), headers=headers, timeout=600)
        self._checked(put)
        return str(address["jobId"])

    def wait(self, job_id: str, progress: Progress) -> dict[str, Any]:
        """The job once it has ended, however it did."""
        while True:
            job: dict[str, Any] = self.get(f"/v1/jobs/{job_id}")
            progress(job["stage"], job["percent"])
            if job["status"] in ENDED:
                return job
            time.sleep(0.1)

    def close(self) -> None:
        self._http.close()

    def _answer(self, response: httpx.Response) -> Any:
        checked = self._checked(response)
        return checked.json() if checked.content else None

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        try:
            problem = response.json()
            raise Refused(f"{problem['title']}: {problem['detail']} ({problem['code']})")
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{response.status_code} from {response.request.url.path}: {response.text[:300]}") from None


def _pieces(path: Path, size: int, progress: Progress) -> Iterator[bytes]:
    sent = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
            sent += len(piece)
            progress("uploading", 100 * sent // size)
