"""Coded packets into a segment: MPEG-TS, or fMP4 and its initialisation section."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.media.bitstream import dolby
from blobhls.media.container.clock import Times
from blobhls.media.container.mpegts import MEDIA_PID, PMT_PID, pad_counters
from blobhls.recipe import Packaging

AddStream: TypeAlias = Callable[[OutputContainer], Stream]

_BUFFER: Final = 1 << 20
_NEVER: Final = "100000"  # seconds; the tables are written once, at the start
_TS_OPTIONS: Final = {
    "mpegts_copyts": "1",
    "mpegts_start_pid": str(MEDIA_PID),
    "mpegts_pmt_start_pid": str(PMT_PID),
    "pat_period": _NEVER,
    "sdt_period": _NEVER,
    "max_delay": "0",
    "fflags": "+bitexact",
}
# Microseconds; half of it may pass between the first and the last frame of a PES packet. With one
# PES packet a frame, 160 kbit/s took 210 kbit/s, since the last packet of each is padded.
_AUDIO_DELAY: Final = "400000"
_MP4_OPTIONS: Final = {
    "movflags": "empty_moov+default_base_moof+frag_discont+skip_trailer",
    "fflags": "+bitexact",
    "avoid_negative_ts": "disabled",
    "use_editlist": "0",
    "strict": "unofficial",  # otherwise the configuration of Dolby Vision is left out
}


def segment(
    packaging: Packaging, add_stream: AddStream, base: Fraction, packets: Iterable[Packet[Stream]]
) -> bytes:
    """Return one segment of packets whose time stamps are ticks of `base`.

    `add_stream` adds the single stream to the output. Raises `av.FFmpegError`.
    """
    data = _muxed(packaging, add_stream, base, packets)
    return pad_counters(data) if packaging == "ts" else split_init(data)[1]


def init_section(
    add_stream: AddStream, base: Fraction, packets: Iterable[Packet[Stream]] = ()
) -> bytes:
    """Return the `ftyp` and `moov` that every segment of a rendition shares.

    `packets`: the first ones, for codecs whose configuration libav takes from them.
    """
    return split_init(_muxed("fmp4", add_stream, base, packets))[0]


def stamp(packets: Sequence[Packet[Stream]], times: Times) -> None:
    """Write time stamps into packets, in place."""
    rows = zip(times.presentation, times.decode, times.durations, strict=True)
    for packet, (pts, dts, duration) in zip(packets, rows, strict=True):
        packet.pts, packet.dts, packet.duration = pts, dts, duration


def _muxed(
    packaging: Packaging, add_stream: AddStream, base: Fraction, packets: Iterable[Packet[Stream]]
) -> bytes:
    buffer = io.BytesIO()
    name, options = ("mpegts", _TS_OPTIONS) if packaging == "ts" else ("mp4", _MP4_OPTIONS)
    with av.open(buffer, "w", format=name, options=options, buffer_size=_BUFFER) as output:
        stream = add_stream(output)
        stream.time_base = base
        _set_stream_options(output, stream, packaging)
        output.start_encoding()  # writes the header even without packets
        for packet in packets:
            packet.stream = stream
            packet.time_base = base
            output.mux_one(packet)
    return buffer.getvalue()


def _set_stream_options(output: OutputContainer, stream: Stream, packaging: Packaging) -> None:
    """Set the options for this kind of stream, before the header is written."""
    if packaging == "ts" and stream.type == "audio":
        output.options["max_delay"] = _AUDIO_DELAY
    elif packaging == "fmp4" and stream.codec_context.name in dolby.CODECS:
        # Only the frames hold the configuration, so `moov` waits for the first one.
        output.options["movflags"] += "+delay_moov"


def split_init(data: bytes) -> tuple[bytes, bytes]:
    """Split a fragmented file before its first `moof` (ISO/IEC 14496-12 §8.8)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind in (b"moof", b"styp", b"sidx"):
            return data[:at], data[at:]
        if size < 8:
            break
        at += size
    return data, b""
