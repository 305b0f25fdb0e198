"""The offset of the audio of two recordings, by their loudness over time."""

from __future__ import annotations

import subprocess
from array import array
from pathlib import Path
from typing import Final

_RATE: Final = 8_000
_BLOCK: Final = 8  # samples: one millisecond
_SECONDS: Final = 12  # that are compared
_FARTHEST: Final = 250  # milliseconds
_SHORTEST: Final = 300  # milliseconds


def loudness(source: str | Path, first: float) -> list[int]:
    """Return the loudness of each millisecond; `first`: when the first sample is heard, in ms.

    What is heard before 0 is left out, and silence stands where there is nothing.
    """
    command = [
        "ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", str(source), "-map", "0:a:0",
        "-af", f"aresample={_RATE}:async=1:min_hard_comp=0.01,asetpts=PTS-STARTPTS,"
        f"atrim=end={_SECONDS}", "-ac", "1", "-f", "s16le", "-",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=300, check=True)
    samples = array("h", done.stdout[: len(done.stdout) // (2 * _BLOCK) * 2 * _BLOCK])
    heard = [sum(map(abs, samples[at : at + _BLOCK])) for at in range(0, len(samples), _BLOCK)]
    return [0] * round(first) + heard[max(0, -round(first)) :]


def lag(first: list[int], second: list[int]) -> int | None:
    """Return by how many milliseconds `second` is later; None where that can't be told.

    The lag with the best match of loudness; too short or too even a sound matches everywhere.
    """
    length = min(len(first), len(second)) - 2 * _FARTHEST
    if length < _SHORTEST:
        return None
    middle = first[_FARTHEST : _FARTHEST + length]
    mean = sum(middle) / length
    if sum(abs(value - mean) for value in middle) < 0.1 * mean * length or mean < _BLOCK * 20:
        return None
    costs = {
        shift: sum(abs(a - b) for a, b in zip(middle, second[_FARTHEST + shift :], strict=False))
        for shift in range(-_FARTHEST, _FARTHEST + 1)
    }
    best = min(costs, key=costs.__getitem__)
    return best if costs[best] < 0.7 * mean * length else None
