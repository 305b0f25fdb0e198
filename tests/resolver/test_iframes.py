"""I-frame playlists of plans made by hand.

`BLOBHLS_GOLDEN=write pytest tests/resolver` writes the golden files anew.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId, blob_name
from blobhls.hls import parse_media
from blobhls.media.plan.plan import Plan
from blobhls.media.results import IFrame
from blobhls.resolver import iframe_playlist
from blobhls.resolver.playlists.playlists import Bitrate
from tests.resolver.stage import CLOCK, plan_of, seconds
from tests.resolver.test_playlists import PLANS, check_golden

ONE = (IFrame(6_016, 20_000, 0),)
TWO = (IFrame(6_016, 20_000, 0), IFrame(90_000, 15_000, CLOCK))


def playlist(plan: Plan, found: list[tuple[IFrame, ...]]) -> str:
    made = iframe_playlist(plan, plan.renditions[0], found, lambda n: f"{n}.ts", None)
    assert made is not None
    return made[0]


@pytest.mark.parametrize("name", ["ts", "fmp4"])
def test_sealed_iframe_playlists(name: str) -> None:
    plan = PLANS[name]
    rendition = plan.renditions[0]
    kind = rendition.template.media_type
    init = None if plan.init(rendition) is None else blob_name(BlobId.of(b"init"), "video/mp4")
    found = [ONE, TWO, TWO, ONE, ONE] if name == "ts" else [(IFrame(0, 20_000, 0),)] * 5
    made = iframe_playlist(
        plan, rendition, found, lambda n: blob_name(BlobId.of(b"%d" % n), kind), init
    )
    assert made is not None
    check_golden(f"sealed-iframes-{name}.m3u8", made[0])


def test_a_picture_lasts_until_the_next_one_is_shown() -> None:
    text = playlist(plan_of("s", 4), [ONE, TWO, TWO, ONE])
    segments = parse_media(text).segments
    assert [(s.uri, int(s.duration)) for s in segments] == [
        ("0.ts", 2), ("1.ts", 1), ("1.ts", 1), ("2.ts", 1), ("2.ts", 5), ("3.ts", 3),
    ]  # fmt: skip
    assert [(s.byte_range.offset, s.byte_range.length) for s in segments if s.byte_range][1:3] == [
        (6_016, 20_000),
        (90_000, 15_000),
    ]


def test_the_rate_is_that_of_the_key_frames_alone() -> None:
    plan = plan_of("s", 4)
    made = iframe_playlist(plan, plan.renditions[0], [ONE] * 4, str, None)
    assert made is not None
    # The densest: 40 kB in the first 4 s. Of all: 80 kB in 13 s.
    assert made[1] == Bitrate(80_000, -(-8 * 80_000 // 13))


def test_a_rendition_of_which_one_segment_is_not_known_has_none() -> None:
    plan = plan_of("s", 4)
    assert iframe_playlist(plan, plan.renditions[0], [ONE, ONE, (), ONE], str, None) is None


def test_sound_and_text_have_none() -> None:
    plan = plan_of("s", 4)
    for rendition in plan.renditions[2:]:
        assert iframe_playlist(plan, rendition, [ONE] * 4, str, None) is None


moments = st.lists(st.integers(0, 7 * CLOCK), max_size=4).map(
    lambda more: tuple(IFrame(n, 1, after) for n, after in enumerate([0, *more]))
)


@given(st.lists(moments, min_size=4, max_size=4))
def test_whatever_segments_say_pictures_tile_the_video_and_stay_in_their_segment(
    found: list[tuple[IFrame, ...]],
) -> None:
    plan = plan_of("s", 4)
    segments = parse_media(playlist(plan, found)).segments
    times = [Fraction(0), *accumulate(s.duration for s in segments)]
    spans = list(pairwise([Fraction(0), *accumulate(seconds(plan.renditions[0]))]))
    assert times[-1] == plan.duration
    for segment, begin in zip(segments, times, strict=False):
        start, stop = spans[int(segment.uri.removesuffix(".ts"))]
        assert start - Fraction(1, 10**6) <= begin < stop
