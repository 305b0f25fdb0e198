"""mpv plays both faces to the end, and prints no error."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.players.known_failures import FAILING
from tests.players.stage import BlossomApp, Masters, what_to_play

Completed: TypeAlias = subprocess.CompletedProcess[str]

_TROUBLE = re.compile(r"^(?:\[|Invalid|Error).*$", re.MULTILINE)
_TIMEOUT = 900  # seconds: six minutes of 1080p on a busy machine


_AT_ONCE = 3
_FACES: tuple[BlossomApp, ...] = ("open", "sealed")


@pytest.fixture(scope="module")
def runs(masters: Masters, mpv: Path) -> Iterator[dict[tuple[str, BlossomApp], Future[Completed]]]:
    """mpv playing everything, some at a time: what each run came to."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {
            (name, face): pool.submit(_play, mpv, masters.of(face)[name])
            for name in what_to_play().names
            for face in _FACES
        }


def _play(mpv: Path, url: str) -> Completed:
    # What it prints, not its log file: that may lack the end.
    command = [
        str(mpv), "--no-config", "--input-terminal=no", "--quiet", "--vo=null", "--ao=null",
        "--msg-level=all=error,cplayer=info", "--untimed", "--ao-null-untimed=yes", url,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)


@pytest.mark.parametrize("face", _FACES)
@pytest.mark.parametrize("name", what_to_play().names)
def test_mpv_plays_to_the_end_without_an_error(
    runs: dict[tuple[str, BlossomApp], Future[Completed]], name: str, face: BlossomApp
) -> None:
    done = runs[name, face].result()
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Exiting... (End of file)" in said
    assert _TROUBLE.findall(said) == [] or name in FAILING["mpv"]
