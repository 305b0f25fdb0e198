"""Audio with a wrong clock: by its time stamps it lasts longer, or shorter, than its samples.

Such a track is played faster or slower by that factor, so that it stays in sync with its video. The
factor is measured near both ends of a window, on audio that the neighbouring windows read as well:
so windows that are rendered separately agree on the sample at their boundary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final

import msgspec

from blobhls.media.audio.alignment import TimedFrame, continuous_runs
from blobhls.recipe import AAC_RATE

# Seconds of audio on either side of a boundary that determine its sample.
BOUNDARY_MARGIN: Final = 1
_MIN_FRAMES: Final = 8  # frames that a line is fitted through
_MIN_SECONDS: Final = 2  # seconds; less audio can't tell drift from jitter
_MIN_STANDARD_ERRORS: Final = 6  # standard errors
_MAX_DRIFT: Final = 0.02  # of the rate; beyond this, something else is wrong
_MAX_MISSING: Final = Fraction(1, 10)  # seconds that may be missing at the start and end of a track
_SEARCH: Final = AAC_RATE // 4  # samples searched for one that coincides with a source sample


class Drift(msgspec.Struct, frozen=True):
    """The rate of a run: at sample `sample` of 48 kHz, `counted` of its samples have passed."""

    sample: int
    counted: float
    step: float  # samples of the run for each one of 48 kHz


class _Line(msgspec.Struct, frozen=True):
    """A fitted line: the mean `claim` of some frames, their mean sample count, and the slope."""

    claim: float
    counted: float
    slope: float  # samples claimed for each sample counted
    error: float  # standard error of the slope

    def counted_at(self, claim: float) -> float:
        return self.counted + (claim - self.claim) / self.slope


def is_drifting(timed_frames: Sequence[TimedFrame], slack: Fraction, rate: int) -> bool:
    """Say whether the time stamps of a window's audio run at another rate than its samples.

    `slack`: samples by which a time stamp may be off because it is rounded.
    """
    run = _Run.of(timed_frames, slack, rate)
    if run is None or run.counted[-1] - run.counted[0] < _MIN_SECONDS * rate:
        return False
    line = _line(run.claims, run.counted)
    gained = abs(line.slope - 1) * (run.counted[-1] - run.counted[0])
    certain = abs(line.slope - 1) > _MIN_STANDARD_ERRORS * line.error
    return certain and gained > float(slack) / 2 and abs(line.slope - 1) < _MAX_DRIFT


def measure_drift(
    timed_frames: Sequence[TimedFrame], slack: Fraction, rate: int, window: tuple[int, int]
) -> Drift | None:
    """Return the rate of a run's samples in a window; None where it can't be measured.

    `timed_frames`: the frames of the window and `BOUNDARY_MARGIN` around it; their
    samples are counted from the first one on. `window`: half-open, in 48 kHz samples of the
    timeline.
    """
    run = _Run.of(timed_frames, slack, rate)
    if run is None:
        return None
    first, last = (float(Fraction(edge * rate, AAC_RATE)) for edge in window)
    max_missing = _MAX_MISSING * rate
    ending = timed_frames[-1].at + timed_frames[-1].frame.samples
    if timed_frames[0].at > first + max_missing or ending < last - max_missing:
        return None
    lines = run.line_near(first, rate), run.line_near(last, rate)
    if lines[0] is None or lines[1] is None:
        return None
    begin, end = lines[0].counted_at(first), lines[1].counted_at(last)
    return Drift(window[0], begin, (end - begin) / (window[1] - window[0]))


def start_on_common_sample(drift: Drift, latest: int) -> tuple[int, int]:
    """Return a 48 kHz sample before `latest` that coincides with one of the run, and the latter."""

    def off(sample: int) -> float:
        counted = drift.counted + (sample - drift.sample) * drift.step
        return abs(counted - round(counted))

    best = min(range(latest - _SEARCH, latest), key=off)
    return best, round(drift.counted + (best - drift.sample) * drift.step)


class _Run(msgspec.Struct, frozen=True):
    """Consecutive frames with reliable time stamps."""

    claims: list[float]
    counted: list[int]  # samples of the run before each frame

    @classmethod
    def of(cls, timed_frames: Sequence[TimedFrame], slack: Fraction, rate: int) -> _Run | None:
        """Return all frames as one run; None where there are gaps, or too few frames."""
        lengths = [timed.frame.samples for timed in timed_frames]
        if len(list(continuous_runs(timed_frames, slack, rate))) != 1:
            return None
        counts = accumulate(lengths, initial=0)
        good = [
            (float(s.at), n) for s, n in zip(timed_frames, counts, strict=False) if not s.trimmed
        ]
        if len(good) < _MIN_FRAMES:
            return None
        return cls([claim for claim, _ in good], [count for _, count in good])

    def line_near(self, edge: float, rate: int) -> _Line | None:
        """Return the line through the frames around a boundary; None where they are too few."""
        chosen = [
            n for n, claim in enumerate(self.claims) if abs(claim - edge) <= BOUNDARY_MARGIN * rate
        ]
        if len(chosen) < _MIN_FRAMES:
            return None
        return _line([self.claims[n] for n in chosen], [self.counted[n] for n in chosen])


def _line(claims: Sequence[float], counted: Sequence[int]) -> _Line:
    """Fit a line by least squares."""
    size = len(claims)
    middle, mean = sum(counted) / size, sum(claims) / size
    spread = sum((at - middle) ** 2 for at in counted)
    common = sum((at - middle) * (c - mean) for at, c in zip(counted, claims, strict=True))
    slope = common / spread
    rest = sum(
        (c - mean - slope * (at - middle)) ** 2 for at, c in zip(counted, claims, strict=True)
    )
    return _Line(mean, middle, slope, math.sqrt(rest / max(1, size - 2) / spread))
