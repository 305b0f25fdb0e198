"""What tests need beside Python, by folder. `python -m tests --fast` leaves all of these out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent

MARKS: Final = {
    "system": "a whole server in a process of its own, and files that play",
    "browser": "Chromium, Firefox, mpv or Node",
    "codecs": "libav makes real frames and samples",
    "processes": "worker processes",
    "slow": "more than a second or two, by the clock alone",
}

FOLDERS: Final = {
    "system": "system",
    "reproducing": "system",
    "clients": "browser",
    "javascript": "browser",
    "players": "browser",
    "web": "browser",
    "media": "codecs",
    "oracle": "codecs",
    "workers": "processes",
}
"""The mark of every test of a folder; single modules say theirs as `pytestmark`."""

MARKED: Final = ("-m", " or ".join(MARKS))
"""Arguments of pytest that choose the tests with a mark."""

UNMARKED: Final = (
    "-m",
    f"not ({' or '.join(MARKS)})",
    *(f"--ignore=tests/{folder}" for folder in FOLDERS),
)
"""Arguments of pytest that choose the tests without."""


def mark_of(path: Path) -> str | None:
    """Return the mark of a test module's folder; None where it needs nothing but Python."""
    return FOLDERS.get(path.relative_to(TESTS).parts[0])
