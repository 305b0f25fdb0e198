"""Disks that are mounted inside the library, so that one that is away is not taken for empty."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

# One line a mount; the fifth field is where it is (man 5 proc_pid_mountinfo).
_TABLE: Final = Path("/proc/self/mountinfo")
_WHERE: Final = 4
_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")  # space, tab, newline and backslash


def mounts_below(root: Path, table: Path = _TABLE) -> frozenset[str]:
    """Return the folders in `root` that are another disk, relative to it.

    None where the system has no such table.
    """
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return frozenset()
    top = os.fsencode(root.resolve()).rstrip(b"/") + b"/"
    places = (_ESCAPED.sub(_byte, line.split(b" ")[_WHERE]) for line in lines)
    return frozenset(os.fsdecode(place[len(top) :]) for place in places if place.startswith(top))


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])


def not_mounted(root: Path, known: Collection[str], mounted: Collection[str]) -> frozenset[str]:
    """Return those of the folders that were another disk once and are empty now.

    One that was taken away, or holds something without a disk, is a folder like others.
    """
    return frozenset(path for path in known if path not in mounted and _is_empty(root / path))


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False
