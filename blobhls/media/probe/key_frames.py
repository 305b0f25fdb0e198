"""Where a video can be cut, and where every track begins and ends.

An index gives the key frames for one seek each; a file without one is read through once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from pathlib import Path
from typing import Final

import av
import msgspec
from av.container import InputContainer
from av.index import IndexEntries, IndexEntry
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from blobhls.media.container.extents import Span, declared_end, spans_of
from blobhls.media.container.joins import CLOCKED, JoinFinder, joined
from blobhls.media.container.source import opened, readable, rewind
from blobhls.media.probe.coded_pictures import LEADING, PictureInspector
from blobhls.media.probe_values import KeyFrame
from blobhls.recipe import Join

# Formats whose index lists key frames. Entries of mov carry decode times, the others'
# presentation times.
_INDEXED: Final = ("mov", "matroska", "avi", "flv", "asf")
_CUTTABLE: Final = frozenset({"h264", "hevc", "av1", "vp9"})
_HEAD_PACKETS: Final = 160  # read first, to learn where each track begins
_APART: Final = Fraction(1, 2)  # seconds; cut points closer together than this are of no use
# Pictures before a key frame at which reading by byte begins. libav's parser needs one to find its
# feet; in MPEG-PS not every picture has a time stamp, and those after a half one are counted wrong.
_RUN_UP: Final = 12
_PEAK_SPAN: Final = 4  # seconds
_UNLISTED: Final = 2  # a file with fewer index entries than this is read instead


class Survey(msgspec.Struct, frozen=True):
    """What one walk over a container found."""

    key_frames: tuple[KeyFrame, ...]
    spans: dict[int, Span]  # by stream; the video's begins at what is shown first
    steady: bool  # time stamps are complete, and nothing at the start is to be discarded
    captions: tuple[str, ...] = ()  # channels of closed captions, as `INSTREAM-ID` has them
    joins: Mapping[int, tuple[Join, ...]] = {}  # by stream, of a file that has several clocks


def survey(container: InputContainer, video: VideoStream | None, size: int) -> Survey:
    """Walk over a freshly opened file of `size` bytes, as little as its format allows."""
    head = list(islice(readable(container), _HEAD_PACKETS))
    if video is None:
        spans = spans_of(chain(head, readable(container)))
        return Survey((), spans, steady=True)
    look = PictureInspector(video)
    spans, keys = _indexed(container, video, head, size, look)
    joins: Mapping[int, tuple[Join, ...]] = {}
    if not keys:
        # Looking for an index may have moved the reader: read a fresh one from the start.
        path, place = Path(container.name), _place(container, video)
        seams = JoinFinder()
        spans, keys = _scanned(path, place, look, seams.watch)
        if container.format.name in CLOCKED:
            joins = seams.joins(video.index, [each.index for each in container.streams.audio])
        if joins:
            spans, keys = _scanned(path, place, look, lambda packets: joined(packets, joins))
    pictures = [p for p in head if p.stream_index == video.index]
    shown = [p.pts for p in pictures if p.pts is not None and not p.is_discard]
    look.listen(sorted(pictures, key=lambda p: p.pts or 0))
    hidden = any(p.is_discard for p in pictures[:LEADING])
    if keys and shown and hidden:
        # An edit list begins in the middle of a group of pictures.
        first = KeyFrame(min(shown), keys[0].position, clean=False)
        keys = (first, *(key for key in keys if key.pts > first.pts))
    return Survey(
        key_frames=keys,
        spans=spans,
        steady=not hidden and all(p.pts is not None for p in pictures),
        captions=look.captions,
        joins=joins,
    )


def _place(container: InputContainer, video: VideoStream) -> int:
    return [stream.index for stream in container.streams.video].index(video.index)


def peak_rate(keys: tuple[KeyFrame, ...], base: Fraction) -> int:
    """Return the most bits a second over any four seconds of the file; 0 where unknown."""
    peak, first = 0, None
    span = ceil(_PEAK_SPAN / base)
    for key in keys:
        if first is None:
            first = key
        elif (ticks := key.pts - first.pts) >= span:
            if 0 <= first.position < key.position:
                seconds = ticks * base
                peak = max(peak, int((key.position - first.position) * 8 / seconds))
            first = key
    return peak


def _indexed(
    container: InputContainer,
    video: VideoStream,
    head: list[Packet[Stream]],
    size: int,
    look: PictureInspector,
) -> tuple[dict[int, Span], tuple[KeyFrame, ...]]:
    """Use the container's index; no key frames in the answer where it has none to trust."""
    entries = _entries(container, video, size)
    if len(entries) < _UNLISTED:
        return {}, ()
    if video.codec_context.codec.canonical_name in _CUTTABLE:
        keys = tuple(_visit(container, video, entries, _lead(container, video, head), look))
    else:
        stamps = (p.pts for p in head if p.stream_index == video.index and not p.is_discard)
        first = min((pts for pts in stamps if pts is not None), default=None)
        listed = (KeyFrame(at, place, clean=False) for at, place in entries)
        keys = tuple(_apart(listed, video, first))
    if not keys:
        return {}, ()
    opening = _first_key(video, head)
    if opening is not None and opening.pts is not None and opening.pts < keys[0].pts:
        # Seeking by decode times lands behind it where pictures wait long for those before them.
        position = -1 if opening.pos is None else opening.pos
        clean = look.is_clean(opening, head[head.index(opening) + 1 :])
        keys = (KeyFrame(opening.pts, position, clean), *keys)
    rewind(container, video, keys[-1].pts, -1)
    tail = spans_of(readable(container))
    spans = spans_of(head)
    for index, (first, last) in spans.items():
        end = tail[index][1] if index in tail else declared_end(container.streams[index])
        spans[index] = (first, max(last, end or last))
    return spans, keys


def _first_key(video: VideoStream, head: list[Packet[Stream]]) -> Packet[Stream] | None:
    pictures = (p for p in head if p.stream_index == video.index and not p.is_discard)
    return next((p for p in pictures if p.is_keyframe and p.pts is not None), None)


def _entries(container: InputContainer, video: VideoStream, size: int) -> list[tuple[int, int]]:
    """Return time stamp and byte of the index's key frames, as far as the file really goes."""
    if not container.format.name.startswith(_INDEXED) or container.duration is None:
        return []
    # Matroska loads its cues at the first seek.
    rewind(container, video, _ticks(video, Fraction(container.duration, av.time_base)), -1)
    entries = video.index_entries
    if not len(entries):
        return []
    if container.format.name.startswith("mov") and not _reaches(video, entries[-1].timestamp):
        return []  # fragments that the index does not list
    return [(e.timestamp, e.pos) for e in _listed_keys(entries) if e.pos + e.size <= size]


def _listed_keys(entries: IndexEntries) -> Iterator[IndexEntry]:
    """Yield an index's key frames; MP4 lists every picture, and libav leaps faster than we walk."""
    number, after = 0, entries[0].timestamp
    while 0 <= number < len(entries):
        if (entry := entries[number]).is_keyframe:
            yield entry
        after = max(after, entry.timestamp) + 1
        found = entries.search_timestamp(after, backward=False)
        number = found if found > number else -1


def _reaches(video: VideoStream, last: int) -> bool:
    if not video.duration:
        return False
    slack = _ticks(video, Fraction(1, 2)) + video.duration // 20
    return last + slack >= video.duration


def _ticks(stream: Stream, seconds: Fraction) -> int:
    return round(seconds / (stream.time_base or 1))


def _lead(container: InputContainer, video: VideoStream, head: list[Packet[Stream]]) -> int:
    """Return by how many ticks at most the index's time of a picture precedes its presentation."""
    if not container.format.name.startswith("mov"):
        return 0
    pictures = (p for p in head if p.stream_index == video.index)
    waits = (p.pts - p.dts for p in pictures if p.pts is not None and p.dts is not None)
    half = 1 / (2 * (video.average_rate or Fraction(25)))
    return max(waits, default=0) + _ticks(video, half)


def _visit(
    container: InputContainer,
    video: VideoStream,
    entries: list[tuple[int, int]],
    ahead: int,
    look: PictureInspector,
) -> Iterator[KeyFrame]:
    """Seek to each listed key frame and look at what it really is.

    `ahead`: ticks that seeking has to go beyond a listed time.
    """
    wanted: int | None = None
    last: int | None = None
    apart = _ticks(video, _APART)
    for at, _ in entries:
        if wanted is not None and at < wanted:
            continue
        rewind(container, video, at + ahead, -1)
        packets = islice(readable(container, video), LEADING)
        packet = next((p for p in packets if p.is_keyframe and p.pts is not None), None)
        if packet is None or packet.pts is None or (last is not None and packet.pts <= last):
            continue
        last = packet.pts
        look.listen((packet,))
        clean = look.is_clean(packet, packets)
        if clean or wanted is None:
            wanted = at + apart
            yield KeyFrame(packet.pts, -1 if packet.pos is None else packet.pos, clean=clean)


def _apart(keys: Iterable[KeyFrame], video: VideoStream, first: int | None) -> Iterator[KeyFrame]:
    """Drop key frames closer together than a cut can use; the first one starts at `first`."""
    wanted: int | None = None
    apart = _ticks(video, _APART)
    for key in keys:
        if wanted is None:
            yield KeyFrame(key.pts if first is None else first, key.position, key.clean)
        elif key.pts >= wanted:
            yield key
        else:
            continue
        wanted = key.pts + apart


def _scanned(
    path: Path,
    place: int,
    look: PictureInspector,
    through: Callable[[Iterator[Packet[Stream]]], Iterator[Packet[Stream]]],
) -> tuple[dict[int, Span], tuple[KeyFrame, ...]]:
    """Read every packet once, without decoding, and pass it `through` something.

    `place`: number of the video among those of the file.
    """
    with opened(path, decoding=False) as container:
        video = container.streams.video[place]
        keys = _Gatherer(video, look)
        spans = spans_of(keys.watch(through(readable(container))))
    found = keys.found
    if found and (span := spans.get(video.index)):
        # What precedes the first key frame in the file can't be decoded.
        spans[video.index] = (max(span[0], found[0].pts), span[1])
    useful = [key for number, key in enumerate(found) if key.clean or number == 0]
    if len(useful) < len(found) // 4:
        useful = found
    return spans, tuple(_apart(useful, video, None))


class _Gatherer:
    """Collect the key frames of a stream while its packets pass by."""

    def __init__(self, video: VideoStream, look: PictureInspector) -> None:
        self.found: list[KeyFrame] = []
        self._stream = video.index
        self._look = look
        self._pending: list[Packet[Stream]] = []  # a key frame and what follows it
        self._before: deque[int] = deque(maxlen=_RUN_UP)  # bytes where pictures before it begin
        self._position = 0

    def watch(self, packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
        for packet in packets:
            yield packet
            if packet.stream_index != self._stream:
                continue
            if packet.is_keyframe and packet.pts is not None:
                self._settle()
                self._position = self._before[0] if self._before else 0
            if self._pending or packet.is_keyframe:
                self._pending.append(packet)
            if len(self._pending) > LEADING:
                self._settle()
            if packet.pos is not None:
                self._before.append(packet.pos)
        self._settle()

    def _settle(self) -> None:
        if not self._pending:
            return
        key, *following = self._pending
        self._look.listen(self._pending)
        self._pending.clear()
        clean = self._look.is_clean(key, following)
        self.found.append(KeyFrame(key.pts or 0, self._position, clean))
