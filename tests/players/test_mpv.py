"""mpv plays both faces to the end, and its log has no error in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.players.stage import Face, Masters, what_to_play

_TROUBLE = re.compile(r"^\[ *[0-9.]+\]\[[ef]\].*$", re.MULTILINE)
# Neither what files are damaged by, nor what libav 5.1 has no decoder for.
_EXPECTED = {"corrupted.mp4", "sample_with_invalid_nalu.mp4", "pixel_aspect_ratio.mp4"}
_TIMEOUT = 300  # seconds


@pytest.mark.parametrize("face", ["open", "sealed"])
@pytest.mark.parametrize("name", what_to_play().names)
def test_mpv_plays_to_the_end_without_an_error(
    masters: Masters, mpv: Path, tmp_path: Path, name: str, face: Face
) -> None:
    log = tmp_path / "mpv.log"
    command = [
        str(mpv), "--no-config", "--no-terminal", f"--log-file={log}", "--vo=null", "--ao=null",
        "--untimed", "--ao-null-untimed=yes", masters.of(face)[name],
    ]  # fmt: skip
    done = subprocess.run(command, timeout=_TIMEOUT, check=False)
    said = log.read_text("utf-8", "replace")
    assert done.returncode == 0, said[-2000:]
    assert "finished playback, success" in said
    assert _TROUBLE.findall(said) == [] or name in _EXPECTED
