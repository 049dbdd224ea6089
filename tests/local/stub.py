"""A server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]


class Stub:
    """`answers` by "METHOD /path"; a list is given one by one, its last again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, list[Answer]] = {"POST /auth/token": [(200, {"access_token": "t0ken"})]}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    def answer(self, request: str) -> Answer:
        known = self.answers.get(request, [(404, {"title": "No", "detail": request, "code": "route.not_found"})])
        return known.pop(0) if len(known) > 1 else known[0]


@contextmanager
def a_stub() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = f"{self.command} {self.path.partition('?')[0]}"
            stub.asked.append((request, dict(self.headers), body))
            status, content = stub.answer(request)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 -- the names that the server calls

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
