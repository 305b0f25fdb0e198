"""Files that change: which of them have come to rest. Pure; somebody else watches."""

from __future__ import annotations

from collections.abc import Iterable


class Debounce:
    """Remembers when each path changed last. Times are seconds of any clock that only goes on."""

    def __init__(self, quiet: float) -> None:
        """`quiet`: seconds without a change after which a file counts as complete."""
        self._quiet = quiet
        self._changed: dict[str, float] = {}

    def note(self, paths: Iterable[str], now: float) -> None:
        """Take down that paths have changed."""
        for path in paths:
            self._changed[path] = now

    def growing(self, now: float) -> frozenset[str]:
        """Return the paths that may change again any moment."""
        return frozenset(path for path, at in self._changed.items() if now - at < self._quiet)

    def take(self, now: float) -> frozenset[str]:
        """Return the paths that have come to rest, and forget them."""
        rested = frozenset(path for path, at in self._changed.items() if now - at >= self._quiet)
        for path in rested:
            del self._changed[path]
        return rested
