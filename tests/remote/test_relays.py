"""Events to and from relays (NIP-01), with a small relay that keeps them in a list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from blobhls.errors import BadRequest, FetchFailed
from blobhls.remote.failures import ServerSilent
from blobhls.remote.relays import RelayLimits, publish, query
from tests.remote.wire import answering, in_loop, serving

EVENT: Final = b'{"id":"%s","kind":10063,"tags":[],"content":"\xc3\xa4 \\u00e4"}' % (b"ab" * 32)
FILTER: Final = {"kinds": [10063], "limit": 1}

Answers = Callable[[ServerConnection, list[Any]], Awaitable[None]]


class SmallRelay:
    """A minimal NIP-01 relay: keeps every event, and finds events by kind."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refuses = ""

    async def __call__(self, socket: ServerConnection, said: list[Any]) -> None:
        match said:
            case ["EVENT", event]:
                if not self.refuses:
                    self.events.append(event)
                await say(socket, "OK", event["id"], not self.refuses, self.refuses)
            case ["REQ", name, *filters]:
                if self.refuses:
                    await say(socket, "CLOSED", name, self.refuses)
                    return
                kinds = {kind for each in filters for kind in each["kinds"]}
                for event in self.events:
                    if event["kind"] in kinds:
                        await say(socket, "EVENT", name, event)
                await say(socket, "EOSE", name)


async def say(socket: ServerConnection, *message: object) -> None:
    await socket.send(msgspec.json.encode(message).decode())


@asynccontextmanager
async def relay(answers: Answers) -> AsyncIterator[str]:
    """Serve as a relay on a free port, and yield its URL."""

    async def talk(socket: ServerConnection) -> None:
        async for frame in socket:
            await answers(socket, msgspec.json.decode(frame))

    async with serve(talk, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@in_loop
async def test_a_published_event_is_found_again() -> None:
    kept = SmallRelay()
    async with relay(kept) as url:
        await publish(url, EVENT)
        assert kept.events == [msgspec.json.decode(EVENT)]
        (found,) = await query(url, [FILTER])
        assert msgspec.json.decode(found) == msgspec.json.decode(EVENT)
        assert await query(url, [{"kinds": [1]}]) == []


@in_loop
async def test_an_event_comes_with_the_bytes_that_were_sent() -> None:
    async def verbatim(socket: ServerConnection, said: list[Any]) -> None:
        await socket.send(f'["EVENT", "{said[1]}", {EVENT.decode()} ]')
        await say(socket, "EOSE", said[1])

    async with relay(verbatim) as url:
        assert await query(url, [FILTER]) == [EVENT]


@in_loop
async def test_a_refusal_is_reported_with_the_relays_text() -> None:
    kept = SmallRelay()
    kept.refuses = "blocked: \x1b[31mnot you"
    async with relay(kept) as url:
        with pytest.raises(FetchFailed, match=r"refuses the event: blocked: \[31mnot you"):
            await publish(url, EVENT)
        with pytest.raises(FetchFailed, match=r"refuses the question: blocked"):
            await query(url, [FILTER])


@in_loop
async def test_unrelated_messages_of_a_relay_are_skipped() -> None:
    async def chatters(socket: ServerConnection, said: list[Any]) -> None:
        for noise in ("[]", "{}", "null", "[1]", "not JSON", "[" * 5000, '["NOTICE"]', '["OK"]'):
            await socket.send(noise)
        await socket.send(b"\xff")
        await say(socket, "AUTH", "challenge")
        await say(socket, "EVENT", "another subscription", {"id": "x"})
        await say(socket, "EVENT", said[1])
        await say(socket, "OK", "00" * 32, False, "of another event")
        if said[0] == "REQ":
            await say(socket, "EOSE", said[1])
        else:
            await say(socket, "OK", said[1]["id"], True, "")

    async with relay(chatters) as url:
        await publish(url, EVENT)
        assert await query(url, [FILTER]) == []


@in_loop
async def test_only_true_means_that_an_event_was_accepted() -> None:
    async def evades(socket: ServerConnection, said: list[Any]) -> None:
        await say(socket, "OK", said[1]["id"], "true", "")

    async with relay(evades) as url:
        with pytest.raises(FetchFailed, match="no reason"):
            await publish(url, EVENT)


async def floods(socket: ServerConnection, said: list[Any]) -> None:
    while True:
        await say(socket, "EVENT", said[1], {"id": "x" * 1000})


@pytest.mark.parametrize(
    ("bounds", "count"), [(RelayLimits(count=7), 7), (RelayLimits(bytes=5100), 5)]
)
@in_loop
async def test_a_flood_of_events_stops_at_the_limit(bounds: RelayLimits, count: int) -> None:
    async with relay(floods) as url:
        assert len(await query(url, [FILTER], bounds)) == count


@in_loop
async def test_a_message_beyond_the_limit_ends_the_exchange() -> None:
    async def shouts(socket: ServerConnection, said: list[Any]) -> None:
        await say(socket, "EVENT", said[1], {"id": "x" * 5000})

    async with relay(shouts) as url:
        with pytest.raises(ServerSilent):
            await query(url, [FILTER], RelayLimits(message=4000))


@in_loop
async def test_a_relay_that_never_answers_times_out() -> None:
    async def mute(socket: ServerConnection, said: list[Any]) -> None:
        await socket.wait_closed()

    async with relay(mute) as url:
        for asking in (
            publish(url, EVENT, RelayLimits(whole=0.1)),
            query(url, [FILTER], RelayLimits(whole=0.1)),
        ):
            with pytest.raises(ServerSilent):
                await asking


@in_loop
async def test_events_received_before_a_timeout_are_kept() -> None:
    async def stops(socket: ServerConnection, said: list[Any]) -> None:
        await say(socket, "EVENT", said[1], {"id": "x"})
        await socket.wait_closed()

    async with relay(stops) as url:
        assert await query(url, [FILTER], RelayLimits(whole=0.3)) == [b'{"id":"x"}']


@in_loop
async def test_a_relay_that_disconnects_is_silent() -> None:
    async def hangs_up(socket: ServerConnection, said: list[Any]) -> None:
        await socket.close()

    async with relay(hangs_up) as url:
        with pytest.raises(ServerSilent):
            await publish(url, EVENT)
        with pytest.raises(ServerSilent):
            await query(url, [FILTER])


@in_loop
async def test_a_server_that_is_not_a_relay_is_reported() -> None:
    async with serving(answering(200, b"<html>")) as server:
        url = server.url.replace("http:", "ws:")
        with pytest.raises(ServerSilent):
            await publish(url, EVENT)
    with pytest.raises(ServerSilent, match="could not be reached"):
        await publish(url, EVENT)


@pytest.mark.parametrize(
    "url", ["", "relay.example", "https://relay.example", "ws://", "ws://u:p@relay.example"]
)
@in_loop
async def test_a_relay_is_named_by_a_websocket_url(url: str) -> None:
    with pytest.raises(BadRequest):
        await publish(url, EVENT)
    with pytest.raises(BadRequest):
        await query(url, [FILTER])


@pytest.mark.parametrize("event", [b"", b"[]", b"{}", b"\xff", b'{"id":1}'])
@in_loop
async def test_other_json_is_not_published(event: bytes) -> None:
    with pytest.raises(BadRequest):
        await publish("ws://127.0.0.1:1", event)
