"""Kinds of video and clocks that no file of the corpus has, in small generated files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from blobhls.demo_clips.clip_spec import Clip
from blobhls.errors import SourceBroken
from blobhls.media.probe.probe import probe
from blobhls.recipe import CutVideo, EncodeVideo
from tests.media.rendering import mean_luma, pictures, plan_of, render_all

ClipFactory = Callable[[str, Clip], Path]
KINDS = [
    ("prores.mov", "prores_ks", "yuv422p10le"),
    ("prores4444.mov", "prores_ks", "yuva444p10le"),  # with alpha
    ("mpeg2.ts", "mpeg2video", "yuv420p"),
    ("high422.mkv", "libx264", "yuv422p10le"),
    ("high444.mp4", "libx264", "yuv444p"),
    ("ffv1.mkv", "ffv1", "bgra"),  # RGB
    ("msmpeg4.avi", "msmpeg4", "yuv420p"),
]
OFFSETS = [("ts", 10), ("mkv", 10), ("ts", 65_946), ("ts", 95_438), ("mkv", 143_166), ("mp4", 10)]


GOOD = {"deadline": "good", "cpu-used": "5"}  # looks ahead: there are pictures that are not shown
VP9 = [
    ("plain.webm", "yuv420p", GOOD),
    ("alpha.webm", "yuva420p", GOOD | {"auto-alt-ref": "0"}),
    # libvpx as PyAV has it writes eight bits alone.
]


@pytest.mark.parametrize(("name", "pixels", "options"), VP9, ids=[kind[0] for kind in VP9])
def test_vp9_is_cut_and_its_box_matches_codecs(
    name: str, pixels: str, options: dict[str, str], clip_factory: ClipFactory
) -> None:
    clip = Clip(
        seconds=6, size=(160, 120), audio=(), video_codec="libvpx-vp9", pixel_format=pixels,
        b_frames=0, video_options=options,
    )  # fmt: skip
    path = clip_factory(f"vp9-{name}", clip)
    plan = plan_of(path)
    rendition = plan.renditions[0]
    assert isinstance(rendition.template, CutVideo)
    made = render_all(path, plan, rendition.name)
    assert made.faults() == []
    shown, before = pictures(made.joined), pictures(path)
    assert len(shown) == len(before)
    assert mean_luma(shown[30]) == mean_luma(before[30])
    assert made.init is not None
    at = made.init.index(b"vpcC") + 8
    profile, level, depth = made.init[at], made.init[at + 1], made.init[at + 2] >> 4
    assert rendition.codecs == f"vp09.{profile:02d}.{level}.{depth:02d}"


@pytest.mark.parametrize(("name", "codec", "pixels"), KINDS, ids=[kind[0] for kind in KINDS])
def test_unsupported_pixel_formats_become_420_with_the_same_brightness(
    name: str, codec: str, pixels: str, clip_factory: ClipFactory
) -> None:
    clip = Clip(
        seconds=2, size=(160, 120), audio=(), video_codec=codec, pixel_format=pixels, b_frames=0
    )
    path = clip_factory(f"kind-{name}", clip)
    plan = plan_of(path)
    (rendition,) = plan.renditions
    assert isinstance(rendition.template, EncodeVideo)
    made = render_all(path, plan, rendition.name)
    assert made.faults() == []
    shown, before = pictures(made.joined), pictures(path)
    assert len(shown) == len(before)
    assert {picture.format.name for picture in shown} == {"yuv420p"}
    wanted = before[30].reformat(format="yuv420p", dst_color_range=1)
    assert mean_luma(shown[30]) == pytest.approx(mean_luma(wanted), abs=2)


def packed_divx(path: Path) -> int:
    """Write an AVI as DivX 5 did: P and B in one chunk, none in the next; return their number."""
    signature, nothing = b"\0\0\1\xb2DivX503b1393p", b"\0\0\1\xb6\x56\x9a\x5f"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg4", 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.max_b_frames, stream.gop_size = 1, 50
        frames = [VideoFrame(64, 48, "yuv420p") for _ in range(201)]
        coded = [bytes(p) for frame in [*frames, None] for p in stream.encode(frame)]
        kinds = [each[each.find(b"\0\0\1\xb6") + 4] >> 6 for each in coded]
        chunks: list[bytes] = []
        for number, data in enumerate(coded):
            if kinds[number] == 2:
                chunks[-1] += data
                chunks.append(nothing)
            else:
                chunks.append(signature + data)
        for number, data in enumerate(chunks):
            packet = av.Packet(data)
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.time_base, packet.duration = Fraction(1, 25), 1
            packet.is_keyframe = b"\0\0\1\xb6" in data and kinds[number] == 0
            target.mux(packet)
    assert kinds.count(2) > len(kinds) // 3
    return len(chunks)


def test_frames_of_divx_that_share_a_chunk_are_shown_evenly(tmp_path: Path) -> None:
    path = tmp_path / "divx.avi"
    count = packed_divx(path)
    made = render_all(path, plan_of(path), "source_h264")
    assert made.faults(Fraction(1, 25)) == []
    assert len(pictures(made.joined)) == count


def moved(source: Path, target: Path, seconds: int) -> Path:
    """Copy a file with all time stamps later."""
    options = {"output_ts_offset": str(seconds)}
    with av.open(str(source)) as film, av.open(str(target), "w", options=options) as copy:
        stream = film.streams.video[0]
        into = copy.add_stream_from_template(stream)
        for packet in film.demux(stream):
            if packet.dts is not None:
                packet.stream = into
                copy.mux(packet)
    return target


@pytest.mark.parametrize(("suffix", "seconds"), OFFSETS)
def test_a_video_may_begin_at_any_time(
    suffix: str, seconds: int, clip_ts: Path, tmp_path: Path
) -> None:
    """A transport stream's clock of 33 bits ends at 95 443.7 s, in the middle of one of them."""
    path = moved(clip_ts, tmp_path / f"moved.{suffix}", seconds)
    plan = plan_of(path)
    source = plan.renditions[0]
    assert isinstance(source.template, CutVideo)
    assert abs(plan.duration - 12) <= Fraction(1, 25)
    made = render_all(path, plan, source.name)
    assert made.faults() == []
    assert len(pictures(made.joined)) == 12 * 25


def test_the_first_of_several_programs_is_offered(clip_ts: Path, tmp_path: Path) -> None:
    path = tmp_path / "programs.ts"
    with av.open(str(clip_ts)) as film, av.open(str(path), "w") as copy:
        stream = film.streams.video[0]
        first, second = (copy.add_stream_from_template(stream) for _ in range(2))
        for packet in film.demux(stream):
            if packet.dts is not None:
                again = av.Packet(bytes(packet))
                again.pts, again.dts, again.time_base = packet.pts, packet.dts, packet.time_base
                again.is_keyframe = packet.is_keyframe
                packet.stream, again.stream = first, second
                copy.mux([packet, again])
    video = probe(path).video
    assert video is not None
    assert video.stream == 0
    made = render_all(path, plan_of(path), "source_h264")
    assert made.faults() == []
    assert len(pictures(made.joined)) == 12 * 25


@pytest.mark.parametrize(
    ("name", "codec", "reason"),
    [
        ("raw.h264", "libx264", "no time stamps"),
        ("raw.m4v", "mpeg4", "does not play"),
    ],
)
def test_raw_streams_are_refused_with_a_reason(
    name: str, codec: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    with av.open(str(path), "w", format=path.suffix[1:]) as target:
        stream = cast("VideoStream", target.add_stream(codec, 25))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in (*(VideoFrame(64, 48, "yuv420p") for _ in range(25)), None):
            target.mux(stream.encode(frame))
    with pytest.raises(SourceBroken, match=reason):
        probe(path)


def test_dv_from_a_camcorder_is_rendered(tmp_path: Path) -> None:
    path = tmp_path / "tape.dv"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("dvvideo", 25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        sound = target.add_stream("pcm_s16le", 48_000, layout="stereo")
        picture, silence = VideoFrame(720, 576, "yuv420p"), AudioFrame("s16", "stereo", 1920)
        silence.sample_rate = 48_000
        for number in range(50):
            picture.pts, silence.pts = number, number * 1920
            target.mux(stream.encode(picture))
            target.mux(sound.encode(silence))
    plan = plan_of(path)
    made = render_all(path, plan, "360p_h264")
    assert made.faults() == []
    assert len(pictures(made.joined)) == 50
    assert [r.kind for r in plan.renditions][-1] == "audio"
