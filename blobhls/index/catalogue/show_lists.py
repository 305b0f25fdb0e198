"""SQL statements for lists of shows. Pure."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from blobhls.index.catalogue.rows import ShowKind

ShowOrder = Literal["title", "added"]

SHOW: Final = "s.show_id, s.kind, s.title, s.year, s.ids, s.added_at"
"""Columns of a row that `as_show` takes, of `shows s`."""

# CROSS makes SQLite begin with the matches; else it would test each show for a match.
_FOUND: Final = "show_search CROSS JOIN shows s ON s.number = show_search.rowid"
# Each is the order of an SQL index: a page is read from it, however many shows there are.
_ORDERS: Final[dict[ShowOrder, str]] = {
    "title": "s.sort_key, s.year, s.show_id",
    "added": "s.added_at DESC, s.sort_key, s.year, s.show_id",
}
# A word of the title counts most, a word of an episode least.
_BEST: Final = f"bm25(show_search, 10.0, 5.0, 1.0), {_ORDERS['title']}"
# Where nearly everything matches, bm25 gives no useful order, and takes most of the time.
_BROAD: Final = f"NOT (s.sort_key >= ? AND s.sort_key < ?), {_ORDERS['title']}"
_RANKED: Final = 4000  # shows; a search with more matches is broad
_LAST: Final = "\U0010ffff"  # sorts behind every letter


class ShowList(msgspec.Struct, frozen=True):
    """A selection of shows, and their order."""

    expression: str | None = None  # of FTS5; None: all
    kind: ShowKind | None = None  # None: both
    order: ShowOrder | None = None  # None: best match first; without a search by title
    beginning: str = ""  # of a `sort_key`: such titles come first in a broad search

    def page(self, total: int, limit: int | None, offset: int) -> tuple[str, tuple[Any, ...]]:
        """Return the statement for the columns `SHOW` of a page, and its parameters.

        `total`: the number of shows in the selection.
        """
        order, ordering = self._order(total)
        rows, parameters = self._rows()
        page = (-1 if limit is None else limit, offset)  # -1: all, in SQLite
        statement = f"SELECT {SHOW} FROM {rows} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - words of ours
        return statement, (*parameters, *ordering, *page)

    def total(self) -> tuple[str, tuple[Any, ...]]:
        """Return the statement for the number of shows, and its parameters."""
        if self.expression is not None and self.kind is None:
            # Each show has one row there.
            return "SELECT count(*) FROM show_search WHERE show_search MATCH ?", (self.expression,)
        rows, parameters = self._rows()
        return f"SELECT count(*) FROM {rows}", parameters  # noqa: S608 - words of ours

    def _order(self, total: int) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL after `ORDER BY`, and its parameters."""
        if self.order is not None or self.expression is None:
            return _ORDERS[self.order or "title"], ()
        if total <= _RANKED:
            return _BEST, ()
        return _BROAD, (self.beginning, self.beginning + _LAST)

    def _rows(self) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL after `FROM`, and its parameters."""
        conditions = {"show_search MATCH ?": self.expression, "s.kind = ?": self.kind}
        given = {test: value for test, value in conditions.items() if value is not None}
        rows = "shows s" if self.expression is None else _FOUND
        where = f" WHERE {' AND '.join(given)}" if given else ""
        return rows + where, tuple(given.values())
