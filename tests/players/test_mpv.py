"""mpv plays both faces to the end, and prints no error."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.players.stage import Face, Masters, what_to_play

_TROUBLE = re.compile(r"^(?:\[|Invalid|Error).*$", re.MULTILINE)
# Damaged in themselves: mpv tells the pictures, or five seconds that show one of them.
_EXPECTED = {
    "corrupted.mp4",
    "decode_error_vp9.webm",
    "pixel_aspect_ratio.mp4",
    "sample_with_invalid_nalu.mp4",
}
_TIMEOUT = 300  # seconds


@pytest.mark.parametrize("face", ["open", "sealed"])
@pytest.mark.parametrize("name", what_to_play().names)
def test_mpv_plays_to_the_end_without_an_error(
    masters: Masters, mpv: Path, name: str, face: Face
) -> None:
    # What it prints, not its log file: that may lack the end.
    command = [
        str(mpv), "--no-config", "--input-terminal=no", "--quiet", "--vo=null", "--ao=null",
        "--msg-level=all=error,cplayer=info", "--untimed", "--ao-null-untimed=yes",
        masters.of(face)[name],
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Exiting... (End of file)" in said
    assert _TROUBLE.findall(said) == [] or name in _EXPECTED
