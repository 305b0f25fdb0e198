"""Invalid or excessive requests get an error response like any other."""

from __future__ import annotations

import pytest

from tests.app.bounded_server import CHUNKED, GET, MB, PUT, Server, assert_refused, served

FIRST = b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"CONNECT example:443 HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET /%00 HTTP/1.1\r\n\r\n", 400),
        (b"GET http://test HTTP/1.1\r\n\r\n", 400),
        (FIRST + b"no colon\r\n\r\n", 400),
        (FIRST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (FIRST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (CHUNKED % b"a" + b"not hex\r\n", 400),
        (CHUNKED % b"a" + b"1;" + b"x" * MB, 431),
        (CHUNKED % b"a" + b"0\r\nTrailer: " + b"x" * MB, 431),
        (CHUNKED % b"a" + b"0\r\n" + b"a: b\r\n" * 201, 431),
        (FIRST + b"a: b\r\n" * 201 + b"\r\n", 431),
        (FIRST + b"a: b\r\n" * 100_000, 431),
        (FIRST + b"a: " + b"x" * 100_000 + b"\r\n\r\n", 431),
        (FIRST + b"a: " + b"x" * MB, 431),
        (FIRST + b"x" * MB, 431),
        (GET % (b"x" * 20_000), 414),
        (b"GET /" + b"x" * MB, 414),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
@served()
async def test_what_is_no_request_is_answered_as_every_error(
    server: Server, data: bytes, status: int
) -> None:
    client = await server.client(data)
    (answer,) = await client.answers()
    assert_refused(answer, status)


@served()
async def test_heads_within_the_limits_are_accepted(server: Server) -> None:
    head = b"GET /%s HTTP/1.1\r\n" % (b"x" * 16_000) + b"a: %s\r\n" % (b"x" * 200) * 200
    client = await server.client(head + b"\r\n")
    assert (await client.some()).startswith(b"HTTP/1.1 200 ")


@served()
async def test_a_body_of_tiny_chunks_is_no_flood(server: Server) -> None:
    client = await server.client(CHUNKED % b"a")
    for _ in range(5):
        await client.send(b"1;extension=1\r\nx\r\n" * 5_000)
    await client.send(b"0\r\n\r\n")
    assert (await client.some()).endswith(b"/a 25000")


@served()
async def test_nonsense_after_a_request_waits_for_its_answer(server: Server) -> None:
    client = await server.client(GET % b"gate" + b"NONSENSE\r\n\r\n" * 10_000)
    await server.until(lambda: server.app.asked == ["/gate"])
    server.app.gate.set()
    good, bad = await client.answers()
    assert good.body == b"/gate 0"
    assert_refused(bad, 400)


@served()
async def test_the_application_learns_that_a_body_is_broken(server: Server) -> None:
    client = await server.client(CHUNKED % b"a" + b"1\r\nx\r\n")
    await server.until(lambda: server.app.asked == ["/a"])
    await client.send(b"nonsense\r\n")
    (answer,) = await client.answers()
    assert_refused(answer, 400)
    await server.until(lambda: server.app.left == 1)


@served()
async def test_requests_in_advance_are_answered_in_order_and_not_heaped_up(server: Server) -> None:
    count = 5_000
    data = (GET % b"gate") + b"".join(GET % str(n).encode() for n in range(count))
    client = await server.client(data + PUT % (b"end", 100_000) + bytes(100_000))
    await server.until(lambda: bool(client.known.pipeline))
    assert len(client.known.pipeline) < 1_000
    server.app.gate.set()
    found = b""
    while b"/end 100000" not in found:
        found += await client.some()
    assert found.count(b"HTTP/1.1 200 ") == count + 2
    assert server.app.asked == ["/gate", *(f"/{n}" for n in range(count)), "/end"]


@served()
async def test_a_wish_for_another_protocol_is_answered_in_this_one(server: Server) -> None:
    wish = b"GET /%s HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    client = await server.client(wish % b"a")
    assert (await client.some()).endswith(b"/a 0")
    await client.send(GET % b"b")
    assert (await client.some()).endswith(b"/b 0")


@served()
async def test_a_client_may_wait_for_100_continue(server: Server) -> None:
    head = b"PUT /%s HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    client = await server.client(head % b"a")
    assert await client.some() == b"HTTP/1.1 100 Continue\r\n\r\n"
    await client.send(b"abc")
    assert (await client.some()).endswith(b"/a 3")
    await client.send(head % b"refuse")
    (answer,) = await client.answers()
    assert answer.status == 403
