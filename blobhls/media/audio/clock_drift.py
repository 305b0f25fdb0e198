"""Sound whose clock is wrong: by its time stamps it lasts longer, or shorter, than its samples.

Such a track is played faster or slower by that much, so that it stays with its picture. How much
is measured near both ends of a window, from what its neighbours read there too: so windows that are
made alone agree on the sample that stands at their join.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final

import msgspec

from blobhls.media.audio.alignment import Sound, runs
from blobhls.recipe import AAC_RATE

NEAR: Final = 1  # seconds of sound on either side that say where a join is
_LEAST: Final = 8  # frames that a line is drawn through
_SHORTEST: Final = 2  # seconds; less tells no drift from jitter
_CERTAIN: Final = 6  # standard errors
_WILDEST: Final = 0.02  # of the rate; beyond, something else is wrong
_RAGGED: Final = Fraction(1, 10)  # seconds that may be missing where a track begins and ends
_SEARCH: Final = AAC_RATE // 4  # samples in which one is looked for that falls on one of the source


class Course(msgspec.Struct, frozen=True):
    """How the samples of a run go by: `counted` of them have, at sample `place` of 48 kHz."""

    place: int
    counted: float
    step: float  # samples of the run for each one of 48 kHz


class _Line(msgspec.Struct, frozen=True):
    """`claim` of the middle of some frames, how many samples of the run that is, and the slope."""

    claim: float
    counted: float
    slope: float  # samples claimed for each one counted
    error: float  # standard error of the slope

    def counted_at(self, claim: float) -> float:
        return self.counted + (claim - self.claim) / self.slope


def drifts(sounds: Sequence[Sound], slack: Fraction, rate: int) -> bool:
    """Say whether the time stamps of a window's sound go another pace than its samples.

    `slack`: samples that a time stamp may be off because it is rounded.
    """
    run = _Run.of(sounds, slack, rate)
    if run is None or run.counted[-1] - run.counted[0] < _SHORTEST * rate:
        return False
    line = _line(run.claims, run.counted)
    gained = abs(line.slope - 1) * (run.counted[-1] - run.counted[0])
    certain = abs(line.slope - 1) > _CERTAIN * line.error
    return certain and gained > float(slack) / 2 and abs(line.slope - 1) < _WILDEST


def course(
    sounds: Sequence[Sound], slack: Fraction, rate: int, window: tuple[int, int]
) -> Course | None:
    """Return how the samples of a run go by in a window; None where it can't be said.

    `sounds`: those of the window and `NEAR` around it; samples are counted from the first one on.
    `window`: half-open, in samples of 48 kHz of the timeline.
    """
    run = _Run.of(sounds, slack, rate)
    if run is None:
        return None
    first, last = (float(Fraction(edge * rate, AAC_RATE)) for edge in window)
    ragged = _RAGGED * rate
    ending = sounds[-1].at + sounds[-1].frame.samples
    if sounds[0].at > first + ragged or ending < last - ragged:
        return None
    lines = run.near(first, rate), run.near(last, rate)
    if lines[0] is None or lines[1] is None:
        return None
    begin, end = lines[0].counted_at(first), lines[1].counted_at(last)
    return Course(window[0], begin, (end - begin) / (window[1] - window[0]))


def whole_start(way: Course, latest: int) -> tuple[int, int]:
    """Return a sample of 48 kHz before `latest` that falls on one of the run, and that one."""

    def off(place: int) -> float:
        counted = way.counted + (place - way.place) * way.step
        return abs(counted - round(counted))

    best = min(range(latest - _SEARCH, latest), key=off)
    return best, round(way.counted + (best - way.place) * way.step)


class _Run(msgspec.Struct, frozen=True):
    """Frames that follow each other, as far as their time stamps are to be believed."""

    claims: list[float]
    counted: list[int]  # samples of the run before each of them

    @classmethod
    def of(cls, sounds: Sequence[Sound], slack: Fraction, rate: int) -> _Run | None:
        """Return the run that all of the sounds are; None where there are holes, or too few."""
        lengths = [sound.frame.samples for sound in sounds]
        if len(list(runs(sounds, slack, rate))) != 1:
            return None
        counts = accumulate(lengths, initial=0)
        good = [(float(s.at), n) for s, n in zip(sounds, counts, strict=False) if not s.trimmed]
        if len(good) < _LEAST:
            return None
        return cls([claim for claim, _ in good], [count for _, count in good])

    def near(self, edge: float, rate: int) -> _Line | None:
        """Return the line through the frames around a join; None where there are too few."""
        chosen = [n for n, claim in enumerate(self.claims) if abs(claim - edge) <= NEAR * rate]
        if len(chosen) < _LEAST:
            return None
        return _line([self.claims[n] for n in chosen], [self.counted[n] for n in chosen])


def _line(claims: Sequence[float], counted: Sequence[int]) -> _Line:
    """Draw a line by least squares."""
    size = len(claims)
    middle, mean = sum(counted) / size, sum(claims) / size
    spread = sum((at - middle) ** 2 for at in counted)
    common = sum((at - middle) * (c - mean) for at, c in zip(counted, claims, strict=True))
    slope = common / spread
    rest = sum(
        (c - mean - slope * (at - middle)) ** 2 for at, c in zip(counted, claims, strict=True)
    )
    return _Line(mean, middle, slope, math.sqrt(rest / max(1, size - 2) / spread))
