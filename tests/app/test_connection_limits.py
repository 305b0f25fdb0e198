"""Slow or silent clients lose their connection, and no other client is affected."""

from __future__ import annotations

import resource

import pytest

from blobhls.app.http.limits import ConnectionLimits, raise_descriptor_limit, with_room
from tests.app.bounded_server import GET, MB, PUT, Server, assert_refused, served

# Silence


@served(head=20)
async def test_a_connection_without_a_request_is_closed(server: Server) -> None:
    silent = await server.client()
    server.wait(20)
    assert not silent.known.transport.is_closing()
    server.wait(1)
    assert await silent.rest() == b""


@served(head=20)
async def test_half_a_head_is_answered_in_the_end(server: Server) -> None:
    half = await server.client(b"GET /a HTTP/1.1\r\nHo")
    await server.until(lambda: getattr(half.known, "url", b"") == b"/a")
    server.wait(21)
    (answer,) = await half.answers()
    assert_refused(answer, 408)


@served(head=20)
async def test_a_head_that_trickles_in_gets_no_more_time(server: Server) -> None:
    slow = await server.client()
    for url in (b"/", b"/a", b"/ab"):
        await slow.send(b"GET /" if url == b"/" else url[-1:])
        await server.until(lambda url=url: getattr(slow.known, "url", b"") == url)  # type: ignore[misc]
        server.wait(7)
    (answer,) = await slow.answers()
    assert_refused(answer, 408)


@served(head=20, keep_alive=75)
async def test_an_idle_connection_is_kept_for_a_while(server: Server) -> None:
    client = await server.client(GET % b"1")
    assert (await client.some()).endswith(b"/1 0")
    server.wait(74)
    await client.send(GET % b"2")
    assert (await client.some()).endswith(b"/2 0")
    server.wait(76)
    assert await client.rest() == b""


@served(head=20)
async def test_empty_lines_before_a_request_are_passed_over(server: Server) -> None:
    client = await server.client(b"\r\n")
    await client.send(b"\r\n" * 10_000 + GET % b"a")
    assert (await client.some()).endswith(b"/a 0")
    only = await server.client(b"\r\n" * 10)
    server.wait(21)
    assert await only.rest() == b""


@served(head=20, keep_alive=75)
async def test_empty_lines_do_not_keep_a_connection(server: Server) -> None:
    client = await server.client(GET % b"1")
    await client.some()
    server.wait(74)
    await client.send(b"\r\n")
    server.wait(2)
    assert await client.rest() == b""


@served(head=20, keep_alive=75)
async def test_a_next_request_has_as_much_time_as_the_first(server: Server) -> None:
    client = await server.client(GET % b"1")
    await client.some()
    server.wait(70)
    await client.send(b"GET /2 HTTP/1.1\r\n")
    await server.until(lambda: client.known.url == b"/2")
    server.wait(19)
    assert not client.known.transport.is_closing()
    server.wait(2)
    (answer,) = await client.answers()
    assert_refused(answer, 408)


@served(head=20, keep_alive=75)
async def test_a_client_that_waits_for_a_response_is_never_disconnected(server: Server) -> None:
    client = await server.client(GET % b"gate" + b"GET /ne")
    await server.until(lambda: server.app.asked == ["/gate"])
    server.wait(1000)
    server.app.gate.set()
    assert (await client.some()).endswith(b"/gate 0")
    server.wait(1)
    assert not client.known.transport.is_closing()


# Parting


@served()
async def test_a_client_that_is_refused_can_send_all_and_then_read(server: Server) -> None:
    client = await server.client(PUT % (b"refuse", 8 * MB))
    await server.until(client.known.transport.is_closing)
    await client.send(bytes(8 * MB))
    (answer,) = await client.answers()
    assert answer.status == 403
    assert answer.headers[b"connection"] == b"close"


@served(linger=5)
async def test_a_refused_client_that_stays_is_left(server: Server) -> None:
    client = await server.client(PUT % (b"refuse", 8 * MB) + b"some")
    (answer,) = await client.answers()
    assert answer.status == 403
    await server.until(lambda: not client.known.transport.pending())  # acknowledged, with the end
    server.wait(4)
    assert server.state.connections
    server.wait(2)
    await server.until(lambda: not server.state.connections)


@served(thrown_away=MB)
async def test_a_refused_client_that_sends_for_ever_is_left(server: Server) -> None:
    client = await server.client(PUT % (b"refuse", 10**12))
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        await client.send(bytes(100 * MB))
    await server.until(lambda: not server.state.connections)


@served()
async def test_a_refused_client_that_closes_is_forgotten(server: Server) -> None:
    client = await server.client(PUT % (b"refuse", 8 * MB) + b"some")
    await client.answers()
    client.line.close()
    await server.until(lambda: not server.state.connections)


@served()
async def test_a_body_that_was_read_leaves_the_connection_open(server: Server) -> None:
    client = await server.client(PUT % (b"a", 3) + b"abc")
    assert b"connection: close" not in await client.some()
    await client.send(PUT % (b"refuse", 3) + b"abc")  # refused, but came whole
    assert b"connection: close" not in await client.some()
    await client.send(GET % b"b")
    assert (await client.some()).endswith(b"/b 0")


# Readers


@served(stalled=60)
async def test_a_reader_that_reads_nothing_is_disconnected(server: Server) -> None:
    client = await server.client(GET % b"endless", receive_buffer=4096)
    await server.until(lambda: client.known.flow.write_paused)
    assert client.known.transport.pending() < 16 * MB
    server.wait(59)
    assert server.app.left == 0
    server.wait(2)
    await server.until(lambda: server.app.left == 1 and not server.state.connections)


@served(stalled=60)
async def test_a_reader_that_had_no_time_to_take_anything_is_kept(server: Server) -> None:
    server.now = 3600  # a clock that has been running for longer than the connection
    server.app.replied = server.sweep  # what was written has not left yet
    client = await server.client(GET % b"a")
    assert (await client.some()).endswith(b"/a 0")


@served(stalled=60)
async def test_a_slow_reader_stays_connected(server: Server) -> None:
    client = await server.client(GET % b"endless", receive_buffer=4096)
    await server.until(lambda: client.known.flow.write_paused)
    for _ in range(5):
        server.wait(50)
        taken = client.known.transport.taken()
        while client.known.transport.taken() == taken:
            assert await client.some(4096)
    assert server.app.left == 0


@served()
async def test_what_waits_for_a_reader_is_bounded(server: Server) -> None:
    client = await server.client(GET % b"endless", receive_buffer=4096)
    await server.until(lambda: client.known.flow.write_paused)
    transport = client.known.transport
    unread = transport.pending() - transport._unacknowledged()
    assert 0 < unread < 256 * 1024


# Too many


@served(connections=3, turned_away=1)
async def test_connections_beyond_the_limit_get_503(server: Server) -> None:
    clients = [await server.client() for _ in range(3)]
    beyond = await server.client(GET % b"beyond")
    (answer,) = await beyond.answers()
    assert_refused(answer, 503)
    assert int(answer.headers[b"retry-after"]) > 0
    await clients[0].send(GET % b"a")
    assert (await clients[0].some()).endswith(b"/a 0")
    assert server.app.asked == ["/a"]
    last = await server.client()
    assert await last.rest() == b""
    for line in (beyond, last, clients[1]):
        line.line.close()
    await server.until(lambda: len(server.state.connections) == 2)
    again = await server.client(GET % b"b")
    assert (await again.some()).endswith(b"/b 0")


def test_connections_leave_descriptors_for_files() -> None:
    assert with_room(1024, ConnectionLimits()).connections * 2 < 1024 - 200
    assert with_room(1_000_000, ConnectionLimits()).connections == ConnectionLimits().connections
    assert with_room(10, ConnectionLimits()).connections > 0


def test_the_limit_of_descriptors_is_raised_to_the_hard_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1] // 2, before[1]))
        assert raise_descriptor_limit() == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@served()
async def test_a_server_that_ends_waits_for_no_silent_client(server: Server) -> None:
    await server.client()
    await server.client(b"GET /")
    refused = await server.client(PUT % (b"refuse", 8 * MB))
    await server.until(lambda: refused.known.transport.lingering)
    for connection in server.connections():
        connection.shutdown()
    await server.until(lambda: not server.state.connections)
