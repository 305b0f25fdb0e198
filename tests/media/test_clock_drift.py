"""Audio whose time stamps run faster or slower than its samples stays in sync with the video."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.media.render import render
from blobhls.recipe import CutAudio, EncodeAudio
from tests.media.audio_clips import (
    Film,
    click_time,
    difference,
    heard_in_segments,
    make_film,
    rms,
    sine,
)
from tests.media.rendering import plan_of, render_all
from tests.oracle.joins import check_rendition

MICROSECOND: Final = Fraction(1, 1_000_000)
BLOCK: Final = 1024  # samples
PITCH: Final = 997  # Hz, of `sine`
HOUR: Final = 3600  # seconds


def stretched(packet: Packet[Stream], drift: Fraction) -> Packet[Stream]:
    """Move a packet by the error of its clock."""
    at = (packet.pts or 0) * (packet.time_base or 0) * (1 + drift)
    packet.pts = packet.dts = round(at / MICROSECOND)
    packet.time_base = MICROSECOND
    return packet


def with_wrong_clock(path: Path, film: Film, drift: Fraction) -> Path:
    """Write a film whose tone is in tune only by its time stamps."""

    def in_tune(seconds: float) -> float:
        return sine(seconds * (1 + float(drift)))

    right = make_film(path.with_name("right.mkv"), film, in_tune)
    with av.open(str(right)) as source, av.open(str(path), "w") as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.size:
                moved = stretched(packet, drift) if packet.stream_index else packet
                moved.stream = streams[packet.stream_index]
                target.mux(moved)
    return path


def blemishes(samples: array[float]) -> Iterator[float]:
    """Yield for each block the part that is not the tone of known pitch."""
    turns = [2 * math.pi * PITCH * n / 48_000 for n in range(BLOCK)]
    waves = [(math.sin(turn), math.cos(turn)) for turn in turns]
    for first in range(4 * BLOCK, len(samples) - 4 * BLOCK, BLOCK):  # the tone begins and ends
        block = samples[first : first + BLOCK]
        # Over 21 ms both are nearly at right angles.
        level = [2 / BLOCK * sum(v * w[part] for v, w in zip(block, waves, strict=True))
                 for part in (0, 1)]  # fmt: skip
        tone = array("f", (level[0] * s + level[1] * c for s, c in waves))
        yield rms(difference(block, tone))


@pytest.mark.parametrize(
    ("name", "film", "ppm"),
    [
        ("slow.mkv", Film("ac3"), 300),
        ("fast.mkv", Film("libmp3lame", 44_100), -1000),
        ("slow.mp4", Film("flac", 44_100), 1000),
        ("right.ts", Film("mp2"), 0),
    ],
)
def test_a_wrong_clock_is_followed_without_a_click(
    name: str, film: Film, ppm: int, tmp_path: Path
) -> None:
    film = Film(film.codec, film.rate, seconds=Fraction(10))
    path = with_wrong_clock(tmp_path / f"film-{name}", film, Fraction(ppm, 1_000_000))
    plan = plan_of(path)
    rendition = next(each for each in plan.renditions if each.kind == "audio")
    assert isinstance(rendition.template, EncodeAudio)
    made = render_all(path, plan, rendition.name)
    assert check_rendition(made.segments, made.durations, kind="audio") == []
    found = list(blemishes(heard_in_segments(list(made.segments)).samples))
    joins = [round((edge - rendition.edges[0]) * plan.base.value * 48_000 / BLOCK) - 4
             for edge in rendition.edges[1:-1]]  # fmt: skip
    near = {number for join in joins for number in range(join - 2, join + 3)}
    elsewhere = max(error for number, error in enumerate(found) if number not in near)
    at_joins = max(error for number, error in enumerate(found) if number in near)
    assert at_joins <= 1.5 * elsewhere
    assert elsewhere < 0.02


def an_hour(path: Path, codec: str, drift: Fraction) -> Path:
    """Write an hour at a frame a second, with a click in the middle of each, counted in samples."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", 1, {"preset": "ultrafast"})
        pictures.width, pictures.height, pictures.pix_fmt, pictures.gop_size = 32, 16, "yuv420p", 2
        sounds = cast("AudioStream", container.add_stream(codec, 8_000, layout="mono"))
        picture = av.VideoFrame(32, 16, "yuv420p")
        second = AudioFrame("s16", "mono", 8_000)
        second.sample_rate, second.time_base = 8_000, Fraction(1, 8_000)
        click = array("h", bytes(16_000))
        for number, each in enumerate((9_000, -20_000, 20_000, -9_000)):
            click[3_998 + number] = each
        second.planes[0].update(click.tobytes().ljust(second.planes[0].buffer_size, b"\0"))
        for number in range(HOUR):
            picture.pts, picture.time_base = number, Fraction(1)
            second.pts = number * 8_000
            container.mux(pictures.encode(picture))
            _mux_stretched(container, sounds, second, drift)
        container.mux(pictures.encode(None))
        _mux_stretched(container, sounds, None, drift)
    return path


def _mux_stretched(
    container: OutputContainer, stream: AudioStream, frame: AudioFrame | None, drift: Fraction
) -> None:
    for packet in stream.encode(frame):
        container.mux(stretched(packet, drift))


@pytest.mark.parametrize(("codec", "kind"), [("flac", EncodeAudio), ("aac", CutAudio)])
def test_audio_does_not_drift_over_an_hour(
    codec: str, kind: type[EncodeAudio | CutAudio], tmp_path: Path
) -> None:
    drift = Fraction(200, 1_000_000)
    path = an_hour(tmp_path / "hour.mkv", codec, drift)
    plan = plan_of(path)
    rendition = next(each for each in plan.renditions if each.kind == "audio")
    assert isinstance(rendition.template, kind)
    off = []
    for number in (1, rendition.count // 2, rendition.count - 2):
        start = (rendition.edges[number] - rendition.edges[0]) * plan.base.value
        heard = heard_in_segments([render(plan.recipe(rendition, number), path)])
        # The clicks of one second, at their own loudest.
        second = math.ceil(start) + 1
        moment = (second + 0.5) * (1 + float(drift))
        first = round((moment - 0.4) * 48_000)
        part = type(heard)(Fraction(first, 48_000), heard.at(first, 38_400))
        off.append(click_time(part) - moment)
    assert max(map(abs, off)) < 0.010
    assert max(off) - min(off) < 0.005
