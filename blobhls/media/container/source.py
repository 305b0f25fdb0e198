"""Opening a source with libav, reading from a position in it, and its fingerprint."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from blake3 import blake3

from blobhls.errors import SourceBroken, SourceOffline
from blobhls.media.container.joins import with_continuous_clock
from blobhls.recipe import Join

_EBML: Final = b"\x1aE\xdf\xa3"
_BOXES: Final = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide"})
_SAMPLES: Final = 16
_SAMPLE_SIZE: Final = 64 * 1024
_RETRIES: Final = (1, 10, 3600)  # seconds; how much earlier to try where a seek lands too late
_BYTES_PER_SECOND: Final = 2_000_000  # bytes to go back for each second, where seeks are by byte

# A hostile file may refer to other files or hosts (concat, HLS, RTSP): only plain files are opened.
_MAX_STREAMS: Final = 200
_OPTIONS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "",
    "max_streams": str(_MAX_STREAMS),
}
_FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,ogg,asf,mxf,"
    "h264,hevc,ivf,aac,mp3,flac,wav,ac3,eac3,dts,nut,rm,live_flv,wtv,dv"
)


def source_id(path: Path) -> str:
    """Return the fingerprint of a file: BLAKE3 of its size, head, tail and 16 samples between.

    64 hex digits. Reads at most 18 times 64 KiB. Raises `SourceOffline`.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            hasher = blake3(b"blobhls source 1\0" + size.to_bytes(8, "big"))
            span = max(0, size - _SAMPLE_SIZE)
            for number in range(_SAMPLES + 2):
                offset = span * number // (_SAMPLES + 1)
                hasher.update(os.pread(file.fileno(), _SAMPLE_SIZE, offset))
    except OSError as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    return hasher.hexdigest()


@contextmanager
def opened(path: Path, *, decoding: bool = True) -> Iterator[InputContainer]:
    """Open a file for reading; raises `SourceBroken` or `SourceOffline`.

    `decoding`: whether frames are going to be decoded in order. Otherwise opening is twice as fast,
    and a stream's pixel format, colours and reordering are unknown unless the container states
    them.
    """
    options = _OPTIONS | {"format_whitelist": _FORMATS}
    if not decoding and _states_tracks(path):
        options["skip_frame"] = "all"  # of the frames that libav decodes when it opens a file
        options["avioflags"] = "direct"  # otherwise 32 KB are read for each audio frame
    try:
        container = av.open(
            os.fspath(path), options=options, metadata_errors="replace", buffer_size=256 * 1024
        )
    except (FileNotFoundError, PermissionError) as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    except (av.FFmpegError, ValueError, OSError) as error:
        raise SourceBroken(_open_failure(path, error)) from error
    with container:
        yield container


def _states_tracks(path: Path) -> bool:
    """Say whether a file is MP4 or Matroska, which state the properties of each track."""
    with suppress(OSError), path.open("rb", buffering=0) as file:
        head = file.read(8)
        return head.startswith(_EBML) or head[4:8] in _BOXES
    return False


def _open_failure(path: Path, error: Exception) -> str:
    """Return in words why a file that exists can't be opened."""
    if path.exists() and path.stat().st_size == 0:
        return "it is empty"
    if isinstance(error, av.ArgumentError):  # libav's answer to all formats outside `_FORMATS`
        return "it is in a format that this server does not play"
    return explain(error)


def explain(error: Exception) -> str:
    """Return a sentence for viewers from an error of libav."""
    if isinstance(error, av.FFmpegError):
        if error.errno == errno.ENOMEM:
            return f"it asks for more memory than there is, or has more than {_MAX_STREAMS} tracks"
        detail = str(error.log[-1]).strip() if error.log else ""
        text = (error.strerror or "libav error").lower()
        return f"{text}: {detail}" if detail else text
    return str(error) or type(error).__name__


def packets(
    container: InputContainer,
    stream: Stream,
    start: int,
    position: int,
    joins: Sequence[Join] = (),
) -> Iterator[Packet[Stream]]:
    """Yield the packets of `stream`, beginning with a key frame at or before `start` (ticks).

    `position`: byte to start reading at, or -1 to seek by time. `joins` of the stream, where the
    file has several clocks. The iteration ends where libav can't read on: a damaged tail costs the
    tail, not the file.
    """
    first, rest = _seek_and_read(container, stream, start, position, joins)
    for earlier in _RETRIES:
        if first is None or first.pts is None or first.pts <= start:
            break
        # A seek by decode time may land behind the key frame, and a seek into an edit list behind
        # the hidden frames that the first visible ones refer to.
        if position >= 0:
            before = max(0, position - earlier * _BYTES_PER_SECOND)
            first, rest = _seek_and_read(container, stream, start, before, joins)
        else:
            back = start - round(earlier / (stream.time_base or 1))
            first, rest = _seek_and_read(container, stream, back, -1, joins)
    if first is not None:
        yield first
        yield from rest


def _seek_and_read(
    container: InputContainer, stream: Stream, start: int, position: int, joins: Sequence[Join]
) -> tuple[Packet[Stream] | None, Iterator[Packet[Stream]]]:
    seek_to(container, stream, start, position)
    found = readable_packets(container, stream)
    if joins:
        found = with_continuous_clock(found, {stream.index: joins})
    return next(found, None), found


def seek_to(container: InputContainer, stream: Stream, start: int, position: int) -> None:
    """Seek to a key frame at or before `start`, or to a byte; to the beginning if that fails."""
    try:
        if position >= 0:
            container.seek(position, unsupported_byte_offset=True)
        else:
            container.seek(start, stream=stream)
    except av.FFmpegError:
        # Before the first index entry: start at the beginning.
        with suppress(av.FFmpegError):
            container.seek(container.start_time or 0)


def readable_packets(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """Yield packets until the end or the first read error, without the empty flush packets."""
    try:
        for packet in container.demux(*streams):
            if packet.size:
                yield packet
    except av.FFmpegError:
        return
    except IndexError:
        # PyAV's flush at the end fails for streams that appeared while reading, as in joined
        # recordings and on DVDs.
        return


def seek_to_time(container: InputContainer, seconds: Fraction, position: int) -> None:
    """Seek to a place at or before `seconds` through the video's index: audio rarely has one.

    `position`: byte to start reading at, or -1 to seek by time.
    """
    try:
        if position >= 0:
            container.seek(position, unsupported_byte_offset=True)
        else:
            container.seek(int(seconds * av.time_base))
    except av.FFmpegError:
        with suppress(av.FFmpegError):
            container.seek(container.start_time or 0)
