"""Keys, in hex and in their text forms `npub1…` and `nsec1…` (NIP-19)."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final, Self

import bech32
from coincurve import PrivateKey

from blobhls.errors import ConfigError
from blobhls.nostr.events import Event, Tags, event_id

_HEX64: Final = re.compile(r"[0-9a-fA-F]{64}")
_BYTES: Final = 32
_OTHER_USERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MAX_FILE: Final = 1024  # bytes of a key file


class SecretKey:
    """A secret key that signs events. Its text is never shown by accident."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: 32 bytes; raises `ValueError` where they are not a valid key."""
        self._key = PrivateKey(secret)
        self.pubkey: Final = self._key.public_key_xonly.format().hex()

    @classmethod
    def new(cls) -> Self:
        """Return a new random key."""
        return cls(PrivateKey().secret)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key of 64 hex digits or `nsec1…`; raises `ValueError`."""
        return cls(_parsed(text.strip(), "nsec"))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a key file; raises `ConfigError`, also if other users may read the file."""
        try:
            with path.open(encoding="ascii") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read(_MAX_FILE)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
            raise ConfigError(f"can't read key file {path}: {reason}") from error
        if mode & _OTHER_USERS:
            raise ConfigError(f"other users may read key file {path}: chmod 600 it")
        try:
            return cls.parse(text)
        except ValueError as error:
            raise ConfigError(f"key file {path}: {error}") from error

    def save(self, path: Path) -> None:
        """Write a new file that only its owner may read; raises `ConfigError` if it exists."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise ConfigError(f"can't write key file {path}: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{self.nsec()}\n")
            file.flush()
            os.fsync(descriptor)

    def nsec(self) -> str:
        """Return the secret as `nsec1…`."""
        return _bech32("nsec", self._key.secret)

    def sign(self, kind: int, tags: Tags, content: str, created_at: int) -> Event:
        """Return a signed event of this key; `created_at` in seconds since the epoch."""
        found = event_id(self.pubkey, created_at, kind, tags, content)
        signature = self._key.sign_schnorr(bytes.fromhex(found)).hex()
        return Event(found, self.pubkey, created_at, kind, tags, content, signature)

    def __repr__(self) -> str:
        """Return only the public key."""
        return f"<SecretKey of {npub(self.pubkey)}>"


def npub(pubkey: str) -> str:
    """Return a public key in hex as `npub1…`."""
    return _bech32("npub", bytes.fromhex(pubkey))


def parse_pubkey(text: str) -> str:
    """Return the lowercase hex of a public key in hex or as `npub1…`; raises `ValueError`."""
    return _parsed(text.strip(), "npub").hex()


def _parsed(text: str, prefix: str) -> bytes:
    if _HEX64.fullmatch(text):
        return bytes.fromhex(text)
    found, words = bech32.bech32_decode(text)
    wanted = words if found == prefix else None
    packed = None if wanted is None else bech32.convertbits(wanted, 5, 8, pad=False)
    if packed is None or len(packed) != _BYTES:
        raise ValueError(f"expected 64 hex digits or {prefix}1…")
    return bytes(packed)


def _bech32(prefix: str, data: bytes) -> str:
    return bech32.bech32_encode(prefix, bech32.convertbits(data, 8, 5) or [])
