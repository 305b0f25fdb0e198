"""Publishing events to nostr relays and querying them (NIP-01).

Relays are named by the operator, so they may have any address. Their messages are still untrusted:
events are returned as received, and the caller has to verify them (`blobhls.nostr`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidURI, WebSocketException

from blobhls.errors import BadRequest, FetchFailed
from blobhls.remote.failures import ServerSilent, clean


class RelayLimits(msgspec.Struct, frozen=True):
    """Limits of one exchange with a relay."""

    connect: float = 10.0  # seconds
    whole: float = 20.0  # seconds, once connected
    message: int = 1 << 20  # bytes of one message
    count: int = 500  # events that are accepted
    bytes: int = 8 << 20  # bytes of all events together


class _Message(msgspec.Struct, frozen=True):
    """A message of a relay: its label, and the rest of the array as received."""

    label: str
    rest: list[msgspec.Raw]

    def text(self, index: int) -> str:
        """Return the text at a position of the rest, sanitised; "" if there is none."""
        try:
            return clean(msgspec.json.decode(self.rest[index], type=str))
        except (IndexError, msgspec.MsgspecError, UnicodeDecodeError):
            return ""


_DEFAULT: Final = RelayLimits()


async def publish(url: str, event_json: bytes, limits: RelayLimits = _DEFAULT) -> None:
    """Send a signed event to a relay, and return once the relay has accepted it.

    Raises `FetchFailed` with the relay's text if it refuses, `ServerSilent` if it can't be reached
    or does not answer, `BadRequest` if `url` is not that of a relay.
    """
    event_id = _event_id(event_json)
    async with _connected(url, limits) as (relay, host):
        await relay.send(b'["EVENT",' + event_json + b"]", text=True)
        async for message in _messages(relay):
            if message.label == "OK" and message.text(0) == event_id:
                if message.rest[1:2] == [msgspec.Raw(b"true")]:
                    return
                raise FetchFailed(f"{host} refuses the event: {message.text(2) or 'no reason'}")
        raise ServerSilent(f"{host} closed the connection without an answer")


async def query(
    url: str, filters: Sequence[Mapping[str, Any]], limits: RelayLimits = _DEFAULT
) -> list[bytes]:
    """Return the JSON of each event that a relay has for these filters, unverified, as received.

    If a limit is reached or the relay disconnects, the events received so far are returned; if
    there are none, `ServerSilent` is raised. Raises `FetchFailed` with the relay's text if it
    refuses, `BadRequest` if `url` is not that of a relay.
    """
    found: list[bytes] = []
    try:
        async with _connected(url, limits) as (relay, host):
            await _collect(relay, host, filters, limits, found)
    except ServerSilent:
        if not found:
            raise
    return found


async def _collect(
    relay: ClientConnection,
    host: str,
    filters: Sequence[Mapping[str, Any]],
    limits: RelayLimits,
    found: list[bytes],
) -> None:
    """Send the query, and append events to `found` until the relay reports their end."""
    subscription = secrets.token_hex(8)
    await relay.send(msgspec.json.encode(["REQ", subscription, *filters]), text=True)
    size = 0
    async for message in _messages(relay):
        if message.text(0) != subscription:
            continue  # a notice, or a message of another subscription
        if message.label == "EVENT" and len(message.rest) == 2:
            event = bytes(message.rest[1])
            size += len(event)
            if size > limits.bytes:
                return
            found.append(event)
            if len(found) >= limits.count:
                return
        elif message.label == "EOSE":
            return
        elif message.label == "CLOSED":
            if found:
                return
            raise FetchFailed(f"{host} refuses the question: {message.text(1) or 'no reason'}")
    raise ServerSilent(f"{host} closed the connection without an answer")


@asynccontextmanager
async def _connected(url: str, limits: RelayLimits) -> AsyncIterator[tuple[ClientConnection, str]]:
    """Connect to a relay, and yield the connection and the relay's host."""
    host = _host(url)
    with _failures_mapped(host):
        async with (
            connect(
                url,
                max_size=limits.message,
                open_timeout=limits.connect,
                close_timeout=0.2,  # seconds; nothing more is expected
                compression=None,  # otherwise a few bytes could become a megabyte
                proxy=None,
                user_agent_header="blobhls",
            ) as relay,
            asyncio.timeout(limits.whole),
        ):
            yield relay, host


async def _messages(relay: ClientConnection) -> AsyncIterator[_Message]:
    """Yield the relay's messages until it disconnects; anything but NIP-01 is skipped."""
    async for frame in relay:
        try:
            label, *rest = msgspec.json.decode(frame, type=list[msgspec.Raw])
            message = _Message(msgspec.json.decode(label, type=str), rest)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue  # ValueError: an empty array, or invalid UTF-8
        yield message


def _host(url: str) -> str:
    """Return the host of a relay's URL; raises `BadRequest`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None  # raises for an invalid port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"ws", "wss"} or "@" in parts.netloc:
        raise BadRequest("the URL of a relay begins with ws:// or wss://")
    return host


def _event_id(event_json: bytes) -> str:
    """Return the id that the relay's answer will refer to; raises `BadRequest`."""

    class Named(msgspec.Struct):
        id: str

    try:
        return msgspec.json.decode(event_json, type=Named).id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadRequest("this is not a nostr event") from None


@contextmanager
def _failures_mapped(host: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ServerSilent(f"{host} did not answer in time") from None
    except InvalidURI:
        raise BadRequest("the URL of a relay begins with ws:// or wss://") from None
    except WebSocketException as error:
        raise ServerSilent(f"{host} does not answer as a relay does") from error
    except OSError as error:
        raise ServerSilent(f"{host} could not be reached") from error
