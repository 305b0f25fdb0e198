"""Events to and from nostr relays (NIP-01).

Relays are named by the operator, so they may be anywhere. What they send is hostile all the same:
events are handed on as they came, and whoever reads them checks signatures (`blobhls.nostr`).
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


class RelayBounds(msgspec.Struct, frozen=True):
    """How much one exchange with a relay may take."""

    connect: float = 10.0  # seconds
    whole: float = 20.0  # seconds, from then on
    message: int = 1 << 20  # bytes of one message
    count: int = 500  # events that are taken
    bytes: int = 8 << 20  # bytes of all events together


class _Message(msgspec.Struct, frozen=True):
    """What a relay said: its label, and the rest of the array as it came."""

    label: str
    rest: list[msgspec.Raw]

    def words(self, place: int) -> str:
        """Return the text at a place of the rest, cleaned; empty where there is none."""
        try:
            return clean(msgspec.json.decode(self.rest[place], type=str))
        except (IndexError, msgspec.MsgspecError, UnicodeDecodeError):
            return ""


_DEFAULT: Final = RelayBounds()


async def publish(url: str, event_json: bytes, bounds: RelayBounds = _DEFAULT) -> None:
    """Give a signed event to a relay, and return when the relay took it.

    Raises `FetchFailed` with the relay's words if it did not, `ServerSilent` if it can't be
    reached or does not answer, `BadRequest` if `url` is not that of a relay.
    """
    event_id = _event_id(event_json)
    async with _connected(url, bounds) as (relay, host):
        await relay.send(b'["EVENT",' + event_json + b"]", text=True)
        async for message in _messages(relay):
            if message.label == "OK" and message.words(0) == event_id:
                if message.rest[1:2] == [msgspec.Raw(b"true")]:
                    return
                raise FetchFailed(f"{host} refuses the event: {message.words(2) or 'no reason'}")
        raise ServerSilent(f"{host} hung up without an answer")


async def query(
    url: str, filters: Sequence[Mapping[str, Any]], bounds: RelayBounds = _DEFAULT
) -> list[bytes]:
    """Return the JSON of each event that a relay has for these filters, unchecked, as it came.

    When the bounds are reached, or the relay breaks off, what has come until then is all; with
    nothing come, `ServerSilent` is raised. Raises `FetchFailed` with the relay's words if it
    refuses, `BadRequest` if `url` is not that of a relay.
    """
    found: list[bytes] = []
    try:
        async with _connected(url, bounds) as (relay, host):
            await _collect(relay, host, filters, bounds, found)
    except ServerSilent:
        if not found:
            raise
    return found


async def _collect(
    relay: ClientConnection,
    host: str,
    filters: Sequence[Mapping[str, Any]],
    bounds: RelayBounds,
    found: list[bytes],
) -> None:
    """Ask, and add to `found` what comes until the relay says that this was all."""
    subscription = secrets.token_hex(8)
    await relay.send(msgspec.json.encode(["REQ", subscription, *filters]), text=True)
    size = 0
    async for message in _messages(relay):
        if message.words(0) != subscription:
            continue  # a notice, or of another subscription
        if message.label == "EVENT" and len(message.rest) == 2:
            event = bytes(message.rest[1])
            size += len(event)
            if size > bounds.bytes:
                return
            found.append(event)
            if len(found) >= bounds.count:
                return
        elif message.label == "EOSE":
            return
        elif message.label == "CLOSED":
            if found:
                return
            raise FetchFailed(f"{host} refuses the question: {message.words(1) or 'no reason'}")
    raise ServerSilent(f"{host} hung up without an answer")


@asynccontextmanager
async def _connected(url: str, bounds: RelayBounds) -> AsyncIterator[tuple[ClientConnection, str]]:
    """Connect to a relay and give the connection and the relay's host."""
    host = _host(url)
    with _told_plainly(host):
        async with (
            connect(
                url,
                max_size=bounds.message,
                open_timeout=bounds.connect,
                close_timeout=0.2,  # seconds; there is nothing more to be heard
                compression=None,  # a few bytes must not become a megabyte
                proxy=None,
                user_agent_header="blobhls",
            ) as relay,
            asyncio.timeout(bounds.whole),
        ):
            yield relay, host


async def _messages(relay: ClientConnection) -> AsyncIterator[_Message]:
    """Give what the relay says until it hangs up; what is not NIP-01 is passed over."""
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
        host = parts.hostname if parts.port != 0 else None  # raises if there is no such port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"ws", "wss"} or "@" in parts.netloc:
        raise BadRequest("a relay is named by a URL with ws or wss")
    return host


def _event_id(event_json: bytes) -> str:
    """Return the id that the relay's answer will name; raises `BadRequest`."""

    class Named(msgspec.Struct):
        id: str

    try:
        return msgspec.json.decode(event_json, type=Named).id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadRequest("this is not a nostr event") from None


@contextmanager
def _told_plainly(host: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ServerSilent(f"{host} did not answer in time") from None
    except InvalidURI:
        raise BadRequest("a relay is named by a URL with ws or wss") from None
    except WebSocketException as error:
        raise ServerSilent(f"{host} does not answer as a relay does") from error
    except OSError as error:
        raise ServerSilent(f"{host} could not be reached") from error
