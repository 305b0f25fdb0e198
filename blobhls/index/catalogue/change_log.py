"""The log of changed shows. Triggers write it, also for changes by other programs."""

from __future__ import annotations

from typing import Final, Literal

from blobhls.index.database import Database

_KEPT: Final = 10_000  # changes; other programs may read them too

Change = Literal["added", "changed", "removed"]

# The sum of two changes, one after the other; None: no change.
_TOGETHER: Final[dict[tuple[Change, Change], Change | None]] = {
    ("added", "changed"): "added",
    ("added", "removed"): None,
    ("changed", "removed"): "removed",
    ("removed", "added"): "changed",
}


class ChangeLog:
    """Reads the rows of `show_changes` that are added from now on."""

    def __init__(self, db: Database) -> None:
        self._db = db
        found = db.one("SELECT seq FROM sqlite_sequence WHERE name = 'show_changes'")
        self._read = int(found[0]) if found else 0

    def news(self) -> dict[str, Change]:
        """Return the changes of shows since the last call, by show_id."""
        rows = self._db.all(
            "SELECT number, show_id, change FROM show_changes WHERE number > ? ORDER BY number",
            (self._read,),
        )
        if not rows:
            return {}
        self._read = rows[-1][0]
        found: dict[str, Change] = {}
        for _, show_id, change in rows:
            before = found.pop(show_id, None)
            total = change if before is None else _TOGETHER.get((before, change), change)
            if total is not None:
                found[show_id] = total
        return found

    def prune(self) -> None:
        """Delete what was read so long ago that no other program waits for it."""
        self._db.run("DELETE FROM show_changes WHERE number <= ?", (self._read - _KEPT,))
