"""Disks mounted inside the library, so that an unmounted one is not mistaken for an empty one."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

# One line for each mount; the fifth field is the mount point (man 5 proc_pid_mountinfo).
_TABLE: Final = Path("/proc/self/mountinfo")
_MOUNT_POINT: Final = 4
_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")  # space, tab, newline and backslash


def mounts_below(root: Path, table: Path = _TABLE) -> frozenset[str]:
    """Return the mount points in `root`, relative to it.

    Empty where the system has no such table.
    """
    return mount_points(root.resolve(), table)


def mount_points(top: Path, table: Path = _TABLE) -> frozenset[str]:
    """Return the same of a path without symbolic links. Asks no disk, so that it never hangs."""
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return frozenset()
    prefix = os.fsencode(top).rstrip(b"/") + b"/"
    places = (_ESCAPED.sub(_byte, line.split(b" ")[_MOUNT_POINT]) for line in lines)
    below = (place for place in places if place.startswith(prefix))
    return frozenset(os.fsdecode(place[len(prefix) :]) for place in below)


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])


def not_mounted(root: Path, known: Collection[str], mounted: Collection[str]) -> frozenset[str]:
    """Return the folders that used to be mount points and are empty now.

    A folder that was removed, or has content without a mount, counts as an ordinary folder.
    """
    return frozenset(path for path in known if path not in mounted and _is_empty(root / path))


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False
