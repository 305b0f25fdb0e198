"""Joined recordings are one film: each continues where the one before it ended."""

from __future__ import annotations

import ctypes
import io
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from blobhls.media.container.joins import StreamClock
from blobhls.media.probe.probe import probe
from tests.media.audio_clips import Film, Heard, click_at, click_time, heard_in_segments, make_film
from tests.media.rendering import pictures, plan_of, render_all
from tests.oracle.joins import check_rendition

HOURS = 36_000  # seconds; ten of them
STEP = 3_600  # ticks of a picture
M_PERTURB = -6  # malloc.h; what is allocated is filled


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """Films of four seconds by their start time, with a click in the middle."""
    folder = tmp_path_factory.mktemp("seams")
    return {
        begin: make_film(
            folder / f"{begin}.ts", Film("ac3", shifted=Fraction(begin)), click_at(2.5)
        ).read_bytes()
        for begin in (0, 100, HOURS)
    }


@pytest.mark.parametrize("begins", [(100, HOURS), (HOURS, 0), (0, 0), (100, 0, HOURS)], ids=str)
def test_recordings_with_different_clocks_play_in_sequence(
    begins: tuple[int, ...], recordings: dict[int, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(recordings[begin] for begin in begins))
    plan = plan_of(path)
    assert plan.duration == 4 * len(begins)
    picture = render_all(path, plan, "source_h264")
    assert picture.faults(Fraction(1, 25)) == []
    assert len(pictures(picture.joined)) == 100 * len(begins)
    sound = render_all(path, plan, "audio-1-und_aac")
    assert check_rendition(sound.segments, sound.durations, kind="audio") == []
    heard = heard_in_segments(list(sound.segments))
    clicks = [
        click_time(Heard(Fraction(start), heard.at(start * 48_000, 4 * 48_000)))
        for start in range(0, 4 * len(begins), 4)
    ]
    # In each of them as long after its first picture.
    assert [click - start for start, click in zip(range(0, 99, 4), clicks, strict=False)] == [
        pytest.approx(clicks[0], abs=0.001)
    ] * len(begins)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc fills memory with what it is told to")
def test_audio_that_only_a_later_recording_has_is_harmless(
    recordings: dict[int, bytes], tmp_path: Path
) -> None:
    silent = _picture_of(recordings[0], tmp_path / "silent.ts")
    stuffing = b"\x47\x1f\xff\x10" + bytes(184)  # so much that nobody looks ahead so far
    path = tmp_path / "joined.ts"
    path.write_bytes(silent + 40_000 * stuffing + recordings[100] + 10_000 * stuffing + silent)
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_PERTURB, 0x55)
    try:
        found = probe(path)
    finally:
        mallopt(M_PERTURB, 0)
    assert found.duration == 12
    assert found.audio == ()


def _picture_of(recording: bytes, path: Path) -> bytes:
    with av.open(io.BytesIO(recording), "r") as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    return path.read_bytes()


def test_cut_audio_joins_within_half_a_frame(tmp_path: Path) -> None:
    parts = [
        make_film(tmp_path / f"{begin}.ts", Film("aac", shifted=Fraction(begin)), click_at(2.5))
        for begin in (100, 0)
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    made = render_all(path, plan_of(path), "audio-1-und_aac")
    (fault,) = check_rendition(made.segments, made.durations, kind="audio")
    assert fault.rule == "audio-grid"
    assert abs(float(fault.detail.split()[-2])) <= 960
    heard = heard_in_segments(list(made.segments))
    assert click_time(Heard(Fraction(4), heard.at(4 * 48_000, 4 * 48_000))) == pytest.approx(
        click_time(Heard(Fraction(0), heard.at(0, 4 * 48_000))) + 4, abs=0.012
    )


def followed(*times: int) -> list[tuple[int, int]]:
    """Return position and size of a stream's jumps, from decode times in frames."""
    follower = StreamClock(times[0] * STEP)
    for number, at in enumerate(times[1:], 1):
        follower.add(at * STEP, number)
    return [(seam.position, seam.jump // STEP) for seam in follower.jumps]


def test_a_single_wrong_time_stamp_is_not_a_join() -> None:
    assert followed(0, 1, 2, 90_000, 4, 5, 6, 7, 8, 9) == []
    assert followed(500, 501, 502, 3, 90_000, 505, 506, 507, 508, 509) == []
    assert followed(0, 1, 2, 200, 201, 202, 203) == []  # eight seconds without a picture


def test_a_jump_is_a_join_if_time_continues_from_there() -> None:
    assert followed(0, 1, 2, *range(90_000, 90_009)) == [(3, 89_997)]
    assert followed(*range(100, 110), *range(10)) == [(10, -110)]
    assert followed(0, 1, 50_000, *range(900, 910)) == [(3, 898)]


def test_an_ordinary_transport_stream_has_no_joins(clip_ts: Path) -> None:
    found = probe(clip_ts)
    assert [each.joins for each in (found.video, *found.audio) if each is not None] == [(), ()]


def test_a_long_frame_with_continuous_audio_is_not_a_join(tmp_path: Path) -> None:
    path = tmp_path / "slides.ts"
    with av.open(str(path), "w") as target:
        video = target.add_stream("libx264", 25, {"preset": "ultrafast", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt, video.gop_size = 64, 36, "yuv420p", 10
        sound = target.add_stream("ac3", 48_000, layout="stereo")
        picture, silence = VideoFrame(64, 36, "yuv420p"), AudioFrame("fltp", "stereo", 1920)
        silence.sample_rate = 48_000
        for number in range(400):
            if not 25 <= number < 350:
                picture.pts, picture.time_base = number, Fraction(1, 25)
                target.mux(video.encode(picture))
            silence.pts, silence.time_base = number * 1920, Fraction(1, 48_000)
            target.mux(sound.encode(silence))
        target.mux([*video.encode(None), *sound.encode(None)])
    assert plan_of(path).duration == 16
