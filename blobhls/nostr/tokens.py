"""Authorization tokens: signed events of kind 24242 in the `Authorization` header (BUD-11)."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable
from typing import Final, Literal

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import Unauthorized
from blobhls.nostr.events import Event, InvalidEvent, decode_event, encode_event, verify
from blobhls.nostr.keys import SecretKey

Verb = Literal["get", "upload", "list", "delete", "media"]

_KIND: Final = 24242
_MAX_HEADER: Final = 48 * 1024  # characters of a header; a token with 500 `x` tags has 50 000
_LEEWAY: Final = 15  # seconds that a client's clock may be ahead
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_INTEGER: Final = re.compile(r"[0-9]{1,15}")
_TO_STANDARD: Final = str.maketrans("-_", "+/")


class Token(msgspec.Struct, frozen=True):
    """A valid token. `blob_ids`: the blobs that it is limited to; empty: not limited."""

    pubkey: str
    blob_ids: frozenset[str]

    def require(self, blob_id: str | None = None) -> None:
        """Raise `Unauthorized` unless an `x` tag names this blob; None: unless one names any."""
        if not self.blob_ids:
            raise Unauthorized("the token needs an x tag with the SHA-256 of the blob")
        if blob_id is not None:
            self.allow(blob_id)

    def allow(self, blob_id: str) -> None:
        """Raise `Unauthorized` if the token is limited to other blobs."""
        if self.blob_ids and blob_id not in self.blob_ids:
            raise Unauthorized(f"no x tag of the token names {blob_id}")


def read_authorization(header: str) -> Event:
    """Return the event of an `Authorization` header, not verified; raises `Unauthorized`.

    The scheme `Nostr` is case-insensitive (RFC 9110 §11.1). BUD-11 asks for URL-safe base64
    without padding; the standard alphabet and padding of older clients are accepted too.
    """
    scheme, _, text = header.strip().partition(" ")
    text = text.strip()
    if scheme.lower() != "nostr":
        raise Unauthorized("the Authorization scheme has to be Nostr")
    if len(text) > _MAX_HEADER or not _BASE64.fullmatch(text):
        raise Unauthorized("the token is not base64")
    unpadded = text.rstrip("=").translate(_TO_STANDARD)
    try:
        return decode_event(base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True))
    except InvalidEvent as error:
        raise Unauthorized(f"the token is {error}") from error
    except ValueError as error:
        raise Unauthorized("the token is not base64") from error


def check_token(event: Event, verb: Verb, hosts: Collection[str], now: float) -> Token:
    """Return what a token allows, after all checks of BUD-11 except that of a blob's hash.

    `hosts`: our own names, lowercase without port. `now`: seconds since the epoch. Cheap checks
    come first, since requests are untrusted. Raises `Unauthorized`.
    """
    if event.kind != _KIND:
        raise Unauthorized(f"the token's kind is {event.kind}, not {_KIND}")
    if event.created_at > now + _LEEWAY:
        raise Unauthorized("the token's created_at is in the future")
    _check_expiration(event.values("expiration"), now)
    if verb not in event.values("t"):
        raise Unauthorized(f"the token has no t tag {verb!r}")
    servers = event.values("server")
    if servers and not any(host_of(server) in hosts for server in servers):
        raise Unauthorized("the token is for another server")
    try:
        verify(event)
    except InvalidEvent as error:
        raise Unauthorized(str(error)) from error
    return Token(event.pubkey, frozenset(event.values("x")))


def host_of(server: str) -> str:
    """Return the lowercase host name of a `server` tag or `Host` header, without the port.

    BUD-11 asks for the bare name; tags with a scheme, a path or a port are accepted too.
    """
    host = server.strip().lower().rpartition("://")[2].partition("/")[0]
    if host.startswith("["):  # an IPv6 address
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def make_authorization(
    key: SecretKey,
    verb: Verb,
    blob_ids: Iterable[BlobId],
    *,
    host: str,
    now: float,
    lifetime: int = 600,
) -> str:
    """Return an `Authorization` header for another server, valid for `lifetime` seconds.

    `host`: the server's name, so that no other server can use the token (BUD-11).
    """
    tags = (
        ("t", verb),
        ("expiration", str(int(now) + lifetime)),
        ("server", host),
        *(("x", str(blob_id)) for blob_id in blob_ids),
    )
    event = key.sign(_KIND, tags, f"{verb} by blobhls", int(now))
    return "Nostr " + base64.urlsafe_b64encode(encode_event(event)).rstrip(b"=").decode()


def _check_expiration(values: Collection[str], now: float) -> None:
    if not values:
        raise Unauthorized("the token has no expiration")
    for value in values:
        if not _INTEGER.fullmatch(value):
            raise Unauthorized("the token's expiration is not a unix timestamp")
        if int(value) <= now:
            raise Unauthorized("the token has expired")
