"""What coded frames reveal without being decoded: cut points and closed captions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from blobhls.media.bitstream import captions, cut_points

LEADING: Final = 16  # packets after a CRA that may be leading pictures (ISO/IEC 23008-2)


class FrameInspector:
    """Inspects the packets of one video stream."""

    def __init__(self, video: VideoStream) -> None:
        context = video.codec_context
        self._codec = context.codec.canonical_name
        self._size = cut_points.length_size(self._codec, bytes(context.extradata or b""))
        self._captions = captions.Captions()

    @property
    def captions(self) -> tuple[str, ...]:
        """`INSTREAM-ID` of every channel of closed captions found so far."""
        return self._captions.channels

    def read_captions(self, frames: Iterable[Packet[Stream]]) -> None:
        """Look for closed captions in consecutive frames."""
        self._captions.read(bytes(memoryview(each)[: captions.INSPECTED_BYTES]) for each in frames)

    def is_clean(self, key: Packet[Stream], following: Iterable[Packet[Stream]]) -> bool:
        """Say whether `key` is a cut point; `following`: the packets after it in the file."""
        clean = cut_points.is_clean(self._codec, memoryview(key), self._size)
        if clean is not None:
            return clean
        presented = key.pts or 0
        return all(p.pts is not None and p.pts > presented for p in islice(following, LEADING))
