"""ffmpeg as a player: what it shows of a file or a playlist, frame by frame."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

_TIMEOUT = 300  # seconds


class Shown(msgspec.Struct, frozen=True):
    """Every decoded frame of a stream, in order."""

    base: Fraction  # seconds of a tick
    times: tuple[int, ...]  # presentation time of each frame, in ticks
    spans: tuple[int, ...]  # ticks that each frame lasts
    checksums: tuple[str, ...]  # of the decoded bytes

    @property
    def count(self) -> int:
        """How many frames."""
        return len(self.times)

    @property
    def start(self) -> Fraction:
        """Seconds."""
        return min(self.times) * self.base

    @property
    def frame(self) -> Fraction:
        """Return the median distance of two frames in seconds."""
        ordered = sorted(self.times)
        steps = sorted(b - a for a, b in pairwise(ordered))
        return (steps[len(steps) // 2] if steps else max(self.spans, default=1)) * self.base

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.stop - self.start

    @property
    def stop(self) -> Fraction:
        """Seconds: a typical frame after the start of the last."""
        return max(self.times) * self.base + self.frame


class Played(msgspec.Struct, frozen=True):
    """What a player showed, and what it complained of."""

    video: Shown | None
    audio: Shown | None
    complaints: str


def need_ffmpeg() -> None:
    """Skip the test where there is no ffmpeg."""
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        pytest.skip("ffmpeg and ffprobe are not installed: nothing to play with")


def play(
    source: str | Path, *, audio: bool = True, video: bool = True, stdin: bytes | None = None
) -> Played:
    """Play the first picture and the first sound of `source` to the end."""
    maps = [*(["-map", "0:V:0?"] if video else []), *(["-map", "0:a:0?"] if audio else [])]
    command = [
        "ffmpeg", "-nostdin", "-v", "warning", "-copyts", "-i", str(source), *maps,
        "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framecrc", "-",
    ]  # fmt: skip
    if stdin is not None:
        command.remove("-nostdin")
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=_TIMEOUT, check=False)
    complaints = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"ffmpeg could not play {source}: {complaints[-2000:]}"
    return _read(done.stdout.decode().splitlines(), complaints)


def _read(lines: Sequence[str], complaints: str) -> Played:
    bases: dict[str, Fraction] = {}
    kinds: dict[str, str] = {}
    frames: dict[str, list[tuple[int, int, str]]] = {}
    for line in lines:
        if line.startswith("#tb "):
            number, _, base = line[4:].partition(": ")
            bases[number] = Fraction(base)
        elif line.startswith("#media_type "):
            number, _, kind = line[12:].partition(": ")
            kinds[number] = kind
        elif not line.startswith("#"):
            number, _, time, span, _, checksum = (word.strip() for word in line.split(",")[:6])
            frames.setdefault(number, []).append((int(time), int(span), checksum))
    found = {
        kinds[number]: Shown(bases[number], *(tuple(column) for column in zip(*rows, strict=True)))
        for number, rows in frames.items()
    }
    return Played(found.get("video"), found.get("audio"), complaints)
