"""Where decoded sound belongs on the timeline, to the sample.

Containers round time stamps: Matroska to the millisecond, 48 samples at 48 kHz. Each frame gives an
interval that the true position lies in; frames that follow each other share one position, and
their intervals' intersection is soon narrower than a sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from av.audio.frame import AudioFrame

from blobhls.recipe import AAC_RATE

_HOLE: Final = Fraction(1, 25)  # seconds; less is a rounded or jittering time stamp
_PIECE: Final = 4096  # samples of silence at a time


class Placed:
    """A decoded frame and the sample of the timeline that its first sample is."""

    def __init__(self, frame: AudioFrame, at: Fraction, slack: Fraction) -> None:
        self.frame = frame
        self.at = at  # samples, as the time stamp says
        self.slack = slack  # samples that it may be off, either way
        self.position = 0


def aligned(seconds: Fraction, rate: int) -> int:
    """Return the last sample at or before `seconds` that is one of the 48 kHz grid too."""
    step = rate // math.gcd(rate, AAC_RATE)
    return math.floor(seconds * rate / step) * step


def on_timeline(sounds: Iterable[Placed], origin: int, ending: int) -> Iterator[Placed]:
    """Yield frames without hole or overlap from sample `origin` to `ending`.

    What is missing is silence; what overlaps is left out.
    """
    cursor = origin
    last: AudioFrame | None = None
    for run in _runs(sounds):
        position = _position(run)
        for sound in run:
            start, position = position, position + sound.frame.samples
            frame = sound.frame
            if position <= cursor or start >= ending:
                continue
            if start < cursor:
                frame = _tail(frame, cursor - start)
            yield from _silence(frame, cursor, min(start, ending))
            result = Placed(frame, sound.at, sound.slack)
            result.position = max(start, cursor)
            cursor = position
            last = frame
            yield result
    yield from _silence(last or _default(), cursor, ending)


def _default() -> AudioFrame:
    frame = AudioFrame("fltp", "stereo", 1)
    frame.sample_rate = AAC_RATE
    return frame


def _runs(sounds: Iterable[Placed]) -> Iterator[list[Placed]]:
    """Split where a time stamp is further off than rounding explains."""
    run: list[Placed] = []
    expected = Fraction(0)
    for sound in sounds:
        limit = max(2 * sound.slack, _HOLE * sound.frame.sample_rate)
        if run and abs(sound.at - expected) > limit:
            yield run
            run = []
        run.append(sound)
        expected = sound.at + sound.frame.samples
    if run:
        yield run


def _position(run: list[Placed]) -> int:
    """Return the first sample of a run of frames that follow each other."""
    done = 0
    low, high = None, None
    offsets = []
    for sound in run:
        offset = sound.at - done
        offsets.append(offset)
        low = offset - sound.slack if low is None else max(low, offset - sound.slack)
        high = offset + sound.slack if high is None else min(high, offset + sound.slack)
        done += sound.frame.samples
    if low is None or high is None or low > high:
        # The clock drifts, or stamps jitter by more than rounding: the middle one is as good.
        return round(sorted(offsets)[len(offsets) // 2])
    return math.floor((low + high) / 2 + Fraction(1, 2))


def _tail(frame: AudioFrame, skip: int) -> AudioFrame:
    """Return a frame without its first `skip` samples."""
    rest = AudioFrame(frame.format.name, frame.layout.name, frame.samples - skip)
    rest.sample_rate = frame.sample_rate
    width = frame.format.bytes
    if not frame.format.is_planar:
        width *= len(frame.layout.channels)
    for source, target in zip(frame.planes, rest.planes, strict=True):
        data = bytes(source)[skip * width : frame.samples * width]
        target.update(data.ljust(target.buffer_size, b"\0"))
    return rest


def _silence(like: AudioFrame, start: int, stop: int) -> Iterator[Placed]:
    """Yield silence in the format of `like` from one sample to another."""
    quiet = b"\x80" if like.format.name.startswith("u8") else b"\0"
    while start < stop:
        count = min(_PIECE, stop - start)
        frame = AudioFrame(like.format.name, like.layout.name, count)
        frame.sample_rate = like.sample_rate
        for plane in frame.planes:
            plane.update(quiet * plane.buffer_size)
        placed = Placed(frame, Fraction(start), Fraction(0))
        placed.position = start
        yield placed
        start += count
