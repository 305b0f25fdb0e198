"""What has to be the same in a source and in what is played of it."""

from __future__ import annotations

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


def longest_gap(shown: Shown | None) -> Fraction | None:
    """Return the longest time between two pictures if the source is irregular, else None."""
    if shown is None or shown.count < 2:
        return None
    steps = [(b - a) * shown.base for a, b in pairwise(sorted(shown.times))]
    if shown.frame * Fraction(2, 3) <= min(steps) and max(steps) <= shown.frame * Fraction(4, 3):
        return None
    return max(*steps, shown.frame * Fraction(3, 2)) + _MILLISECOND


def assert_same_pictures(name: str, expected: Shown | None, found: Shown | None) -> None:
    """As many pictures, each at its time after the first one, to half a frame."""
    exception = EXCEPTIONS.get(name)
    if exception is not None and exception.pictures:
        assert found is not None, "no picture"
        assert found.count in exception.pictures, f"{found.count} pictures"
        return
    assert (found is None) == (expected is None), f"pictures: {found is not None}"
    if found is None or expected is None:
        return
    assert found.count == expected.count, f"{found.count} pictures, {expected.count} expected"
    pairs = zip(sorted(expected.times), sorted(found.times), strict=True)
    bound = max(expected.frame / 2, 2 * _MILLISECOND)
    for number, (before, after) in enumerate(pairs):
        off = (after * found.base - found.start) - (before * expected.base - expected.start)
        assert abs(off) <= bound, f"picture {number} is off by {float(off):+.4f} s"


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
