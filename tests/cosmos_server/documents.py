"""Documents over SQLite: keyed by container, hash and id; every transaction has one logical sequence number."""

import sqlite3
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson

from tests.cosmos_server.containers import Container
from tests.cosmos_server.refusals import Refused, bad

MAX_ITEM = 2 * 1024 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    container TEXT, hash TEXT, id TEXT, number INTEGER, body TEXT, etag TEXT, stamp INTEGER, lsn INTEGER, place INTEGER,
    PRIMARY KEY (container, hash, id)
);
CREATE INDEX IF NOT EXISTS feed ON documents (container, lsn, place);
"""
_ALIVE = "coalesce(stamp + json_extract(body, '$.ttl') > ?, 1)"
_WITHIN = f"container = ? AND hash >= ? AND hash < ? AND {_ALIVE}"
_COLUMNS = "id, number, body, etag, stamp"

Document = dict[str, Any]


class Documents:
    """All documents of the account."""

    def __init__(self, path: str = ":memory:") -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.executescript(_SCHEMA)
        self._number, self.lsn = self.db.execute(
            "SELECT coalesce(max(number), 0), coalesce(max(lsn), 0) FROM documents"
        ).fetchone()
        self._place = 0

    def begin(self) -> None:
        self.db.execute("BEGIN")
        self.lsn += 1
        self._place = 0

    def end(self, *, commit: bool) -> None:
        self.db.execute("COMMIT" if commit else "ROLLBACK")

    def get(self, container: Container, key_hash: str, document_id: str) -> Document | None:
        sql = f"SELECT {_COLUMNS} FROM documents WHERE container = ? AND hash = ? AND id = ? AND {_ALIVE}"
        row = self.db.execute(sql, (container.rid, key_hash, document_id, time.time())).fetchone()
        return self._whole(container, row) if row else None

    def put(self, container: Container, key: list[Any], document: Document) -> Document:
        """Write over whatever is there; the document with its system fields."""
        self._check(container, key, document)
        body = orjson.dumps({name: value for name, value in document.items() if name not in _SYSTEM})
        if len(body) > MAX_ITEM:
            raise Refused(413, "Request size is too large")
        self._number, self._place = self._number + 1, self._place + 1
        row = (document["id"], self._number, body.decode(), f'"{uuid4()}"', int(time.time()))
        self.db.execute(
            f"INSERT OR REPLACE INTO documents (container, hash, lsn, place, {_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (container.rid, container.hash(key), self.lsn, self._place, *row),
        )
        return self._whole(container, row)

    def delete(self, container: Container, key_hash: str, document_id: str) -> None:
        self.db.execute(
            "DELETE FROM documents WHERE container = ? AND hash = ? AND id = ?", (container.rid, key_hash, document_id)
        )

    def between(self, container: Container, low: str, high: str) -> Iterator[Document]:
        """All documents whose hash is in [low, high)."""
        sql = f"SELECT {_COLUMNS} FROM documents WHERE {_WITHIN} ORDER BY number"
        for row in self.db.execute(sql, (container.rid, low, high, time.time())):
            yield self._whole(container, row)

    def feed(self, container: Container, low: str, high: str, after: int, most: int) -> tuple[list[Document], int]:
        """What was written last behind a number, whole transactions, and the number reached."""
        sql = f"SELECT lsn, {_COLUMNS} FROM documents WHERE {_WITHIN} AND lsn > ? ORDER BY lsn, place"
        found: list[Document] = []
        for lsn, *row in self.db.execute(sql, (container.rid, low, high, time.time(), after)):
            if len(found) >= most and lsn != after:
                break
            after = lsn
            found.append({**self._whole(container, row), "_lsn": lsn})
        return found, after

    def _check(self, container: Container, key: list[Any], document: Document) -> None:
        document_id = document.get("id")
        if not isinstance(document_id, str) or not document_id or set(document_id) & set("/\\?#"):
            raise bad(f"The id {document_id!r} is invalid")
        if len(document_id.encode()) > 1023:
            raise bad("The id is too long")
        if [document.get(path) for path in container.paths] != key:
            raise bad("PartitionKey extracted from document doesn't match the one specified in the header")
        if not isinstance(document.get("ttl", 1), int) or document.get("ttl", 1) < 1:
            raise bad("The ttl is invalid")

    def _whole(self, container: Container, row: Any) -> Document:
        _, number, body, etag, stamp = row
        rid = f"{container.rid}{number:08d}"
        system = {"_rid": rid, "_self": f"docs/{rid}", "_etag": etag, "_attachments": "attachments/", "_ts": stamp}
        return {**orjson.loads(body), **system}


_SYSTEM = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"})
