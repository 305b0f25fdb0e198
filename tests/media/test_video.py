"""Segments of generated clips join without fault, decode alone, and miss no frame."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest

from blobhls.demo_clips.clip_spec import Clip
from blobhls.errors import RenderFailed
from blobhls.media.container.muxer import split_init
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.recipe import CutVideo, EncodeVideo, Ratio
from tests.media.rendering import Rendered, mean_luma, pictures, plan_of, render_all

ClipFactory = Callable[[str, Clip], Path]


@pytest.fixture(scope="session")
def clip_tall(clip_factory: ClipFactory) -> Path:
    """H.264 above the lowest rung: 8 s, 480 lines."""
    return clip_factory("tall.mp4", Clip(seconds=8, size=(640, 480), audio=()))


@pytest.fixture(scope="session")
def clip_interlaced(clip_factory: ClipFactory) -> Path:
    """Interlaced H.264 in MPEG-TS: 8 s, a key frame every second."""
    options = {"preset": "ultrafast", "x264-params": "tff=1"}
    clip = Clip(seconds=8, audio=(), gop_seconds=Fraction(1), video_options=options)
    return clip_factory("interlaced.ts", clip)


@pytest.fixture(scope="session")
def clip_full_range(clip_factory: ClipFactory) -> Path:
    """Motion JPEG, whose luma goes from 0 to 255: 3 s."""
    clip = Clip(
        seconds=3, video_codec="mjpeg", b_frames=0, pixel_format="yuvj420p", size=(640, 480),
        video_options={"q:v": "2"}, audio=(),
    )  # fmt: skip
    return clip_factory("full.mkv", clip)


FRAME = 3_750  # 90 kHz ticks at the 24 pictures a second of all clips


@pytest.fixture(scope="session")
def clip_fast(clip_factory: ClipFactory) -> Path:
    """H.264 at 120 frames a second: 4 s, in GOPs of an odd number of frames."""
    clip = Clip(
        seconds=4, size=(640, 400), fps=Fraction(120), gop_seconds=Fraction(251, 120), audio=()
    )
    return clip_factory("fast.mp4", clip)


# libav's AVI muxer leaves out the second time stamp: a gap of the source's own.
GAPS = {"clip_avi": Fraction(2, 24)}
CLIPS = [
    "clip_mp4",
    "clip_mkv_two_audio_srt",
    "clip_ts",
    "clip_webm",
    "clip_avi",
    "clip_hevc",
    "clip_open_gop",
    "clip_silent",
    "clip_tall",
    "clip_interlaced",
]


@pytest.mark.parametrize("fixture", CLIPS)
def test_every_rendition_joins_without_fault_and_has_every_frame(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(fixture)
    plan = plan_of(path)
    expected = len(pictures(path))
    for rendition in plan.renditions:
        if rendition.kind == "video":
            made = render_all(path, plan, rendition.name)
            assert made.faults(GAPS.get(fixture)) == []
            assert len(pictures(made.joined)) == expected
            alone = [len(pictures(made.alone(n))) for n in range(len(made.segments))]
            assert sum(alone) == expected


@pytest.mark.parametrize("fixture", ["clip_tall", "clip_hevc"])
def test_parameter_sets_match_codecs(fixture: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(fixture)
    plan = plan_of(path)
    pictured = [rendition for rendition in plan.renditions if rendition.kind == "video"]
    made = render_all(path, plan, pictured[-1].name)
    assert isinstance(made.rendition.template, EncodeVideo)
    assert f"avc1.{_profile_level(made)}" == made.rendition.codecs


def _profile_level(made: Rendered) -> str:
    """Profile, constraints and level: from avcC, or from the first SPS of Annex B."""
    if made.init is not None:
        at = made.init.index(b"avcC")
        return made.init[at + 5 : at + 8].hex()
    at = made.segments[0].index(b"\0\0\1\x67")
    return made.segments[0][at + 4 : at + 7].hex()


@pytest.mark.parametrize("name", ["source_hevc", "180p_h264"])
def test_the_init_section_is_that_of_every_window(
    name: str, clip_hevc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []
    plan = plan_of(clip_hevc)

    def keep(data: bytes) -> tuple[bytes, bytes]:
        heads.append(split_init(data)[0])
        return split_init(data)

    monkeypatch.setattr("blobhls.media.container.muxer.split_init", keep)
    made = render_all(clip_hevc, plan, name)
    assert made.init is not None
    assert made.init[4:8] == b"ftyp"
    assert len(heads) == len(made.segments) + 1
    assert set(heads) == {made.init}


def test_fmp4_has_no_negative_composition_offset(clip_hevc: Path) -> None:
    made = render_all(clip_hevc, plan_of(clip_hevc), "180p_h264")
    for segment in made.segments:
        at = segment.index(b"trun")
        assert segment[at + 4] == 0  # version 0: offsets are unsigned (ISO/IEC 14496-12 §8.8.8)


def test_hevc_is_tagged_hvc1_and_its_ladder_avc1(clip_hevc: Path) -> None:
    plan = plan_of(clip_hevc)
    for name, tag in (("source_hevc", b"hvc1"), ("180p_h264", b"avc1")):
        init = plan.init(plan.rendition(name))
        assert init is not None
        assert tag in render(init, clip_hevc)


def test_interlaced_video_is_deinterlaced(clip_interlaced: Path) -> None:
    video = probe(clip_interlaced).video
    assert video is not None
    assert video.interlaced
    plan = plan_of(clip_interlaced)
    cut = plan.recipe(plan.renditions[0], 1)
    assert isinstance(cut, CutVideo)
    encoded = EncodeVideo(
        cut.track, cut.window, "ts", "h264-360p-v2",
        width=320, height=180, level=30, frame=FRAME, deinterlace=True,
    )  # fmt: skip
    made = pictures(render(encoded, clip_interlaced))
    assert len(made) == len(pictures(render(cut, clip_interlaced)))
    assert not any(picture.interlaced_frame for picture in made)


def test_full_range_becomes_limited_with_the_same_brightness(clip_full_range: Path) -> None:
    plan = plan_of(clip_full_range)
    made = pictures(render(plan.recipe(plan.rendition("360p_h264"), 0), clip_full_range))[5]
    shown = pictures(clip_full_range)[5]
    assert made.color_range == 1
    # ISO/IEC 23091-2: limited range has 219 steps above 16.
    assert mean_luma(made) == pytest.approx(16 + mean_luma(shown) * 219 / 255, abs=0.5)


@pytest.mark.parametrize(
    ("rotation", "size"), [(90, (180, 320)), (180, (320, 180)), (270, (180, 320))]
)
def test_rotation_is_undone(rotation: int, size: tuple[int, int], clip_silent: Path) -> None:
    plan = plan_of(clip_silent)
    cut = plan.recipe(plan.renditions[0], 0)
    assert isinstance(cut, CutVideo)
    upright = EncodeVideo(
        cut.track, cut.window, "ts", "h264-360p-v2",
        width=320, height=180, level=30, frame=FRAME,
    )  # fmt: skip
    turned = msgspec.structs.replace(upright, rotation=rotation, width=size[0], height=size[1])
    before, after = (pictures(render(r, clip_silent))[30] for r in (upright, turned))
    assert (after.width, after.height) == size
    assert mean_luma(after) == pytest.approx(mean_luma(before), abs=1)


def test_a_low_rung_has_every_fourth_frame_of_120_at_its_time(clip_fast: Path) -> None:
    plan = plan_of(clip_fast)
    source, rung = (render_all(clip_fast, plan, r.name) for r in plan.renditions)
    assert (source.rendition.frame_rate, rung.rendition.frame_rate) == (Ratio(120, 1), Ratio(30, 1))
    assert source.faults() == []
    # At a join a picture may follow sooner: a segment's first picture always stays.
    assert rung.faults(Fraction(1, 30)) == []
    every, kept = ([p.pts for p in pictures(made.joined)] for made in (source, rung))
    assert set(kept) < set(every)
    assert len(every) / 4 <= len(kept) <= len(every) / 4 + len(rung.segments)
    steps = [b - a for a, b in pairwise(kept) if a is not None and b is not None]
    assert sum(step == 3000 for step in steps) >= len(steps) - len(rung.segments)


def test_damage_costs_frames_and_not_the_segment(clip_silent: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    data = bytearray(clip_silent.read_bytes())
    for at in _sizes_of_slices(clip_silent, every=7):
        data[at : at + 4] = b"\xff\xff\xff\xff"  # a length that no packet has room for
    damaged.write_bytes(data)
    plan = plan_of(damaged)
    whole = len(pictures(clip_silent))
    made = render_all(damaged, plan, "source_h264")
    assert 0.5 * whole < len(pictures(made.joined)) < whole
    assert {fault.rule for fault in made.faults()} <= {"pts-gap"}


def _sizes_of_slices(path: Path, every: int) -> list[int]:
    """Positions of some packets' first length field."""
    with av.open(str(path)) as container:
        found = [p.pos for p in container.demux(video=0) if p.pos is not None and p.size]
    return found[every::every]


def test_a_cut_ends_as_planned_even_if_the_next_key_frame_lost_its_flag(
    clip_ts: Path, tmp_path: Path
) -> None:
    plan = plan_of(clip_ts)
    whole = render_all(clip_ts, plan, plan.renditions[0].name)
    unflagged = tmp_path / "unflagged.ts"
    idr = b"\0\0\1\x65"
    parts = clip_ts.read_bytes().split(idr)
    inside = whole.segments[0].count(idr) + 1
    # The second window's IDR (NAL unit type 5) becomes a picture that decoding can't start at (1).
    head, tail = idr.join(parts[:inside]), idr.join(parts[inside:])
    unflagged.write_bytes(head + b"\0\0\1\x61" + tail)
    first, second = (plan.recipe(plan.renditions[0], number) for number in range(2))
    assert render(first, unflagged) == whole.segments[0]
    with pytest.raises(RenderFailed, match="key frame"):
        render(second, unflagged)


def test_a_window_without_a_frame_shows_the_one_before(clip_silent: Path) -> None:
    plan = plan_of(clip_silent)
    cut = plan.recipe(plan.renditions[0], 0)
    assert isinstance(cut, CutVideo)
    between = msgspec.structs.replace(
        cut.window, start=cut.window.start + 1, stop=cut.window.start + 3
    )
    recipe = EncodeVideo(
        cut.track, between, "ts", "h264-360p-v2", width=320, height=180, level=30, frame=FRAME
    )  # fmt: skip
    assert len(pictures(render(recipe, clip_silent))) == 1


def test_a_missing_track_is_a_failure_that_names_the_recipe(clip_silent: Path) -> None:
    plan = plan_of(clip_silent)
    recipe = plan.recipe(plan.renditions[0], 0)
    assert isinstance(recipe, CutVideo)
    track = msgspec.structs.replace(recipe.track, stream=7)
    with pytest.raises(RenderFailed):
        render(msgspec.structs.replace(recipe, track=track), clip_silent)
