"""Debouncing: which changed files have not changed for a while. Pure; the caller watches."""

from __future__ import annotations

from collections.abc import Iterable


class Debounce:
    """Remembers the last change of each path. Times are seconds of any monotonic clock."""

    def __init__(self, quiet: float) -> None:
        """`quiet`: seconds without a change after which a file counts as complete."""
        self._quiet = quiet
        self._changed: dict[str, float] = {}

    def record(self, paths: Iterable[str], now: float) -> None:
        """Record that paths have changed."""
        for path in paths:
            self._changed[path] = now

    def still_changing(self, now: float) -> frozenset[str]:
        """Return the paths that are still changing."""
        return frozenset(path for path, at in self._changed.items() if now - at < self._quiet)

    def pop_quiet(self, now: float) -> frozenset[str]:
        """Remove and return the paths that have been quiet long enough."""
        quiet = frozenset(path for path, at in self._changed.items() if now - at >= self._quiet)
        for path in quiet:
            del self._changed[path]
        return quiet
