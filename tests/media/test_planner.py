"""From a probe to renditions: which are cut, which encoded, and in what packaging."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.errors import RenditionUnknown
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack
from blobhls.recipe import CutVideo, EncodeVideo, Init, Ratio, decode, encode

BASE = 1000  # ticks a second
PLAIN = VideoTrack(
    stream=0,
    codec="h264",
    codecs="avc1.640028",
    profile="High",
    width=1920,
    height=1080,
    aspect=Ratio(1, 1),
    pixel_format="yuv420p",
    frame_rate=Ratio(25, 1),
    tick_rate=Ratio(25, 1),
    base=Ratio(1, BASE),
    start=0,
    stop=20 * BASE,
    rotation=0,
    interlaced=False,
    transfer=1,
    steady=True,
    key_frames=tuple(KeyFrame(second * BASE, -1, clean=True) for second in range(0, 20, 2)),
    peak_rate=0,
)
HEVC = {"codec": "hevc", "codecs": "hvc1.1.6.L120.90", "profile": "Main"}


def _plan(**changes: object) -> Plan:
    video = msgspec.structs.replace(PLAIN, **changes)
    return make_plan("source", Probe("mov", 10_000_000, video, (), (), by_position=False))


def _keys(*seconds: int, clean: bool = True) -> tuple[KeyFrame, ...]:
    return tuple(KeyFrame(second * BASE, -1, clean) for second in seconds)


@pytest.mark.parametrize(
    ("changes", "packaging", "names"),
    [
        ({}, "ts", ["source_h264", "720p_h264", "480p_h264", "360p_h264"]),
        ({"width": 640, "height": 360}, "ts", ["source_h264"]),
        (HEVC, "fmp4", ["source_hevc", "1080p_h264", "720p_h264", "480p_h264", "360p_h264"]),
        (
            HEVC | {"width": 3840, "height": 2160},
            "fmp4",
            ["source_hevc", "1080p_h264", "720p_h264", "480p_h264", "360p_h264"],
        ),
        (
            HEVC | {"codec": "av1", "codecs": "av01.0.05M.08", "width": 300, "height": 200},
            "fmp4",
            ["source_av1", "200p_h264"],
        ),
        (
            {"codec": "vp9", "codecs": "vp09.00.40.08", "profile": "Profile 0"},
            "fmp4",
            ["source_vp9", "1080p_h264", "720p_h264", "480p_h264", "360p_h264"],
        ),
    ],
)
def test_the_ladder_has_all_rungs_below_the_source(
    changes: dict[str, object], packaging: str, names: list[str]
) -> None:
    plan = _plan(**changes)
    assert plan.packaging == packaging
    assert [rendition.name for rendition in plan.renditions] == names


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": "vp9", "codecs": None},
        {"profile": "High 10", "pixel_format": "yuv420p10le"},
        {"profile": "High 4:4:4 Predictive", "pixel_format": "yuv444p"},
        {"rotation": 90},
        {"mirrored": True},
        {"steady": False},
        {"key_frames": _keys(0, 2, 4, clean=False)},
        {"stop": 80 * BASE},  # one window would last from second 18 to 80
    ],
)
def test_video_that_can_not_be_cut_is_encoded_at_its_own_size(changes: dict[str, object]) -> None:
    plan = _plan(**changes)
    source = plan.rendition("source_h264")
    assert isinstance(source.template, EncodeVideo)
    assert plan.packaging == "ts"
    assert source.codecs is not None


def test_all_renditions_share_the_boundaries_of_the_cut() -> None:
    plan = _plan()
    source = plan.rendition("source_h264")
    assert isinstance(source.template, CutVideo)
    assert {rendition.edges for rendition in plan.renditions} == {source.edges}


def test_a_long_key_frame_interval_is_split_only_for_encoded_renditions() -> None:
    plan = _plan(key_frames=_keys(0, 20), stop=26 * BASE)
    source, ladder = plan.rendition("source_h264"), plan.rendition("720p_h264")
    assert source.edges == (0, 20 * BASE, 26 * BASE)
    assert set(source.edges) < set(ladder.edges)


@pytest.mark.parametrize(
    ("seconds", "size", "cut"),
    [(60, 20 << 20, True), (60, 80 << 20, False), (100, 20 << 20, False), (30, 80 << 20, True)],
)
def test_cut_points_may_be_far_apart_where_few_bytes_are_between_them(
    seconds: int, size: int, cut: bool
) -> None:
    keys = tuple(
        KeyFrame(at * BASE, place, clean=True)
        for at, place in ((0, 1000), (6, 2000), (6 + seconds, 2000 + size))
    )
    plan = _plan(**HEVC, key_frames=keys, stop=(seconds + 12) * BASE)
    assert isinstance(plan.renditions[0].template, CutVideo) is cut
    if cut:
        # What is encoded beside it is split all the same.
        assert len(plan.rendition("720p_h264").edges) > len(plan.renditions[0].edges)


def test_key_frames_that_are_no_cut_points_are_skipped() -> None:
    keys = (*_keys(0), *_keys(2, 4, 6, clean=False), *_keys(8, 16))
    assert _plan(key_frames=keys).rendition("source_h264").edges == (0, 8000, 16_000, 20_000)


@pytest.mark.parametrize(
    ("changes", "size", "level"),
    [
        ({}, (1280, 720), 31),
        ({"tick_rate": Ratio(60, 1)}, (1280, 720), 32),
        ({"tick_rate": Ratio(60, 1), "frame_rate": Ratio(60, 1)}, (1280, 720), 32),
        ({"rotation": 90}, (720, 1280), 31),
        ({"width": 1440, "aspect": Ratio(4, 3)}, (1280, 720), 31),
        ({"width": 1918, "height": 1078}, (1282, 720), 32),  # even, and a column of blocks more
    ],
)
def test_rungs_have_even_sizes_square_pixels_and_the_level_they_need(
    changes: dict[str, object], size: tuple[int, int], level: int
) -> None:
    rung = _plan(**changes).rendition("720p_h264")
    assert isinstance(rung.template, EncodeVideo)
    assert (rung.width, rung.height) == size == (rung.template.width, rung.template.height)
    assert rung.template.level == level
    assert rung.codecs == f"avc1.6400{level:02x}"


@pytest.mark.parametrize(
    ("rate", "interlaced", "every"),
    [
        (Ratio(30, 1), False, {}),
        (Ratio(30, 1), True, {}),
        (Ratio(50, 1), False, {"480p_h264": 2, "360p_h264": 2}),
        (Ratio(60_000, 1001), False, {"480p_h264": 2, "360p_h264": 2}),
        (Ratio(120, 1), False, {"720p_h264": 2, "480p_h264": 4, "360p_h264": 4}),
        (Ratio(1, 1), False, {}),
    ],
)
def test_low_rungs_have_at_most_30_frames_a_second_and_the_others_60(
    rate: Ratio, interlaced: bool, every: dict[str, int]
) -> None:
    plan = _plan(frame_rate=rate, tick_rate=rate, interlaced=interlaced, profile="High 10")
    found = {}
    for rendition in plan.renditions:
        assert isinstance(rendition.template, EncodeVideo)
        found[rendition.name] = rendition.template.every
        assert rendition.frame_rate.value * found[rendition.name] == rate.value
    assert found == dict.fromkeys(found, 1) | every


def test_video_with_closed_captions_keeps_every_frame() -> None:
    rate = Ratio(60_000, 1001)
    plan = _plan(frame_rate=rate, tick_rate=rate, captions=("CC1",))
    templates = [rendition.template for rendition in plan.renditions]
    assert {each.every for each in templates if isinstance(each, EncodeVideo)} == {1}


@pytest.mark.parametrize(
    ("changes", "video_range", "tonemap", "colour"),
    [
        ({}, "SDR", None, (1, 1, 1)),
        (HEVC | {"transfer": 16, "primaries": 9, "matrix": 9}, "PQ", "pq", (1, 1, 1)),
        (HEVC | {"transfer": 18, "primaries": 9, "matrix": 9}, "HLG", "hlg", (1, 1, 1)),
        ({"primaries": 5, "transfer": 6, "matrix": 5}, "SDR", None, (5, 6, 5)),
        ({"transfer": 2, "height": 480}, "SDR", None, (6, 6, 6)),  # it does not say
        ({"codec": "vp9", "matrix": 0}, "SDR", None, (1, 1, 1)),  # RGB
    ],
)
def test_colours_are_kept_where_known_and_hdr_becomes_sdr(
    changes: dict[str, object], video_range: str, tonemap: str | None, colour: tuple[int, int, int]
) -> None:
    plan = _plan(**changes)
    encoded = plan.renditions[-1].template
    assert isinstance(encoded, EncodeVideo)
    assert plan.renditions[0].video_range == video_range
    assert (encoded.tonemap, encoded.colour) == (tonemap, colour)
    assert plan.renditions[-1].video_range == "SDR"


def test_time_starts_at_the_first_frame() -> None:
    keys = tuple(KeyFrame(10_000 + key.pts, -1, clean=True) for key in PLAIN.key_frames)
    plan = _plan(start=10_000, stop=30_000, key_frames=keys)
    assert plan.recipe(plan.renditions[0], 0).track.zero == Ratio(10, 1)
    assert plan.duration == 20


def test_formats_that_seek_by_byte_get_positions() -> None:
    keys = tuple(KeyFrame(key.pts, 188 * key.pts, clean=True) for key in PLAIN.key_frames)
    video = msgspec.structs.replace(PLAIN, key_frames=keys, interlaced=True)
    plan = make_plan("source", Probe("mpegts", 10_000_000, video, (), (), by_position=True))
    cut, encoded = (plan.recipe(plan.rendition(n), 2) for n in ("source_h264", "720p_h264"))
    assert isinstance(cut, CutVideo)
    assert isinstance(encoded, EncodeVideo)
    assert cut.window.position == 188 * cut.window.start
    assert encoded.window.position < cut.window.position  # the deinterlacer looks back


@given(
    st.lists(st.integers(1, 30_000), min_size=1, max_size=40),
    st.lists(st.booleans(), min_size=40, max_size=40),
    st.sampled_from(["h264", "hevc", "vp9"]),
)
def test_windows_of_every_rendition_tile_the_whole_video(
    gaps: list[int], clean: list[bool], codec: str
) -> None:
    at, keys = 0, []
    for gap, is_clean in zip(gaps, clean, strict=False):
        keys.append(KeyFrame(at, -1, is_clean))
        at += gap
    plan = _plan(codec=codec, key_frames=tuple(keys), stop=at)
    for rendition in plan.renditions:
        windows = [plan.recipe(rendition, number) for number in range(rendition.count)]
        spans = [w.window for w in windows if isinstance(w, CutVideo | EncodeVideo)]
        assert (spans[0].start, spans[-1].stop) == (0, at)
        assert all(a.stop == b.start for a, b in pairwise(spans))
        assert sum(plan.durations(rendition)) == plan.duration == Fraction(at, BASE)
        # What makes segments independent: they are cut at clean key frames alone.
        starts = {w.window.start for w in windows if isinstance(w, CutVideo)}
        assert starts <= {key.pts for key in keys if key.clean}


def test_a_plan_id_depends_on_the_content() -> None:
    assert _plan().plan_id == _plan().plan_id
    assert _plan().plan_id != _plan(profile="Main", width=1280).plan_id


def test_recipes_decode_to_themselves_and_differ_by_segment() -> None:
    plan = _plan(**HEVC)
    rendition = plan.rendition("720p_h264")
    first, second = plan.recipe(rendition, 0), plan.recipe(rendition, 1)
    assert decode(encode(first)) == first
    assert first.recipe_id != second.recipe_id
    init = plan.init(rendition)
    assert isinstance(init, Init)
    assert decode(encode(init)) == init


def test_a_segment_outside_the_plan_is_unknown() -> None:
    plan = _plan()
    with pytest.raises(RenditionUnknown):
        plan.rendition("8640p_h264")
    with pytest.raises(RenditionUnknown):
        plan.recipe(plan.renditions[0], plan.renditions[0].count)


@pytest.mark.parametrize(
    ("fixture", "packaging", "first"),
    [
        ("clip_mp4", "ts", "cut"),
        ("clip_mkv_two_audio_srt", "ts", "cut"),
        ("clip_ts", "ts", "cut"),
        ("clip_silent", "ts", "cut"),
        ("clip_hevc", "fmp4", "cut"),
        ("clip_webm", "fmp4", "cut"),
        ("clip_avi", "ts", "encoded"),
    ],
)
def test_real_clips_are_cut_where_their_codec_allows(
    fixture: str, packaging: str, first: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(fixture)
    plan = make_plan("source", probe(path))
    cut = isinstance(plan.renditions[0].template, CutVideo)
    assert (plan.packaging, "cut" if cut else "encoded") == (packaging, first)
