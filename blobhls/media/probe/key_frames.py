"""Where a video can be cut, and where every track begins and ends.

An index gives the key frames at one seek each; a file without an index is read through once.
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
from blobhls.media.container.joins import MPEG_CLOCK_FORMATS, JoinFinder, with_continuous_clock
from blobhls.media.container.source import opened, readable_packets, seek_to
from blobhls.media.probe.coded_frames import LEADING, FrameInspector
from blobhls.media.probe_values import KeyFrame
from blobhls.recipe import Join

# Formats whose index lists key frames. Entries of mov carry decode times, those of the others
# presentation times.
_INDEXED: Final = ("mov", "matroska", "avi", "flv", "asf")
_CUTTABLE: Final = frozenset({"h264", "hevc", "av1", "vp9"})
_HEAD_PACKETS: Final = 160  # read first, to find where each track begins
_MIN_DISTANCE: Final = Fraction(1, 2)  # seconds; cut points closer together than this are useless
# Frames before a key frame at which reading by byte begins. libav's parser synchronises on one; in
# MPEG-PS not every frame has a time stamp, and those after a partial one are counted wrong.
_RUN_UP: Final = 12
_PEAK_SPAN: Final = 4  # seconds
_MIN_ENTRIES: Final = 2  # a file with fewer index entries than this is read through instead


class PacketFacts(msgspec.Struct, frozen=True):
    """What the packets of a file show, without decoding."""

    key_frames: tuple[KeyFrame, ...]
    spans: dict[int, Span]  # by stream; the video's begins at the first frame shown
    steady: bool  # all time stamps are present, and no frame at the start is discarded
    captions: tuple[str, ...] = ()  # channels of closed captions, as `INSTREAM-ID` has them
    joins: Mapping[int, tuple[Join, ...]] = {}  # by stream, for a file with several clocks


def packet_facts(container: InputContainer, video: VideoStream | None, size: int) -> PacketFacts:
    """Read a freshly opened file of `size` bytes, as little of it as its format allows."""
    head = list(islice(readable_packets(container), _HEAD_PACKETS))
    if video is None:
        spans = spans_of(chain(head, readable_packets(container)))
        return PacketFacts((), spans, steady=True)
    inspector = FrameInspector(video)
    spans, keys = _indexed(container, video, head, size, inspector)
    joins: Mapping[int, tuple[Join, ...]] = {}
    if not keys:
        # Loading the index may have moved the reader: read a fresh one from the start.
        path, place = Path(container.name), _video_number(container, video)
        join_finder = JoinFinder()
        spans, keys = _read_through(path, place, inspector, join_finder.watch)
        if container.format.name in MPEG_CLOCK_FORMATS:
            joins = join_finder.joins(video.index, [each.index for each in container.streams.audio])
        if joins:
            spans, keys = _read_through(
                path, place, inspector, lambda packets: with_continuous_clock(packets, joins)
            )
    frames = [p for p in head if p.stream_index == video.index]
    presented = [p.pts for p in frames if p.pts is not None and not p.is_discard]
    inspector.read_captions(sorted(frames, key=lambda p: p.pts or 0))
    hidden = any(p.is_discard for p in frames[:LEADING])
    if keys and presented and hidden:
        # An edit list begins in the middle of a group of pictures (GOP).
        first = KeyFrame(min(presented), keys[0].position, clean=False)
        keys = (first, *(key for key in keys if key.pts > first.pts))
    return PacketFacts(
        key_frames=keys,
        spans=spans,
        steady=not hidden and all(p.pts is not None for p in frames),
        captions=inspector.captions,
        joins=joins,
    )


def _video_number(container: InputContainer, video: VideoStream) -> int:
    return [stream.index for stream in container.streams.video].index(video.index)


def peak_rate(keys: tuple[KeyFrame, ...], base: Fraction) -> int:
    """Return the highest bits a second over any four seconds of the file; 0 where unknown."""
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
    inspector: FrameInspector,
) -> tuple[dict[int, Span], tuple[KeyFrame, ...]]:
    """Use the container's index; returns no key frames where there is no index to trust."""
    entries = _entries(container, video, size)
    if len(entries) < _MIN_ENTRIES:
        return {}, ()
    if video.codec_context.codec.canonical_name in _CUTTABLE:
        ahead = _max_reorder(container, video, head)
        keys = tuple(_check_each(container, video, entries, ahead, inspector))
    else:
        stamps = (p.pts for p in head if p.stream_index == video.index and not p.is_discard)
        first = min((pts for pts in stamps if pts is not None), default=None)
        listed = (KeyFrame(at, place, clean=False) for at, place in entries)
        keys = tuple(_far_apart(listed, video, first))
    if not keys:
        return {}, ()
    first_key = _first_key(video, head)
    if first_key is not None and first_key.pts is not None and first_key.pts < keys[0].pts:
        # A seek by decode time lands after it where frames are reordered over a long distance.
        position = -1 if first_key.pos is None else first_key.pos
        clean = inspector.is_clean(first_key, head[head.index(first_key) + 1 :])
        keys = (KeyFrame(first_key.pts, position, clean), *keys)
    seek_to(container, video, keys[-1].pts, -1)
    tail = spans_of(readable_packets(container))
    spans = spans_of(head)
    for index, (first, last) in spans.items():
        end = tail[index][1] if index in tail else declared_end(container.streams[index])
        spans[index] = (first, max(last, end or last))
    return spans, keys


def _first_key(video: VideoStream, head: list[Packet[Stream]]) -> Packet[Stream] | None:
    frames = (p for p in head if p.stream_index == video.index and not p.is_discard)
    return next((p for p in frames if p.is_keyframe and p.pts is not None), None)


def _entries(container: InputContainer, video: VideoStream, size: int) -> list[tuple[int, int]]:
    """Return time stamp and byte of the index's key frames that lie within the file."""
    if not container.format.name.startswith(_INDEXED) or container.duration is None:
        return []
    # Matroska loads its cues at the first seek.
    seek_to(container, video, _ticks(video, Fraction(container.duration, av.time_base)), -1)
    entries = video.index_entries
    if not len(entries):
        return []
    if container.format.name.startswith("mov") and not _reaches_end(video, entries[-1].timestamp):
        return []  # fragments that are not in the index
    return [(e.timestamp, e.pos) for e in _listed_keys(entries) if e.pos + e.size <= size]


def _listed_keys(entries: IndexEntries) -> Iterator[IndexEntry]:
    """Yield an index's key frames; MP4 lists every frame, and libav skips faster than a loop."""
    number, after = 0, entries[0].timestamp
    while 0 <= number < len(entries):
        if (entry := entries[number]).is_keyframe:
            yield entry
        after = max(after, entry.timestamp) + 1
        found = entries.search_timestamp(after, backward=False)
        number = found if found > number else -1


def _reaches_end(video: VideoStream, last: int) -> bool:
    if not video.duration:
        return False
    slack = _ticks(video, Fraction(1, 2)) + video.duration // 20
    return last + slack >= video.duration


def _ticks(stream: Stream, seconds: Fraction) -> int:
    return round(seconds / (stream.time_base or 1))


def _max_reorder(container: InputContainer, video: VideoStream, head: list[Packet[Stream]]) -> int:
    """Return how many ticks at most a frame's time in the index precedes its presentation time."""
    if not container.format.name.startswith("mov"):
        return 0
    frames = (p for p in head if p.stream_index == video.index)
    delays = (p.pts - p.dts for p in frames if p.pts is not None and p.dts is not None)
    half = 1 / (2 * (video.average_rate or Fraction(25)))
    return max(delays, default=0) + _ticks(video, half)


def _check_each(
    container: InputContainer,
    video: VideoStream,
    entries: list[tuple[int, int]],
    ahead: int,
    inspector: FrameInspector,
) -> Iterator[KeyFrame]:
    """Seek to each listed key frame, `ahead` ticks beyond its time, and yield the cut points."""
    wanted: int | None = None
    last: int | None = None
    distance = _ticks(video, _MIN_DISTANCE)
    for at, _ in entries:
        if wanted is not None and at < wanted:
            continue
        seek_to(container, video, at + ahead, -1)
        packets = islice(readable_packets(container, video), LEADING)
        packet = next((p for p in packets if p.is_keyframe and p.pts is not None), None)
        if packet is None or packet.pts is None or (last is not None and packet.pts <= last):
            continue
        last = packet.pts
        inspector.read_captions((packet,))
        clean = inspector.is_clean(packet, packets)
        if clean or wanted is None:
            wanted = at + distance
            yield KeyFrame(packet.pts, -1 if packet.pos is None else packet.pos, clean=clean)


def _far_apart(
    keys: Iterable[KeyFrame], video: VideoStream, first: int | None
) -> Iterator[KeyFrame]:
    """Drop key frames that are too close together to be cut points; the first starts at `first`."""
    wanted: int | None = None
    distance = _ticks(video, _MIN_DISTANCE)
    for key in keys:
        if wanted is None:
            yield KeyFrame(key.pts if first is None else first, key.position, key.clean)
        elif key.pts >= wanted:
            yield key
        else:
            continue
        wanted = key.pts + distance


def _read_through(
    path: Path,
    place: int,
    inspector: FrameInspector,
    wrap: Callable[[Iterator[Packet[Stream]]], Iterator[Packet[Stream]]],
) -> tuple[dict[int, Span], tuple[KeyFrame, ...]]:
    """Read every packet once, without decoding; `wrap` wraps the iterator of packets.

    `place`: number of the video stream among the video streams of the file.
    """
    with opened(path, decoding=False) as container:
        video = container.streams.video[place]
        keys = _KeyFrameCollector(video, inspector)
        spans = spans_of(keys.watch(wrap(readable_packets(container))))
    found = keys.key_frames
    if found and (span := spans.get(video.index)):
        # Frames before the first key frame in the file can't be decoded.
        spans[video.index] = (max(span[0], found[0].pts), span[1])
    useful = [key for number, key in enumerate(found) if key.clean or number == 0]
    if len(useful) < len(found) // 4:
        useful = found
    return spans, tuple(_far_apart(useful, video, None))


class _KeyFrameCollector:
    """Collects the key frames of a stream while its packets are read."""

    def __init__(self, video: VideoStream, inspector: FrameInspector) -> None:
        self.key_frames: list[KeyFrame] = []
        self._stream = video.index
        self._inspector = inspector
        self._pending: list[Packet[Stream]] = []  # a key frame and the packets after it
        self._recent: deque[int] = deque(maxlen=_RUN_UP)  # bytes at which recent frames begin
        self._position = 0

    def watch(self, packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
        for packet in packets:
            yield packet
            if packet.stream_index != self._stream:
                continue
            if packet.is_keyframe and packet.pts is not None:
                self._finish_pending()
                self._position = self._recent[0] if self._recent else 0
            if self._pending or packet.is_keyframe:
                self._pending.append(packet)
            if len(self._pending) > LEADING:
                self._finish_pending()
            if packet.pos is not None:
                self._recent.append(packet.pos)
        self._finish_pending()

    def _finish_pending(self) -> None:
        if not self._pending:
            return
        key, *following = self._pending
        self._inspector.read_captions(self._pending)
        self._pending.clear()
        clean = self._inspector.is_clean(key, following)
        self.key_frames.append(KeyFrame(key.pts or 0, self._position, clean))
