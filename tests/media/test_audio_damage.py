"""Damaged frames of cut audio cost themselves, not their segment."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from blobhls.media.bitstream import adts, dolby
from blobhls.recipe import CutAudio
from tests.media.audio_clips import Film, heard_in_segments, make_film, rms, sine
from tests.media.rendering import Rendered, plan_of, render_all
from tests.oracle.joins import check_rendition

SECOND = 48_000
TS = 188  # bytes of a packet


def cut_sound(path: Path) -> Rendered:
    plan = plan_of(path)
    cut = [r.name for r in plan.renditions if isinstance(r.template, CutAudio)]
    return render_all(path, plan, cut[-1])


def damaged(whole: Path, path: Path, number: int, damage: Callable[[bytes], bytes]) -> None:
    """Copy a film with one changed audio frame."""
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        streams = [target.add_stream_from_template(each) for each in source.streams]
        count = 0
        for packet in source.demux():
            if packet.size:
                count += packet.stream_index
                hit = packet.stream_index == 1 and count == number
                copy = av.Packet(damage(bytes(packet)) if hit else bytes(packet))
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
                copy.stream = streams[packet.stream_index]
                target.mux(copy)


@pytest.mark.parametrize("number", [1, 95])
@pytest.mark.parametrize(
    ("name", "film", "damage"),
    [
        ("aac.mp4", Film("aac"), lambda _: bytes(20_000)),
        ("aac.mkv", Film("aac"), lambda _: bytes(20_000)),
        ("eac3.mkv", Film("eac3", layout="5.1(side)"), lambda frame: frame + frame[2:]),
        ("ac3.mkv", Film("ac3", layout="5.1(side)"), lambda frame: frame[2:]),
    ],
)
def test_damaged_frames_are_replaced_by_silence(
    name: str, film: Film, damage: Callable[[bytes], bytes], number: int, tmp_path: Path
) -> None:
    check_one_is_silent(name, film, damage, number, tmp_path)


def test_a_frame_that_looks_like_a_header_is_replaced_by_silence(tmp_path: Path) -> None:
    # Not the first one: Matroska's muxer looks at that.
    check_one_is_silent("aac.mkv", Film("aac"), lambda frame: b"\xff\xf1" + frame, 95, tmp_path)


def check_one_is_silent(
    name: str, film: Film, damage: Callable[[bytes], bytes], number: int, tmp_path: Path
) -> None:
    whole = make_film(tmp_path / f"whole-{name}", film, sine)
    path = tmp_path / name
    damaged(whole, path, number, damage)
    made = cut_sound(path)
    faults = check_rendition(
        made.segments, made.durations, made.init, "audio", audio_tolerance=Fraction(1, 500)
    )
    assert faults == []
    heard = heard_in_segments(list(made.segments), made.init or b"")
    assert len(heard.samples) / SECOND == pytest.approx(4, abs=0.065)
    assert rms(heard.at(SECOND, SECOND // 2)) > 0.2
    assert rms(heard.at(2 * SECOND, SECOND // 2)) > 0.2
    assert rms(heard.at(3 * SECOND, SECOND // 2)) > 0.2


def test_a_frame_at_a_truncated_end_is_left_out(tmp_path: Path) -> None:
    path = make_film(tmp_path / "torn.ts", Film("aac"), sine)
    data = path.read_bytes()
    begun = [at for at in range(0, len(data), TS) if data[at + 1 : at + 3] == b"\x41\x01"]
    path.write_bytes(data[: begun[-1] + TS])
    made = cut_sound(path)
    assert check_rendition(made.segments, made.durations, kind="audio") == []


@pytest.mark.parametrize("rate", [48_000, 44_100, 32_000])
@pytest.mark.parametrize("codec", ["ac3", "eac3", "aac"])
def test_frames_of_encoders_count_as_complete(codec: str, rate: int, tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.ts", Film(codec, rate, layout="5.1(side)"), sine)
    is_whole = adts.is_complete if codec == "aac" else dolby.is_complete
    with av.open(str(path)) as container:
        frames = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    assert len(frames) > 80
    for frame in frames:
        assert is_whole(frame)
        assert not is_whole(frame[:-1])
        assert not is_whole(frame + b"\0")
        assert not is_whole(b"\0" + frame)
    assert not is_whole(b"")
