"""The languages in which a profile watches a show."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from blobhls.index.catalogue.rows import VideoRow
from blobhls.index.database import Database
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE

# By the show's id, or by the source that was playing, if the show was renamed since.
_FIND: Final = """
    SELECT body FROM choices WHERE profile_id = :profile_id AND show_id = :show_id
    UNION ALL
    SELECT body FROM choices WHERE profile_id = :profile_id AND source_id IN (
        SELECT source_id FROM files WHERE show_id = :show_id AND source_id IS NOT NULL
    )
    LIMIT 1
"""


class TrackChoice(msgspec.Struct, frozen=True):
    """A track described by what other episodes have too: never by its number in one file."""

    language: str | None = None  # BCP 47, as renditions have it
    title: str | None = None
    forced: bool = False


class Choices(msgspec.Struct, frozen=True):
    """The chosen tracks; None without a choice."""

    audio: TrackChoice | None = None
    subtitles: TrackChoice | Literal["off"] | None = None


class LanguageChoices:
    """The table `choices`: by show; a renamed show is found by its files' sources."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, video: VideoRow, profile_id: str = DEFAULT_PROFILE) -> Choices | None:
        """Return the choice for a video's show, made in any episode of it; None without one."""
        names = {"profile_id": profile_id, "show_id": video.show_id}
        row = self._db.connection.execute(_FIND, names).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Choices)

    def put(self, video: VideoRow, choices: Choices, profile_id: str = DEFAULT_PROFILE) -> None:
        """Store the choice that was made while a video was playing, for its whole show."""
        self._db.run(
            "INSERT OR REPLACE INTO choices (profile_id, show_id, source_id, body)"
            " VALUES (?, ?, ?, ?)",
            (profile_id, video.show_id, video.source_id, msgspec.json.encode(choices)),
        )
