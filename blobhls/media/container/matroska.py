"""Durations of subtitle cues from the index of a Matroska file, which libav does not expose.

RFC 9559 §5.1.5: multiplexers list every cue of a subtitle track with its duration. So cues that
began long before a window are known without reading the file in between.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

_SEGMENT, _SEEK_HEAD, _TRACKS, _CUES = 0x18538067, 0x114D9B74, 0x1654AE6B, 0x1C53BB6B
_INFO, _SCALE = 0x1549A966, 0x2AD7B1  # nanoseconds a tick
_CLUSTER, _SEEK, _SEEK_ID, _SEEK_POSITION = 0x1F43B675, 0x4DBB, 0x53AB, 0x53AC
_TRACK, _NUMBER, _TYPE = 0xAE, 0xD7, 0x83
_SKIPPED: Final = frozenset({_CLUSTER, 0xEC})  # clusters, and reserved space (Void)
_TIME, _PLACES, _PLACE_TRACK, _DURATION = 0xB3, 0xB7, 0xF7, 0xB2
_POINT: Final = b"\xbb"
_STREAMS: Final = frozenset({1, 2, 17, 33})  # track types for which libav makes streams
_MAX_HEADER: Final = 16  # bytes; maximum of an element's header
_MAX_ELEMENTS: Final = 64  # before the first cluster
_MAX_BYTES: Final = 16 << 20  # of an element that is read as a whole
# A duration of 2⁸ ticks or more. The elements of an index are tiny, and a film with thirty tracks
# has 50 000: only those around such bytes are parsed. The bytes may also mean something else.
_LONG_DURATION: Final = re.compile(rb"\xb2[\x82-\x88]")
_MAX_MATCHES: Final = 50_000  # matches that are examined
_MAX_CANDIDATES: Final = 32  # bytes that look like a point's id, tried for each match
_MAX_EXTENT: Final = 2048  # bytes by which a point may extend before and after a duration in it

Element = tuple[int, int, int]  # id, begin and end of its content


def long_cues(path: Path, seconds: int) -> dict[int, list[tuple[int, int]]]:
    """Return start and end of every listed cue longer than `seconds`, by stream index.

    In ticks of the file, mostly milliseconds, as in libav. Empty where it is no Matroska file or
    has no such index. Raises `OSError`.
    """
    with path.open("rb") as file:
        places = dict(reversed(_outline(file)))
        cues = _content(file, places.get(_CUES))
        scale = _integers(_content(file, places.get(_INFO))).get(_SCALE, 1_000_000) or 1
        least = seconds * 1_000_000_000 // scale
        points = list(_points(cues, least))
        streams = _streams_by_track(_content(file, places.get(_TRACKS))) if points else {}
    found: dict[int, list[tuple[int, int]]] = {}
    for track, start, duration in points:
        if track in streams:
            found.setdefault(streams[track], []).append((start, start + duration))
    return found


def header_size(path: Path) -> int:
    """Return the bytes that libav reads when it opens a Matroska file; 0 for other formats.

    These are attachments and tags, wherever they are; not skipped elements or clusters. Raises
    `OSError`.
    """
    with path.open("rb") as file:
        end = file.seek(0, io.SEEK_END)
        read = {place for place in _outline(file) if place[0] not in _SKIPPED}
        found = [_header(file, at) for _, at in read]
    sizes = [min(each[2], end) - each[1] for each in found if each is not None]
    return sum(sizes)


def _outline(file: BinaryIO) -> list[tuple[int, int]]:
    """Return id and byte of the elements at the start of the file, and of those they point to."""
    file.seek(0)
    header = file.read(_MAX_HEADER)
    ebml = next(_elements(header, truncated=True), None)
    if ebml is None or ebml[0] != 0x1A45DFA3:
        return []
    at = ebml[2]
    segment = _header(file, at)
    if segment is None or segment[0] != _SEGMENT:
        return []
    base = at = segment[1]
    places: list[tuple[int, int]] = []
    for _ in range(_MAX_ELEMENTS):
        found = _header(file, at)
        if found is None or found[0] == _CLUSTER:
            break
        places.append((found[0], at))
        if found[0] == _SEEK_HEAD:
            entries = islice(_seek_entries(_content(file, at)), _MAX_ELEMENTS)
            places += [(kind, base + position) for kind, position in entries]
        at = found[2]
    return places


def _header(file: BinaryIO, at: int) -> Element | None:
    """Return the element that begins at a byte of the file; a damaged size may lead anywhere."""
    if at >= os.fstat(file.fileno()).st_size:
        return None
    file.seek(at)
    found = next(_elements(file.read(_MAX_HEADER), truncated=True), None)
    return None if found is None else (found[0], at + found[1], at + found[2])


def _content(file: BinaryIO, at: int | None) -> bytes:
    found = None if at is None else _header(file, at)
    if found is None or found[2] - found[1] > _MAX_BYTES:
        return b""
    file.seek(found[1])
    return file.read(found[2] - found[1])


def _elements(data: bytes, *, truncated: bool = False) -> Iterator[Element]:
    """Yield the elements in some bytes; with `truncated`, also one that extends beyond them."""
    at = 0
    while at < len(data):
        width = 9 - data[at].bit_length()
        kind = int.from_bytes(data[at : at + width], "big")
        at += width
        if at >= len(data):
            return
        width = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        at += width
        if not truncated and at + size > len(data):
            return
        yield kind, at, at + size
        at += size


def _integers(data: bytes) -> dict[int, int]:
    """Return the integers among some elements, the last one of each id."""
    return {kind: int.from_bytes(data[a:b], "big") for kind, a, b in _elements(data) if b - a <= 8}


def _seek_entries(data: bytes) -> Iterator[tuple[int, int]]:
    for kind, begin, end in _elements(data):
        if kind == _SEEK:
            numbers = _integers(data[begin:end])
            yield numbers.get(_SEEK_ID, 0), numbers.get(_SEEK_POSITION, 0)


def _streams_by_track(tracks: bytes) -> dict[int, int]:
    """Return stream indexes by Matroska track number."""
    streams: dict[int, int] = {}
    for kind, begin, end in _elements(tracks):
        if kind == _TRACK:
            numbers = _integers(tracks[begin:end])
            if numbers.get(_TYPE) in _STREAMS:
                streams[numbers.get(_NUMBER, 0)] = len(streams)
    return streams


def _points(cues: bytes, least: int) -> Iterator[tuple[int, int, int]]:
    """Yield track, time and duration of every cue longer than `least` ticks."""
    done, tries = 0, 0
    for match in _LONG_DURATION.finditer(cues):
        at = match.start()
        size = match[0][1] & 0x7F
        if at < done or int.from_bytes(cues[at + 2 : at + 2 + size], "big") <= least:
            continue
        if (tries := tries + 1) > _MAX_MATCHES:
            return
        done, places = _point_around(cues, at, done)
        yield from (place for place in places if place[2] > least)


def _point_around(cues: bytes, at: int, done: int) -> tuple[int, list[tuple[int, int, int]]]:
    """Return the end and the cues of the point around a byte; `done` and none without a point."""
    begin = at
    for _ in range(_MAX_CANDIDATES):
        begin = cues.rfind(_POINT, max(done, at - _MAX_EXTENT), begin)
        if begin < 0:
            break
        found = next(_elements(cues[begin : at + _MAX_EXTENT]), None)
        if found is None or begin + found[2] <= at:
            continue
        places = list(_cues_of(cues[begin + found[1] : begin + found[2]]))
        if places:  # otherwise a byte of a number looked like the id of a point
            return begin + found[2], places
    return done, []


def _cues_of(point: bytes) -> Iterator[tuple[int, int, int]]:
    time = _integers(point).get(_TIME)
    for kind, begin, end in _elements(point):
        if kind == _PLACES and time is not None:
            numbers = _integers(point[begin:end])
            if _DURATION in numbers:
                yield numbers.get(_PLACE_TRACK, 0), time, numbers[_DURATION]
