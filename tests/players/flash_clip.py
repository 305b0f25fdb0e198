"""A film that flashes and beeps on every full second, and is never quite silent."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from blobhls.demo_clips.clip_spec import Clip
from blobhls.demo_clips.clips import make_clip

SECONDS: Final = 30
FPS: Final = 24
LATE: Final = (Fraction(0), Fraction(80, 1000))
"""Seconds that each of its sounds is late: the second one is, to see that it is noticed."""
BEEP: Final = Fraction(80, 1000)  # seconds, of a flash too
_RATE: Final = 48_000
_LOUD: Final = 12_000  # of 32 767; the hum is 32 dB below that


def make_flashing(path: Path) -> Path:
    """Write the film: H.264 with B-frames, large enough for a step of the ladder, and AAC."""
    silent = path.with_name(f"silent-{path.name}")
    make_clip(silent, Clip(seconds=SECONDS, size=(640, 400), fps=Fraction(FPS), audio=()))
    with av.open(str(silent)) as source, av.open(str(path), "w") as film:
        pictures = source.streams.video[0]
        copied = film.add_stream_from_template(pictures)
        sounds = [film.add_stream("aac", _RATE, layout="mono") for _ in LATE]
        for packet in source.demux(pictures):
            if packet.dts is not None:
                packet.stream = copied
                film.mux(packet)
        for sound, late in zip(sounds, LATE, strict=True):
            for frame in _frames(late):
                film.mux(sound.encode(frame))
            film.mux(sound.encode(None))
    silent.unlink()
    return path


def _frames(late: Fraction) -> list[av.AudioFrame]:
    second = array("h", map(_sample, range(_RATE)))
    shift = -int(late * _RATE)
    samples = (second[shift:] + second[:shift]).tobytes()
    frames = []
    for number in range(SECONDS):
        frame = av.AudioFrame("s16", "mono", _RATE)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), number * _RATE
        frames.append(frame)
    return frames


def _sample(number: int) -> int:
    hum = 300 * math.sin(2 * math.pi * 150 * number / _RATE)
    tone = int(BEEP * _RATE)
    if number >= tone:
        return round(hum)
    fade = min(number, tone - number) / tone * 2  # no click at either end
    return round(hum + _LOUD * fade * math.sin(2 * math.pi * 880 * number / _RATE))
