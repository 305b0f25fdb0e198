"""Whatever is wrong with a track, its rendition has all planned frames."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest

from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.recipe import AAC_FRAME, CutAudio, EncodeAudio, Ratio, Track, Window
from tests.media.audio_clips import Film, Heard, heard_in_segments, make_film, rms, sine, sweep
from tests.oracle.joins import check_rendition

SECOND = 48_000


def planned(path: Path) -> tuple[EncodeAudio | CutAudio, ...]:
    plan = make_plan("source", probe(path))
    rendition = next(each for each in plan.renditions if each.kind == "audio")
    recipes = [plan.recipe(rendition, number) for number in range(rendition.count)]
    return tuple(each for each in recipes if isinstance(each, EncodeAudio | CutAudio))


def encoding(stream: int, base: Fraction, start: int, stop: int) -> EncodeAudio:
    track = Track("source", stream, Ratio.of(base), Ratio(0, 1))
    return EncodeAudio(track, start, stop, 4, "ts", "aac-stereo-v2")


def level(heard: Heard, start: float, stop: float) -> float:
    first = round(start * SECOND)
    return rms(heard.at(first, round(stop * SECOND) - first))


def test_audio_that_ends_early_is_followed_by_silence(tmp_path: Path) -> None:
    film = Film("flac", lasts=Fraction(1), seconds=Fraction(4))
    path = make_film(tmp_path / "short.mkv", film, sine)
    recipes = planned(path)
    heard = heard_in_segments([render(each, path) for each in recipes])
    last = recipes[-1]
    assert isinstance(last, EncodeAudio)
    assert len(heard.samples) == last.stop * AAC_FRAME
    assert level(heard, 0.1, 0.9) > 0.2
    assert level(heard, 1.1, 4.0) < 1e-4


def test_a_window_far_from_any_audio_is_silent(tmp_path: Path) -> None:
    film = Film("flac", lasts=Fraction(1), seconds=Fraction(2))
    path = make_film(tmp_path / "short.mkv", film, sine)
    heard = heard_in_segments([render(encoding(1, Fraction(1, 1000), 4000, 4040), path)])
    assert len(heard.samples) == 40 * AAC_FRAME
    assert rms(heard.samples) == 0


@pytest.mark.parametrize("name", ["cut.mp4", "cut.ts", "cut.mkv"])
def test_cut_audio_that_ends_early_is_filled_with_silent_frames(name: str, tmp_path: Path) -> None:
    film = Film("aac", begins=Fraction(1, 2), lasts=Fraction(1), seconds=Fraction(5))
    path = make_film(tmp_path / name, film, sine)
    plan = make_plan("source", probe(path))
    rendition = next(each for each in plan.renditions if each.kind == "audio")
    recipes = [plan.recipe(rendition, number) for number in range(rendition.count)]
    assert all(isinstance(each, CutAudio) for each in recipes)
    segments = [render(each, path) for each in recipes]
    # Where nothing but silence is known of, it has a grid of its own.
    faults = check_rendition(segments, plan.durations(rendition), kind="audio")
    assert {fault.rule for fault in faults} <= {"audio-grid"}
    heard = heard_in_segments(segments)
    assert len(heard.samples) / SECOND == pytest.approx(5, abs=0.043)
    assert level(heard, 0.6, 1.4) > 0.2
    assert level(heard, 1.7, 5) < 1e-4


def test_a_gap_is_silent_and_the_audio_after_it_is_in_time(tmp_path: Path) -> None:
    def with_hole(seconds: float) -> float:
        return sine(seconds)

    whole = make_film(tmp_path / "whole.mkv", Film("flac", seconds=Fraction(3)), with_hole)
    path = tmp_path / "hole.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            seconds = (packet.pts or 0) * (packet.time_base or 0)
            if packet.size and not (packet.stream_index == 1 and 1 <= seconds < 2):
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    heard = heard_in_segments([render(each, path) for each in planned(path)])
    assert level(heard, 0.1, 0.9) > 0.2
    assert level(heard, 1.2, 1.9) < 1e-4
    assert level(heard, 2.2, 2.9) > 0.2
    assert heard.at(int(2.5 * SECOND), 480) == pytest.approx(
        array("f", (sine(2.5 + n / SECOND) for n in range(480))), abs=0.02
    )


def test_a_track_that_cant_be_decoded_is_silent(tmp_path: Path) -> None:
    path = make_film(tmp_path / "good.mkv", Film("flac", seconds=Fraction(2)), sine)
    recipes = planned(path)
    broken = tmp_path / "broken.mkv"
    with av.open(str(path)) as source, av.open(str(broken), "w") as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if not packet.size:
                continue
            copy = packet
            if packet.stream_index == 1:
                copy = av.Packet(b"\xaa" * packet.size)
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.stream = streams[packet.stream_index]
            target.mux(copy)
    heard = heard_in_segments([render(each, broken) for each in recipes])
    assert len(heard.samples) == recipes[-1].stop * AAC_FRAME  # type: ignore[union-attr]
    assert rms(heard.samples) < 1e-4


def test_another_rate_and_layout_in_midstream_are_converted(tmp_path: Path) -> None:
    """Two AC-3 streams, 48 kHz 5.1 and 44.1 kHz stereo, in sequence in one track."""
    first = make_film(
        tmp_path / "a.ac3", Film("ac3", 48_000, "5.1", Fraction(1), picture=False), sine
    )
    then = make_film(
        tmp_path / "b.ac3", Film("ac3", 44_100, seconds=Fraction(1), picture=False), sine
    )
    path = tmp_path / "both.ac3"
    path.write_bytes(first.read_bytes() + then.read_bytes())
    with av.open(str(path)) as container:
        base = container.streams.audio[0].time_base or Fraction(1, 90_000)
    heard = heard_in_segments([render(encoding(0, base, 0, 90), path)])
    assert len(heard.samples) == 90 * AAC_FRAME
    # libav's downmix leaves stereo as it is, and takes five channels down to a fifth each.
    assert level(heard, 0.1, 0.9) == pytest.approx(0.283, abs=0.01)
    assert level(heard, 1.1, 1.8) == pytest.approx(0.283, abs=0.01)


def test_silence_in_unsigned_samples_is_silent(tmp_path: Path) -> None:
    path = make_film(tmp_path / "u8.mkv", Film("pcm_u8", 8_000, "mono", Fraction(1)), lambda _: 0.0)
    heard = heard_in_segments([render(encoding(1, Fraction(1, 1000), 0, 90), path)])
    assert rms(heard.samples) < 1e-4


def test_a_downmix_does_not_clip(tmp_path: Path) -> None:
    film = Film("flac", layout="5.1", seconds=Fraction(1))
    path = make_film(tmp_path / "loud.mkv", film, lambda seconds: 2 * sine(seconds))
    heard = heard_in_segments([render(encoding(1, Fraction(1, 1000), 0, 46), path)])
    assert max(heard.samples) < 0.9


def test_frames_before_the_window_are_left_out_and_those_after_it(tmp_path: Path) -> None:
    path = make_film(tmp_path / "cut.mp4", Film("aac", seconds=Fraction(3)), sweep)
    recipe = planned(path)[0]
    assert isinstance(recipe, CutAudio)
    windows = [Window(0, 48_000), Window(48_000, 96_000)]
    segments = [render(msgspec.structs.replace(recipe, window=w), path) for w in windows]
    assert check_rendition(segments, [Fraction(1), Fraction(1)], kind="audio") == []


def test_eight_channels_of_dts_become_stereo(corpus: Path) -> None:
    path = corpus / "sample_dts_hd_ma.mp4"
    # PyAV 18.1 counts nine planes there, the last of them nowhere: writing to it was a crash.
    heard = heard_in_segments([render(each, path) for each in planned(path)])
    assert len(heard.samples) == 47 * AAC_FRAME


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("960x720_seg0.ts", set[str]()),
        ("bipbop_960x720_20s.ts", set[str]()),
        ("kphotoalbum_movie.avi", set[str]()),
        ("demo.mpg", set[str]()),
        ("hevc.ts", set[str]()),
        ("no-aud.ts", set[str]()),
        ("ocean.mp4", {"audio-grid"}),  # its time stamps jump by 46 ms
        ("sample_edit_list.mp4", set[str]()),
    ],
)
def test_audio_of_real_files_joins(corpus: Path, name: str, rules: set[str]) -> None:
    path = corpus / name
    plan = make_plan("source", probe(path))
    for rendition in plan.renditions:
        if rendition.kind != "audio":
            continue
        init = plan.init(rendition)
        segments = [render(plan.recipe(rendition, n), path) for n in range(rendition.count)]
        head = render(init, path) if init else None
        faults = check_rendition(segments, plan.durations(rendition), head, "audio")
        assert {fault.rule for fault in faults} == rules
