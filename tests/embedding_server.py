"""A small model of meaning, by itself and behind the wire format of Azure OpenAI's embeddings."""

import json
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.misconfigured import EMBEDDING_DIMENSIONS
from shared.platform.search.words import stems

SYNONYMS = {"car": "automobil", "vehicl": "automobil", "cat": "felin", "kitten": "felin"}
KEY = "a key for tests"


def meaning(text: str, dimensions: int = EMBEDDING_DIMENSIONS) -> list[float]:
    """The stems of a text as a vector of length 1; synonyms are one stem."""
    vector = [0.0] * dimensions
    for stem in stems(text):
        place = int.from_bytes(sha256(SYNONYMS.get(stem, stem).encode()).digest()[:4], "big")
        vector[place % dimensions] += 1.0
    length = math.hypot(*vector) or 1.0
    return [each / length for each in vector]


class Meanings:
    """The port on that model; it can be told to fail. `asked` are the calls' texts."""

    dimensions = EMBEDDING_DIMENSIONS

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[list[str]] = []

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.append(list(texts))
        if self.failure:
            raise self.failure
        return [meaning(text) for text in texts]

    async def close(self) -> None: ...


class Served:
    """What the server was asked, and the statuses that it will answer with before it works."""

    def __init__(self) -> None:
        self.url = ""
        self.failures: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.short = False
        """Whether vectors are a number too short."""


@contextmanager
def served() -> Iterator[Served]:
    """Serve on a free port until the end of the block."""
    state = Served()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    state: Served
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.asked.append(body)
        if self.state.failures:
            self._answer(self.state.failures.pop(0), {"error": {"message": "not now"}})
        elif self.headers["api-key"] != KEY:
            self._answer(401, {"error": {"message": "wrong key"}})
        elif not self.path.startswith("/openai/deployments/meaning/embeddings?api-version="):
            self._answer(404, {"error": {"message": "no such deployment"}})
        elif any(not text or len(text) > 8191 for text in body["input"]) or len(body["input"]) > 2048:
            self._answer(400, {"error": {"message": "wrong input"}})
        else:
            self._answer(200, self._made(body))

    def _made(self, body: dict[str, Any]) -> dict[str, Any]:
        length = body["dimensions"] - self.state.short
        data = [
            {"object": "embedding", "index": at, "embedding": meaning(text, length)}
            for at, text in enumerate(body["input"])
        ]
        return {"object": "list", "data": data[::-1], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        answer = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("retry-after-ms", "1")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 -- the base class's name
