"""Consistent renditions pass; each inconsistency is reported under its own rule."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import msgspec
import pytest

from tests.oracle.breaking import groups, renumbered, shifted
from tests.oracle.streams import FPS, Rendition
from tests.oracle.together import Presented, TogetherRule, check_together

_FRAME = Fraction(1, FPS)
_TICKS = 90_000 // FPS

Change = Callable[[Presented], Presented]


def presented(rendition: Rendition, name: str = "source") -> Presented:
    return Presented(name, rendition.segments, rendition.extinf, rendition.init)


def _with_segments(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    def apply(good: Presented) -> Presented:
        return msgspec.structs.replace(good, segments=tuple(change([*good.segments])))

    return apply


def _longer(good: Presented) -> Presented:
    return msgspec.structs.replace(good, extinf=(*good.extinf[:-1], good.extinf[-1] + _FRAME))


def _joined(good: Presented) -> Presented:
    first, second, *rest = good.segments
    return msgspec.structs.replace(
        good, segments=(first + second, *rest), extinf=(sum(good.extinf[:2]), *good.extinf[2:])
    )


def _cut_a_picture_late(segments: list[bytes]) -> list[bytes]:
    first, *rest = groups(segments[1])
    return renumbered([segments[0] + first, b"".join(rest), *segments[2:]])


BREAKS: dict[str, tuple[Change, set[TogetherRule]]] = {
    "a frame longer": (_longer, {"duration"}),
    "two segments in one": (_joined, {"count"}),
    "a picture of the next segment": (_with_segments(_cut_a_picture_late), {"boundary"}),
    "a tick late": (
        _with_segments(lambda s: [shifted(each, 1) for each in s]),
        {"boundary", "same-picture"},
    ),
    "one segment half a frame late": (
        _with_segments(lambda s: [s[0], shifted(s[1], _TICKS // 2), *s[2:]]),
        {"boundary", "same-picture"},
    ),
}


def test_renditions_of_the_same_pictures_agree(h264: Rendition) -> None:
    good = presented(h264)
    sound = msgspec.structs.replace(good, kind="audio")
    assert check_together([good, good, sound], _FRAME) == []


def test_both_packagings_are_compared_by_what_they_show(h264_mp4: Rendition) -> None:
    good = presented(h264_mp4)
    assert check_together([good, good], _FRAME) == []
    late = msgspec.structs.replace(good, segments=(*good.segments[1:], good.segments[0]))
    assert {each.rule for each in check_together([good, late], _FRAME)} == {"boundary"}


def test_every_second_picture_agrees_with_all_of_them(h264: Rendition) -> None:
    good = presented(h264)
    halved = tuple(b"".join(groups(segment)[::2]) for segment in good.segments)
    assert check_together([good, msgspec.structs.replace(good, segments=halved)], _FRAME) == []


@pytest.mark.parametrize("name", BREAKS)
def test_a_disagreement_is_reported_under_its_rule(name: str, h264: Rendition) -> None:
    change, rules = BREAKS[name]
    good = presented(h264)
    found = check_together([good, change(presented(h264, "other"))], _FRAME)
    assert {each.rule for each in found} == rules
    assert {each.name for each in found} == {"other"}


def test_boundaries_of_its_own_are_allowed_where_that_is_said(h264: Rendition) -> None:
    good = presented(h264)
    assert check_together([good, _joined(good)], _FRAME, same_windows=False) == []
