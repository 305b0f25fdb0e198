"""`python -m blobhls` whose event loop is watched, and whose library may be on a slow disk.

    python -m tests.system.watched_server REPORT [--slow FOLDER FLAG SECONDS] [arguments of blobhls]

What blocks the loop is added to the file REPORT, a line of JSON each. While a file FLAG is there,
every `stat` of what is in FOLDER takes SECONDS, as on a network drive that has gone to sleep.
"""

from __future__ import annotations

import os
import sys
import time
from functools import wraps
from pathlib import Path
from typing import Final

import msgspec

from blobhls.cli import main as blobhls
from tests.event_loop import Block, watch

_AnyPath = int | str | bytes | os.PathLike[str] | os.PathLike[bytes]

_LOOK: Final = 0.01  # seconds between two looks at the flag


def slow_down(folder: str, flag: str, seconds: float) -> None:
    """Have `os.stat`, which is behind `Path.stat` and its like, take its time in a folder."""
    stat = os.stat

    def is_slow() -> bool:
        try:
            stat(flag)
        except FileNotFoundError:
            return False
        return True

    @wraps(stat)
    def slow(
        path: _AnyPath, *, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> os.stat_result:
        if not isinstance(path, int) and f"{os.fsdecode(path)}/".startswith(f"{folder}/"):
            end = time.monotonic() + seconds
            while is_slow() and time.monotonic() < end:
                time.sleep(_LOOK)
        return stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

    os.stat = slow


def main() -> None:
    """Take our own arguments away, and be blobhls with the rest."""
    report, *rest = sys.argv[1:]
    if rest[:1] == ["--slow"]:
        folder, flag, seconds, *rest = rest[1:]
        slow_down(folder, flag, float(seconds))
    sys.argv[1:] = rest

    def tell(block: Block) -> None:
        with Path(report).open("ab") as file:
            file.write(msgspec.json.encode(block) + b"\n")

    with watch(tell):
        blobhls()


# Worker processes import this file too, under another name.
if __name__ == "__main__":
    main()
