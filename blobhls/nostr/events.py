"""Signed events (NIP-01)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec
from coincurve import PublicKeyXOnly
from msgspec import Meta

_Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{64}\\Z")]
_Hex128 = Annotated[str, Meta(pattern="^[0-9a-f]{128}\\Z")]
_Time = Annotated[int, Meta(ge=0, lt=1 << 53)]  # integers that JSON holds exactly
_Kind = Annotated[int, Meta(ge=0, le=65535)]

Tags = tuple[tuple[str, ...], ...]


class InvalidEvent(ValueError):
    """Not an event, or not signed by its pubkey. The message is fit for users."""


class Event(msgspec.Struct, frozen=True):
    """An event as transferred. The right shape does not verify `id` and `sig`; `verify` does."""

    id: _Hex64
    pubkey: _Hex64
    created_at: _Time  # seconds since the epoch
    kind: _Kind
    tags: Tags
    content: str
    sig: _Hex128

    def values(self, name: str) -> list[str]:
        """Return the first value of every tag with this name; `""` for a tag without a value."""
        return [tag[1] if len(tag) > 1 else "" for tag in self.tags if tag and tag[0] == name]


_decoder: Final = msgspec.json.Decoder(Event)
_encoder: Final = msgspec.json.Encoder(enc_hook=str)  # a `BlobId` in a tag is text like any other


def decode_event(text: bytes) -> Event:
    """Parse an event's JSON; raises `InvalidEvent`. Nothing is verified."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(f"not a nostr event: {error}") from error


def encode_event(event: Event) -> bytes:
    """Return an event as JSON."""
    return _encoder.encode(event)


def event_id(pubkey: str, created_at: int, kind: int, tags: Tags, content: str) -> str:
    """Return the id of an event: SHA-256 of its canonical form, in hex."""
    # msgspec writes what NIP-01 prescribes: no spaces, UTF-8, only mandatory escapes.
    canonical = _encoder.encode((0, pubkey, created_at, kind, tags, content))
    return hashlib.sha256(canonical).hexdigest()


def verify(event: Event) -> None:
    """Check id and signature (BIP-340); raises `InvalidEvent`."""
    expected = event_id(event.pubkey, event.created_at, event.kind, event.tags, event.content)
    if event.id != expected:
        raise InvalidEvent("the event's id does not match its content")
    try:
        key = PublicKeyXOnly(bytes.fromhex(event.pubkey))
        good = key.verify(bytes.fromhex(event.sig), bytes.fromhex(event.id))
    except ValueError as error:  # not a point on the curve
        raise InvalidEvent("the event's pubkey is not a public key") from error
    if not good:
        raise InvalidEvent("the event's signature is wrong")
