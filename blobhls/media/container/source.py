"""Opening a source with libav, reading from a place in it, and its fingerprint."""

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
from blobhls.media.container.joins import joined
from blobhls.recipe import Join

_EBML: Final = b"\x1aE\xdf\xa3"
_BOXES: Final = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide"})
_SAMPLES: Final = 16
_SAMPLE_SIZE: Final = 64 * 1024
_BACK: Final = (1, 10, 3600)  # seconds; how much earlier to look where a seek lands too late
_PER_SECOND: Final = 2_000_000  # bytes to go back for each of them, where seeks go by byte

# A hostile file may name other files or hosts (concat, HLS, RTSP): only plain files are opened.
_MOST_STREAMS: Final = 200
_OPTIONS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "",
    "max_streams": str(_MOST_STREAMS),
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

    `decoding`: whether pictures are going to be decoded in order. Without, opening is twice as
    fast, and a picture's pixel format, colours and reordering are not known where the container
    does not state them.
    """
    options = _OPTIONS | {"format_whitelist": _FORMATS}
    if not decoding and _describes_itself(path):
        options["skip_frame"] = "all"  # of the pictures that libav decodes as it opens a file
        options["avioflags"] = "direct"  # or 32 KB are read for each frame of sound
    try:
        container = av.open(
            os.fspath(path), options=options, metadata_errors="replace", buffer_size=256 * 1024
        )
    except (FileNotFoundError, PermissionError) as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    except (av.FFmpegError, ValueError, OSError) as error:
        raise SourceBroken(_unopened(path, error)) from error
    with container:
        yield container


def _describes_itself(path: Path) -> bool:
    """Say whether a file is MP4 or Matroska, which state what there is in each track."""
    with suppress(OSError), path.open("rb", buffering=0) as file:
        head = file.read(8)
        return head.startswith(_EBML) or head[4:8] in _BOXES
    return False


def _unopened(path: Path, error: Exception) -> str:
    """Return why a file that is there can't be opened, in a sentence."""
    if path.exists() and path.stat().st_size == 0:
        return "it is empty"
    if isinstance(error, av.ArgumentError):  # what libav answers of all but `_FORMATS`
        return "it is in a format that is not played here"
    return explain(error)


def explain(error: Exception) -> str:
    """Return one sentence for a person from an error of libav."""
    if isinstance(error, av.FFmpegError):
        if error.errno == errno.ENOMEM:
            return f"it asks for more memory than there is, or has more than {_MOST_STREAMS} tracks"
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
    """Yield packets of `stream` from a key frame at or before `start` (ticks) on.

    `position`: byte to start reading at, or -1 to seek by time. `joins` of the stream, if the file
    has several clocks. What libav can't read any more ends the iteration: a damaged tail costs the
    tail, not the file.
    """
    first, rest = _from(container, stream, start, position, joins)
    for earlier in _BACK:
        if first is None or first.pts is None or first.pts <= start:
            break
        # A seek by decode time may land behind the key frame, and one into an edit list behind
        # the hidden pictures that the first visible ones refer to.
        if position >= 0:
            before = max(0, position - earlier * _PER_SECOND)
            first, rest = _from(container, stream, start, before, joins)
        else:
            back = start - round(earlier / (stream.time_base or 1))
            first, rest = _from(container, stream, back, -1, joins)
    if first is not None:
        yield first
        yield from rest


def _from(
    container: InputContainer, stream: Stream, start: int, position: int, joins: Sequence[Join]
) -> tuple[Packet[Stream] | None, Iterator[Packet[Stream]]]:
    rewind(container, stream, start, position)
    found = readable(container, stream)
    if joins:
        found = joined(found, {stream.index: joins})
    return next(found, None), found


def rewind(container: InputContainer, stream: Stream, start: int, position: int) -> None:
    """Move to a key frame at or before `start`, or to a byte; to the beginning if all fails."""
    try:
        if position >= 0:
            container.seek(position, unsupported_byte_offset=True)
        else:
            container.seek(start, stream=stream)
    except av.FFmpegError:
        # Before the first index entry: read from the start.
        with suppress(av.FFmpegError):
            container.seek(container.start_time or 0)


def readable(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """Yield packets until the end or the first read error; without the empty flush packets."""
    try:
        for packet in container.demux(*streams):
            if packet.size:
                yield packet
    except av.FFmpegError:
        return
    except IndexError:
        # PyAV's flush, once all is read: it knows no streams that came up on the way, as they do
        # in recordings that were joined, and on DVDs.
        return


def rewind_to_time(container: InputContainer, seconds: Fraction, position: int) -> None:
    """Move to a place at or before `seconds`, by way of the video's index: sound rarely has one.

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
