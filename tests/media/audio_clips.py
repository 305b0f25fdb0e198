"""Films whose audio is a known signal, and decoding of a film's or a rendition's audio."""

from __future__ import annotations

import io
import math
import random
from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import msgspec
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

Signal = Callable[[float], float]  # seconds → -1 to 1
_CHUNK = 1000
_FPS = 25


class Film(msgspec.Struct, frozen=True):
    """A small grey video and one audio track."""

    codec: str = "pcm_s16le"  # encoder
    rate: int = 48_000
    layout: str = "stereo"
    seconds: Fraction = Fraction(4)  # of the picture
    begins: Fraction = Fraction(0)  # of the sound, on the picture's timeline
    lasts: Fraction | None = None  # of the sound; None: as long as the picture
    shifted: Fraction = Fraction(0)  # seconds that both start after the file's time 0
    picture: bool = True
    speaking: tuple[int, ...] | None = None  # channels that are not silent; None: all


def sine(seconds: float) -> float:
    return 0.4 * math.sin(2 * math.pi * 997 * seconds)


def sweep(seconds: float) -> float:
    return 0.4 * math.sin(2 * math.pi * (150 + 800 * seconds) * seconds)


def noise(seconds: float) -> float:
    return 0.3 * (2 * random.Random(round(seconds * 1_000_000)).random() - 1)


def click_at(moment: float) -> Signal:
    """A bell of 3 kHz, 2 ms long, around `moment`."""

    def signal(seconds: float) -> float:
        away = (seconds - moment) / 0.001
        if abs(away) > 4:
            return 0.0
        return 0.9 * math.exp(-away * away) * math.cos(2 * math.pi * 3 * away)

    return signal


def make_film(path: Path, film: Film, signal: Signal) -> Path:
    """Write a film; `signal` gets seconds of the video's timeline."""
    options = {"output_ts_offset": str(float(film.shifted))} if film.shifted else {}
    with av.open(str(path), "w", options=options) as container:
        pictures = _pictures(container, film) if film.picture else iter(())
        next(pictures, None)
        sounds = _sounds(container, film, signal)
        next(sounds)
        sound_ends = film.begins + (film.seconds if film.lasts is None else film.lasts)
        for _ in range(math.ceil(max(film.seconds, sound_ends)) + 2):
            next(pictures, None)
            next(sounds, None)
    return path


def _pictures(container: OutputContainer, film: Film) -> Iterator[None]:
    codec = "libvpx" if container.format.name == "webm" else "libx264"
    if container.format.name == "avi":
        codec = "mpeg4"
    options = {"preset": "ultrafast"} if codec == "libx264" else {}
    stream = cast("VideoStream", container.add_stream(codec, _FPS, options))
    stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
    stream.gop_size = _FPS
    yield
    frame = av.VideoFrame(64, 36, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    for number in range(int(film.seconds * _FPS)):
        frame.pts, frame.time_base = number, Fraction(1, _FPS)
        container.mux(stream.encode(frame))
        if number % _FPS == _FPS - 1:
            yield
    container.mux(stream.encode(None))


def _sounds(container: OutputContainer, film: Film, signal: Signal) -> Iterator[None]:
    stream = cast(
        "AudioStream",
        container.add_stream(film.codec, film.rate, {"strict": "experimental"}, layout=film.layout),
    )
    yield
    channels = len(stream.layout.channels)
    first = round(film.begins * film.rate)
    last = first + round((film.seconds if film.lasts is None else film.lasts) * film.rate)
    level = 32767
    loud = [film.speaking is None or number in film.speaking for number in range(channels)]
    for start in range(first, last, _CHUNK):
        count = min(_CHUNK, last - start)
        values = (round(level * signal((start + n) / film.rate)) for n in range(count))
        interleaved = array("h", (value * each for value in values for each in loud))
        frame = AudioFrame("s16", film.layout, count)
        frame.planes[0].update(interleaved.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.time_base, frame.pts = film.rate, Fraction(1, film.rate), start
        container.mux(stream.encode(frame))
        if (start + count) // film.rate != start // film.rate:
            yield
    container.mux(stream.encode(None))


class Heard(msgspec.Struct, frozen=True):
    """One channel at 48 kHz, without gaps, and the time of its first sample."""

    start: Fraction
    samples: array[float]

    def at(self, first: int, count: int) -> array[float]:
        """Return samples by their number on the timeline; silence where there are none."""
        skip = first - round(self.start * 48_000)
        lead = array("f", bytes(4 * max(0, -skip)))
        return (lead + self.samples[max(0, skip) : max(0, skip + count)])[:count]


def heard_in(container: InputContainer, zero: Fraction = Fraction(0), channel: int = 0) -> Heard:
    """Decode a channel of the first audio track; of a stereo downmix, one of its two channels.

    Frames are assumed to be consecutive from the first time stamp on. `zero`: seconds of
    the timeline's time 0.
    """
    layout = "stereo" if channel < 2 else container.streams.audio[0].layout.name
    resampler = AudioResampler("fltp", layout, 48_000, options={"rematrix_maxval": "1.0"})
    samples = array("f")
    start: Fraction | None = None
    for frame in container.decode(audio=0):
        if start is None:
            start = (frame.pts or 0) * cast("Fraction", frame.time_base) - zero
        frame.pts = None
        samples.extend(_plane(resampler.resample(frame), channel))
    samples.extend(_plane(resampler.resample(None), channel))
    return Heard(start or Fraction(0), samples)


def _plane(frames: list[AudioFrame], channel: int) -> Iterator[float]:
    for frame in frames:
        yield from array("f", bytes(frame.planes[channel])[: 4 * frame.samples])


def heard_in_segments(segments: list[bytes], init: bytes = b"", channel: int = 0) -> Heard:
    """Decode a rendition as a player does that gets its segments in sequence."""
    with av.open(io.BytesIO(init + b"".join(segments)), "r") as container:
        return heard_in(container, Fraction(10), channel)


def click_time(heard: Heard) -> float:
    """Return the seconds of the centre of the click's energy."""
    loudest = max(range(len(heard.samples)), key=lambda n: abs(heard.samples[n]))
    near = range(max(0, loudest - 240), min(len(heard.samples), loudest + 240))
    energy = [(n, heard.samples[n] ** 2) for n in near]
    centre = sum(n * each for n, each in energy) / sum(each for _, each in energy)
    return float(heard.start) + centre / 48_000


def rms(values: array[float]) -> float:
    return math.sqrt(sum(value * value for value in values) / max(1, len(values)))


def difference(one: array[float], other: array[float]) -> array[float]:
    return array("f", (a - b for a, b in zip(one, other, strict=False)))
