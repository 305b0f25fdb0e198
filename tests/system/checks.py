"""What must be equal in a source and in its played renditions."""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise
from typing import Final

from tests.system.media import EXCEPTIONS
from tests.system.player import Played, Shown

_MILLISECOND: Final = Fraction(1, 1000)  # a tick of Matroska
_OF_JOINS: Final = ("Packet corrupt", "corrupt input packet", "DTS", "discontinuity", "dropping")


def joins_noticed(played: Played) -> list[str]:
    """Return what a player says of joins that do not fit."""
    return [
        line
        for line in played.complaints.splitlines()
        # What the list of frames complains of, is compared with the source elsewhere.
        if any(word in line for word in _OF_JOINS) and not line.startswith("[framecrc")
    ]


def sound_after_picture(played: Played) -> float:
    """Return how many milliseconds the sound begins after the picture; 0 without a picture."""
    if played.video is None or played.audio is None:
        return 0
    return float(played.audio.start - played.video.start) * 1000


def thinning(rendition: str, shown: Shown | None) -> int:
    """Return of how many pictures a rung shows one: low ones 30 a second at most, others 60."""
    side = rendition.partition("p_")[0]
    if shown is None or not side.isdecimal():
        return 1
    rate = shown.count / max(shown.duration, shown.frame)
    return math.ceil(rate / ((30 if int(side) <= 480 else 60) * Fraction(102, 100)))


def longest_gap(shown: Shown | None, every: int = 1) -> Fraction | None:
    """Return the longest time between two pictures if they are irregular, else None.

    `every`: of how many one is shown. Then they are, as a segment's first one always is.
    """
    if shown is None or shown.count < 2:
        return None
    steps = [(b - a) * shown.base for a, b in pairwise(sorted(shown.times))]
    if every > 1:
        return max(steps) + every * shown.frame + _MILLISECOND
    if shown.frame * Fraction(2, 3) <= min(steps) and max(steps) <= shown.frame * Fraction(4, 3):
        return None
    return max(*steps, shown.frame * Fraction(3, 2)) + _MILLISECOND


def assert_same_pictures(
    name: str, expected: Shown | None, found: Shown | None, *, every: int = 1
) -> None:
    """As many pictures, each at its time after the first one, to half a frame.

    `every`: of how many one is shown where the rate is lower on purpose, and more at joins.
    """
    exception = EXCEPTIONS.get(name)
    if exception is not None and exception.pictures:
        assert found is not None, "no picture"
        assert found.count in exception.pictures, f"{found.count} pictures"
        return
    assert (found is None) == (expected is None), f"pictures: {found is not None}"
    if found is None or expected is None:
        return
    if every > 1:
        _assert_thinned(expected, found, every)
        return
    assert found.count == expected.count, f"{found.count} pictures, {expected.count} expected"
    pairs = zip(sorted(expected.times), sorted(found.times), strict=True)
    bound = max(expected.frame / 2, 2 * _MILLISECOND)
    for number, (before, after) in enumerate(pairs):
        off = (after * found.base - found.start) - (before * expected.base - expected.start)
        assert abs(off) <= bound, f"picture {number} is off by {float(off):+.4f} s"


def _assert_thinned(expected: Shown, found: Shown, every: int) -> None:
    """Each picture at a time of the source's, and none missing that is wanted."""
    times = sorted(each * expected.base - expected.start for each in expected.times)
    seen = sorted(each * found.base - found.start for each in found.times)
    bound = max(expected.frame / 2, 2 * _MILLISECOND)
    for number, at in enumerate(seen):
        place = bisect_left(times, at - bound)
        assert place < len(times), f"picture {number} is after the last"
        assert times[place] <= at + bound, f"picture {number} is none of the source's"
    most = len(times) // every + 1 + int(times[-1])  # a join a second at most
    assert len(times) // (every + 1) <= len(seen) <= most, f"{len(seen)} pictures"


def assert_same_length(name: str, expected: Played, played: Played) -> None:
    """Sound begins and ends with the picture, or as the source's where it is alone, to a frame.

    At the end to a frame of each: how long the last picture lasts, files do not say.
    """
    assert (played.audio is None) == (expected.audio is None), f"sound: {played.audio is not None}"
    if played.audio is None or expected.audio is None:
        return
    if played.video is None:
        longer = played.audio.duration - expected.audio.duration
        assert abs(longer) <= expected.audio.frame, f"sound is {float(longer):+.4f} s longer"
        return
    frame = max(played.audio.frame, played.video.frame)
    late = played.audio.start - played.video.start
    assert abs(late) <= frame, f"sound begins {float(late):+.4f} s after the picture"
    late = played.audio.stop - played.video.stop
    both = played.audio.frame + played.video.frame
    assert abs(late) <= both, f"sound ends {float(late):+.4f} s after the picture"
