"""Clients that keep the server waiting, by raw sockets."""

import asyncio

import pytest

from local.host.patience import Patient
from tests.local.host.conftest import V2
from tests.local.host.test_http import limits

SOURCE = (
    V2
    + """
@app.route(route="size", methods=["POST"])
async def size(req: Request) -> Response:
    seen.append("began")
    return Response(str(len(await req.body())))
"""
)
HEADERS = b"POST /api/size HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture
async def connect(start, monkeypatch):
    monkeypatch.setattr(Patient, "seconds", 0.2)
    monkeypatch.setattr(Patient, "grace", 0.2)
    monkeypatch.setattr(Patient, "rate", 10.0)
    app = await start(SOURCE, host_json=limits(maxOutstandingRequests=2))
    host, _, port = app.host.url.removeprefix("http://").partition(":")
    writers = []

    async def connect():
        reader, writer = await asyncio.open_connection(host, int(port))
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()


async def told(reader):
    async with asyncio.timeout(20):
        return await reader.read()


@pytest.mark.parametrize("sent", [b"", b"POST /api/size HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_connection_whose_headers_do_not_come_is_closed_with_a_408(sent, connect):
    reader, writer = await connect()
    writer.write(sent)
    assert (await told(reader)).startswith(b"HTTP/1.1 408 ")


async def test_headers_that_come_byte_by_byte_do_not_keep_a_connection(connect):
    reader, writer = await connect()
    writer.write(b"POST /api/size HTTP/1.1\r\nX-Slow: ")
    async with asyncio.timeout(20):
        while not (answer := await _heard(reader)):
            writer.write(b"a")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def _heard(reader):
    try:
        async with asyncio.timeout(0.05):
            return await reader.read(100)
    except TimeoutError:
        return b""


async def test_a_body_that_stops_ends_its_connection(connect):
    reader, writer = await connect()
    writer.write(HEADERS + b"ab")
    assert await told(reader) == b""


async def test_a_body_that_drips_does_not_keep_its_connection(connect):
    reader, writer = await connect()
    writer.write(HEADERS.replace(b"4", b"1000"))
    async with asyncio.timeout(20):
        while not reader.at_eof():
            writer.write(b"a")
            assert await _heard(reader) == b""
            await asyncio.sleep(0.1)


async def test_half_bodies_take_nobodys_place(connect, monkeypatch):
    monkeypatch.setattr(Patient, "grace", 60.0)
    for _ in range(4):
        _, writer = await connect()
        writer.write(HEADERS + b"ab")
        await writer.drain()
    reader, writer = await connect()
    writer.write(HEADERS + b"abcd")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_body_may_come_slowly_and_the_next_request_too(connect):
    reader, writer = await connect()
    for _ in range(2):
        writer.write(HEADERS)
        for byte in b"abcd":
            await _heard(reader)
            writer.write(bytes([byte]))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(1) == b"4"
