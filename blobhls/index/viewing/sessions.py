"""Sessions of clients that have given the operator's password."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from blobhls.index.database import Database

LIFETIME: Final = 90 * 86_400
"""Seconds that a session lasts."""

_LONGEST: Final = 1024  # characters of what may be a token or a password
_TOKEN: Final = 32  # random bytes


class Sessions:
    """The password, and the table `sessions`.

    A row's key is a MAC of the password under the client's token. So the table opens nothing, it
    does not help to guess the password, and a new password ends every session.
    """

    def __init__(self, db: Database, clock: Callable[[], float], password: str) -> None:
        """`clock` gives seconds since the epoch, as `time.time`."""
        self._db = db
        self._clock = clock
        self._password = password.encode()

    def is_password(self, text: str) -> bool:
        """Tell whether `text` is the password, in constant time."""
        # MACs of one length: comparing the texts would tell how long the password is.
        key = secrets.token_bytes(16)
        given = hmac.digest(key, text[:_LONGEST].encode("utf-8", "replace"), "sha256")
        return hmac.compare_digest(given, hmac.digest(key, self._password, "sha256"))

    def open(self) -> str:
        """Open a session and return its token."""
        token = secrets.token_urlsafe(_TOKEN)
        now = self._clock()
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_at < ?", (now,))
            connection.execute(
                "INSERT INTO sessions (tag, expires_at) VALUES (?, ?)",
                (self._tag(token), now + LIFETIME),
            )
        return token

    def is_open(self, token: str) -> bool:
        """Tell whether a session is valid."""
        row = self._db.one("SELECT expires_at FROM sessions WHERE tag = ?", (self._tag(token),))
        return row is not None and self._clock() < row[0]

    def close(self, token: str) -> None:
        """End a session. An unknown or expired token is not an error."""
        self._db.run("DELETE FROM sessions WHERE tag = ?", (self._tag(token),))

    def _tag(self, token: str) -> bytes:
        key = token[:_LONGEST].encode("utf-8", "replace")
        return hmac.digest(key, self._password, "sha256")
