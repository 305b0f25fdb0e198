"""What coded pictures show without being decoded: whether they are cut points, and captions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from blobhls.media.bitstream import captions, cut_points

LEADING: Final = 16  # packets after a CRA that may be leading pictures


class PictureInspector:
    """Looks at packets of one stream."""

    def __init__(self, video: VideoStream) -> None:
        context = video.codec_context
        self._codec = context.codec.canonical_name
        self._size = cut_points.length_size(self._codec, bytes(context.extradata or b""))
        self._captions = captions.Captions()

    @property
    def captions(self) -> tuple[str, ...]:
        """`INSTREAM-ID` of every channel of closed captions that was noticed."""
        return self._captions.channels

    def listen(self, pictures: Iterable[Packet[Stream]]) -> None:
        """Notice closed captions in pictures that follow each other."""
        self._captions.read(bytes(memoryview(each)[: captions.LOOK]) for each in pictures)

    def is_clean(self, key: Packet[Stream], following: Iterable[Packet[Stream]]) -> bool:
        """Say whether `key` is a cut point; `following`: the packets after it in the file."""
        clean = cut_points.is_clean(self._codec, memoryview(key), self._size)
        if clean is not None:
            return clean
        shown = key.pts or 0
        return all(p.pts is not None and p.pts > shown for p in islice(following, LEADING))
