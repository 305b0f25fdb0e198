"""Access rules of the operator, applied to tokens and addresses."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, Literal, TypeAlias

import msgspec

from blobhls.blob import BlobId
from blobhls.blossom.asgi import Scope
from blobhls.blossom.rate_limit import RateLimit
from blobhls.errors import Forbidden, HashMismatch, Unauthorized
from blobhls.index.ledger.uploads import ANONYMOUS
from blobhls.nostr import Token, Verb, check_token, host_of, read_authorization

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class AccessPolicy(msgspec.Struct, frozen=True):
    """The access rules. Keys are public keys in hex."""

    read: Literal["public", "token", "allowlist"] = "public"
    readers: frozenset[str] = frozenset()
    upload: Literal["off", "allowlist", "open"] = "off"
    uploaders: frozenset[str] = frozenset()
    moderators: frozenset[str] = frozenset()
    local_cache: bool = False  # clients on this machine need no token
    public_host: str | None = None  # lowercase, without port; None: the Host header
    rate: int | None = None  # requests a minute of one key or address; None: no limit


class Caller(msgspec.Struct, frozen=True):
    """The client of a request, as far as the request identifies it."""

    authorization: str | None
    host: str  # of the Host header, lowercase without port
    address: str


def caller_of(scope: Scope) -> Caller:
    """Return the caller of an ASGI request."""
    found: dict[bytes, bytes] = {
        name: value for name, value in scope["headers"] if name in {b"authorization", b"host"}
    }
    authorization = found.get(b"authorization")
    client = scope.get("client")
    return Caller(
        None if authorization is None else authorization.decode("latin-1"),
        host_of(found.get(b"host", b"").decode("latin-1")),
        client[0] if client else "",
    )


class Uploader(msgspec.Struct, frozen=True):
    """The key that uploads a blob, and its token; None: a client on this machine."""

    pubkey: str
    token: Token | None

    def check(self, blob_id: str, announced: str | None = None) -> None:
        """Raise `HashMismatch` or `Unauthorized` for a blob that may not be uploaded.

        `announced`: the hash in the request's headers. The token must name `blob_id`.
        """
        if announced not in {None, blob_id}:
            raise HashMismatch(f"the body's SHA-256 is {blob_id}")
        if self.token is not None:
            self.token.require(blob_id)


Charge: TypeAlias = Callable[[str, Verb], None]
"""Raises `PaymentRequired` if a key must pay for a verb (BUD-07)."""


def charge_nothing(_pubkey: str, _verb: Verb) -> None:
    """Charge nothing."""


class Access:
    """Checks access and counts requests."""

    def __init__(self, policy: AccessPolicy, charge: Charge = charge_nothing) -> None:
        self._policy = policy
        self._charge = charge
        self._rate = None if policy.rate is None else RateLimit(policy.rate)

    @property
    def is_public(self) -> bool:
        """Whether every client may read."""
        return self._policy.read == "public"

    def check_reader(self, caller: Caller, blob_id: BlobId | None) -> None:
        """Raise `Unauthorized` or `Forbidden` if the caller may not read; `blob_id` None: a video.

        If reading is public, the header is ignored (BUD-01).
        """
        policy = self._policy
        if policy.read == "public" or self.is_local(caller):
            return
        token = self._token(caller, "get")
        if blob_id is not None:
            token.allow(blob_id)
        elif token.blob_ids:
            raise Unauthorized("a video needs a token that is not limited to blobs by x tags")
        if policy.read == "allowlist" and token.pubkey not in policy.readers | policy.uploaders:
            raise Forbidden("this key may not read here")

    def check_uploader(
        self, caller: Caller, verb: Literal["upload", "media"], blob_id: str | None = None
    ) -> Uploader:
        """Return the uploader, if the caller may upload; `blob_id`: the announced hash.

        Raises `Unauthorized`, `Forbidden`, `TooMany` or `PaymentRequired`.
        """
        policy = self._policy
        local = self.is_local(caller)
        if policy.upload == "off" and not local:
            raise Forbidden("this server accepts no uploads")
        if local and caller.authorization is None:
            return Uploader(ANONYMOUS, None)
        token = self._token(caller, verb)
        token.require(blob_id)
        if policy.upload == "allowlist" and not local and token.pubkey not in policy.uploaders:
            raise Forbidden("this key may not upload here")
        if not local:
            self._count(token.pubkey)
            self._count(caller.address)  # a new key costs nothing
        self._charge(token.pubkey, verb)
        return Uploader(token.pubkey, token)

    def check_deleter(self, caller: Caller, blob_id: BlobId) -> str:
        """Return the key that asks to delete a blob; raises `Unauthorized` or `TooMany`."""
        token = self._token(caller, "delete")
        token.require(blob_id)
        self._count(token.pubkey)
        return token.pubkey

    def check_lister(self, caller: Caller, pubkey: str) -> None:
        """Raise `Unauthorized` or `Forbidden` if the caller may not list the uploads of a key.

        If reading is public, every client may, and the header is ignored. Otherwise that key and
        the readers may.
        """
        if self.is_public or self.is_local(caller):
            return
        token = self._token(caller, "list")
        policy = self._policy
        allowed = policy.readers | policy.uploaders | {pubkey}
        if policy.read == "allowlist" and token.pubkey not in allowed:
            raise Forbidden("this key may not list here")

    def is_moderator(self, pubkey: str) -> bool:
        """Say whether a report of this key blocks at once."""
        return pubkey in self._policy.moderators

    def check_rate(self, caller: Caller) -> None:
        """Count a request that has no token, by its address; raises `TooMany`."""
        if not self.is_local(caller):
            self._count(caller.address)

    def is_local(self, caller: Caller) -> bool:
        """Say whether a client on this machine uses the local cache.

        Both the address and the Host header must be local: a foreign page whose name resolves to
        this machine (DNS rebinding), or a proxy on this machine, has another Host.
        """
        if not self._policy.local_cache or caller.host not in _LOCAL:
            return False
        try:
            return ip_address(caller.address).is_loopback
        except ValueError:
            return False

    def _token(self, caller: Caller, verb: Verb) -> Token:
        if caller.authorization is None:
            raise Unauthorized(f"a token for {verb!r} is needed (BUD-11)")
        event = read_authorization(caller.authorization)
        host = self._policy.public_host
        return check_token(event, verb, (host or caller.host,), time.time())

    def _count(self, caller: str) -> None:
        if self._rate is not None:
            self._rate.count(caller, time.monotonic())
