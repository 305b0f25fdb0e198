"""Byte ranges of key frames: each decodes to its one frame."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.demo_clips.clip_spec import Clip
from blobhls.media.container.clock import Clock
from blobhls.media.container.iframe_ranges import key_frames
from blobhls.media.plan.plan import Plan
from blobhls.media.results import IFrame
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, CutVideo, EncodeVideo, Packaging
from tests.media.rendering import Rendered, pictures, plan_of, render_all
from tests.oracle.ts import parse_ts

ClipFactory = Callable[[str, Clip], Path]


@pytest.fixture(scope="session")
def clip_many_keys(clip_factory: ClipFactory) -> Path:
    """H.264 in MPEG-TS with a key frame every half second: 8 s."""
    clip = Clip(seconds=8, fps=Fraction(25), gop_seconds=Fraction(1, 2), audio=())
    return clip_factory("many-keys.ts", clip)


def ranges(plan: Plan, made: Rendered) -> list[tuple[IFrame, ...]]:
    """Return a worker's result for each segment."""
    found = []
    for number, segment in enumerate(made.segments):
        recipe = plan.recipe(made.rendition, number)
        assert isinstance(recipe, CutVideo | EncodeVideo)
        start = Clock.of(recipe.track, MPEG_CLOCK)(recipe.window.start)
        found.append(key_frames(segment, recipe.packaging, start))
    return found


@pytest.mark.parametrize(
    "fixture", ["clip_mp4", "clip_ts", "clip_many_keys", "clip_hevc", "clip_open_gop", "clip_webm"]
)
def test_each_range_decodes_to_its_one_frame(fixture: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(fixture)
    plan = plan_of(path)
    for rendition in plan.renditions:
        if rendition.kind != "video":
            continue
        made = render_all(path, plan, rendition.name)
        for number, frames in enumerate(ranges(plan, made)):
            segment = made.segments[number]
            # What a client has loaded before: the tables, or the initialisation section.
            head = segment[: frames[0].offset] if made.init is None else made.init
            shown = {round((p.time or 0) * MPEG_CLOCK) for p in pictures(made.alone(number))}
            begin = (rendition.edges[number] - rendition.edges[0]) * plan.base.value
            assert frames[0].after == 0
            for frame in frames:
                alone = pictures(head + segment[frame.offset : frame.offset + frame.length])
                assert len(alone) == 1
                at = round((alone[0].time or 0) * MPEG_CLOCK)
                assert at in shown
                assert abs(at - (begin + LEAD_SECONDS) * MPEG_CLOCK - frame.after) <= 1


def test_every_key_frame_of_a_transport_stream_has_its_range(clip_many_keys: Path) -> None:
    plan = plan_of(clip_many_keys)
    made = render_all(clip_many_keys, plan, "source_h264")
    found = ranges(plan, made)
    assert sum(map(len, found)) == 17  # in 200 pictures, one in 12
    for segment, frames in zip(made.segments, found, strict=True):
        stream = parse_ts(segment).stream("video")
        assert stream is not None
        keys = [unit for unit in stream.units if unit.random_access]
        assert [frame.offset for frame in frames] == [188 * unit.packet for unit in keys]
        assert [frame.after for frame in frames] == [
            (unit.pts or 0) - (keys[0].pts or 0) for unit in keys
        ]
        assert all(frame.length % 188 == 0 for frame in frames)


def test_the_range_of_a_fragment_ends_with_its_first_sample(clip_hevc: Path) -> None:
    plan = plan_of(clip_hevc)
    made = render_all(clip_hevc, plan, "source_hevc")
    for segment, frames in zip(made.segments, ranges(plan, made), strict=True):
        assert [(frame.offset, frame.after) for frame in frames] == [(0, 0)]
        assert frames[0].length < len(segment) // 2


def test_a_key_frame_without_parameter_sets_has_no_range(clip_many_keys: Path) -> None:
    plan = plan_of(clip_many_keys)
    segment = render_all(clip_many_keys, plan, "source_h264").segments[0]
    whole = key_frames(segment, "ts", LEAD_SECONDS * MPEG_CLOCK)
    # Units of type 7 become units of a type that nobody knows.
    spoiled = segment.replace(b"\0\0\1\x67", b"\0\0\1\x7f")
    assert len(whole) > 1
    assert key_frames(spoiled, "ts", LEAD_SECONDS * MPEG_CLOCK) == ()


anything = st.binary(max_size=600) | st.binary(max_size=600).map(lambda tail: b"G\x41\x01" + tail)


@given(anything, st.sampled_from(["ts", "fmp4"]))
def test_other_bytes_than_segments_have_no_ranges(data: bytes, packaging: Packaging) -> None:
    assert key_frames(data, packaging, 0) == ()
