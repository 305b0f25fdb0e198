"""Good streams to check the validators with, and the tools to break them."""

from __future__ import annotations

import array
import io
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

import av
import msgspec

from tests.oracle.elementary import walk_audio
from tests.oracle.fmp4 import boxes
from tests.oracle.ts import PACKET, PAT_PID, parse_ts

FPS: Final = 25
GOP: Final = 25  # pictures, one second
SECONDS: Final = 4
RATE: Final = 48_000
ES_PID: Final = 0x100  # libav's first elementary stream


class Rendition(msgspec.Struct, frozen=True):
    """Segments that join without fault."""

    segments: tuple[bytes, ...]
    extinf: tuple[Fraction, ...]
    init: bytes | None = None


def _encode_video(output: av.container.OutputContainer, codec: str) -> None:
    stream = output.add_stream(codec, rate=FPS)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
    stream.options = {
        "g": str(GOP),
        "bf": "2",
        "preset": "veryfast",
        "x264-params": "scenecut=0:open-gop=0:aud=1",
        "x265-params": f"keyint={GOP}:min-keyint={GOP}:open-gop=0:aud=1:log-level=none:scenecut=0",
    }
    for number in range(FPS * SECONDS):
        frame = av.VideoFrame(160, 96, "yuv420p")
        for plane in frame.planes:
            line = bytes((3 * column + 5 * number) % 256 for column in range(plane.line_size))
            plane.update(line * plane.height)
        frame.pts = number
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _encode_audio(output: av.container.OutputContainer, codec: str) -> None:
    stream = output.add_stream(codec, rate=RATE, layout="stereo")
    assert isinstance(stream, av.AudioStream)
    size = 1536 if "ac3" in codec else 1024
    for number in range(RATE * SECONDS // size):
        span = range(number * size, (number + 1) * size)
        wave = array.array("f", (math.sin(sample / 20) / 2 for sample in span))
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=size)
        for plane in frame.planes:
            plane.update(wave.tobytes())
        frame.sample_rate = RATE
        frame.pts = number * size
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _mux(codec: str, container: str, options: dict[str, str]) -> bytes:
    """Encode all of a stream into one file, in one go."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as output:
        if codec in {"aac", "ac3", "eac3"}:
            _encode_audio(output, codec)
        else:
            _encode_video(output, codec)
    return file.getvalue()


def pid_of(packet: bytes) -> int:
    """Return the PID of a TS packet."""
    return (packet[1] & 0x1F) << 8 | packet[2]


def packets(segment: bytes) -> list[bytes]:
    """Return the TS packets of a segment."""
    return [segment[at : at + PACKET] for at in range(0, len(segment), PACKET)]


def _is_random_access(packet: bytes) -> bool:
    return bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x40)


def _places(whole: list[bytes], *, random_access: bool) -> Iterator[int]:
    """Yield the numbers of PAT packets that a new PES packet follows."""
    for number, packet in enumerate(whole):
        if pid_of(packet) != PAT_PID:
            continue
        following = next((each for each in whole[number:] if pid_of(each) == ES_PID), None)
        begins = following is not None and following[1] & 0x40
        if following is not None and begins and (_is_random_access(following) or not random_access):
            yield number


def ts_video(codec: str = "libx264") -> Rendition:
    """Return one long TS, cut before the PAT in front of every key frame."""
    whole = packets(_mux(codec, "mpegts", {"mpegts_flags": "pat_pmt_at_frames"}))
    cuts = [0, *list(_places(whole, random_access=True))[1:], len(whole)]
    segments = tuple(b"".join(whole[a:b]) for a, b in pairwise(cuts))
    return Rendition(segments, (Fraction(GOP, FPS),) * len(segments))


def ts_audio(codec: str = "aac") -> Rendition:
    """Return one long TS of audio, cut before every tenth PES packet."""
    whole = packets(_mux(codec, "mpegts", {"mpegts_flags": "pat_pmt_at_frames"}))
    cuts = [0, *list(_places(whole, random_access=False))[10::10], len(whole)]
    segments = tuple(b"".join(whole[a:b]) for a, b in pairwise(cuts))
    return Rendition(segments, tuple(_audio_duration(segment) for segment in segments))


def _audio_duration(segment: bytes) -> Fraction:
    """Return the seconds of audio in a segment, from its samples."""
    stream = parse_ts(segment).stream("audio")
    assert stream is not None
    walk = walk_audio(b"".join(unit.data for unit in stream.units), stream.stream_type)
    return Fraction(sum(frame.samples for frame in walk.frames), RATE)


def fmp4(
    codec: str, flags: str = "cmaf+empty_moov+frag_keyframe", fragment: int = 1_000_000
) -> Rendition:
    """Return one long fragmented MP4, cut before every `moof`; `fragment` in microseconds."""
    data = _mux(codec, "mp4", {"movflags": flags, "frag_duration": str(fragment)})
    whole = [box for box in boxes(data) if box.kind in {b"moof", b"mdat"}]
    starts = [box.start for box in whole if box.kind == b"moof"]
    ends = [*starts[1:], whole[-1].stop]
    segments = tuple(data[a:b] for a, b in zip(starts, ends, strict=True))
    return Rendition(segments, (Fraction(1),) * len(segments), data[: starts[0]])
