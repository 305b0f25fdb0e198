"""Viewer profiles: names without passwords, each with a history of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from blobhls.errors import BadRequest, ProfileUnknown
from blobhls.index.database import Database

DEFAULT_PROFILE: Final = "default"
"""Id of the profile that always exists; it also owns the history from before profiles existed."""

MOST_PROFILES: Final = 50
LONGEST_NAME: Final = 60  # characters


class ViewerProfile(msgspec.Struct, frozen=True):
    """A viewer, or several who share a history."""

    profile_id: str
    name: str


class ViewerProfiles:
    """The table `profiles`; never empty."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch, as `time.time`."""
        self._db = db
        self._clock = clock

    def all(self) -> list[ViewerProfile]:
        """Return every profile, oldest first."""
        rows = self._db.all("SELECT profile_id, name FROM profiles ORDER BY made_at, profile_id")
        return [ViewerProfile(*row) for row in rows]

    def get(self, profile_id: str) -> ViewerProfile:
        """Return a profile; raises `ProfileUnknown`."""
        row = self._db.one(
            "SELECT profile_id, name FROM profiles WHERE profile_id = ?", (profile_id,)
        )
        if row is None:
            raise ProfileUnknown(profile_id)
        return ViewerProfile(*row)

    def add(self, name: str) -> ViewerProfile:
        """Add a profile; raises `BadRequest` for an invalid or used name, or too many profiles."""
        profile = ViewerProfile(secrets.token_hex(6), _cleaned(name))
        with self._db.transaction():
            known = self.all()
            if len(known) >= MOST_PROFILES:
                raise BadRequest(f"there are {MOST_PROFILES} profiles already, which is the limit")
            _check_free(profile, known)
            self._db.run(
                "INSERT INTO profiles (profile_id, name, made_at) VALUES (?, ?, ?)",
                (profile.profile_id, profile.name, self._clock()),
            )
        return profile

    def rename(self, profile_id: str, name: str) -> ViewerProfile:
        """Rename a profile; raises `ProfileUnknown`; `BadRequest` for an invalid or used name."""
        profile = ViewerProfile(profile_id, _cleaned(name))
        with self._db.transaction():
            self.get(profile_id)
            _check_free(profile, self.all())
            self._db.run(
                "UPDATE profiles SET name = ? WHERE profile_id = ?", (profile.name, profile_id)
            )
        return profile

    def remove(self, profile_id: str) -> None:
        """Delete a profile and its history.

        Raises `ProfileUnknown`, or `BadRequest` for the default profile.
        """
        if profile_id == DEFAULT_PROFILE:
            raise BadRequest("the default profile can be renamed but not removed")
        with self._db.transaction():
            self.get(profile_id)
            for table in ("progress", "choices", "profiles"):
                self._db.run(f"DELETE FROM {table} WHERE profile_id = ?", (profile_id,))  # noqa: S608 - names of ours


def _cleaned(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise BadRequest(f"a name has 1 to {LONGEST_NAME} printable characters")
    return cleaned


def _check_free(profile: ViewerProfile, known: list[ViewerProfile]) -> None:
    for other in known:
        same = other.name.casefold() == profile.name.casefold()
        if same and other.profile_id != profile.profile_id:
            raise BadRequest(f"there is a profile called {other.name!r} already")
