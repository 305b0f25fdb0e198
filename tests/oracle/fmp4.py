"""Parsing of init blobs and `.m4s` segments (ISO/IEC 14496-12), without libav."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from tests.oracle.faults import Problem

_CONFIGS: Final = {b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"dac3", b"dec3", b"dOps", b"dfLa"}
_VIDEO_ENTRY: Final = 78  # bytes of a VisualSampleEntry before its boxes
_AUDIO_ENTRY: Final = 28  # bytes of an AudioSampleEntry before its boxes
_NOT_SYNC: Final = 0x0001_0000  # sample_is_non_sync_sample (§8.8.3.1)


class BoxBroken(ValueError):
    """A box is malformed, or a required one is missing."""


class Box(msgspec.Struct, frozen=True):
    """One box: its type and where its content is."""

    kind: bytes
    start: int  # of the header
    body: int  # of the content
    stop: int


class Track(msgspec.Struct, frozen=True):
    """One track of an init blob."""

    track_id: int
    kind: str  # video, audio or other
    timescale: int  # ticks per second
    entry: str  # type of the sample entry, such as avc1 or mp4a
    config: bytes  # content of its avcC, hvcC, av1C, esds, …; empty where there is none
    defaults: tuple[int, int, int]  # duration, size and flags of a sample, from trex


class Init(msgspec.Struct, frozen=True):
    """An init blob: `ftyp` and `moov`."""

    brands: tuple[str, ...]
    tracks: tuple[Track, ...]

    def track(self, kind: str) -> Track:
        """Return the first track of a kind; raises `BoxBroken`."""
        for track in self.tracks:
            if track.kind == kind:
                return track
        raise BoxBroken(f"no {kind} track")


class Sample(msgspec.Struct, frozen=True):
    """One sample of a fragment, times in ticks of its track."""

    dts: int
    pts: int
    duration: int
    size: int
    sync: bool
    offset: int  # in the segment


class Fragment(msgspec.Struct, frozen=True):
    """The samples of one track in one segment, in decode order."""

    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]


def boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two offsets; raises `BoxBroken` where they don't fill it exactly."""
    stop = len(data) if stop is None else stop
    while start < stop:
        if start + 8 > stop:
            raise BoxBroken(f"{stop - start} bytes are left at byte {start}")
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", data, body)[0], body + 8
        if size < body - start or start + size > stop:
            raise BoxBroken(f"box {kind!r} at byte {start} has {size} bytes, more than there are")
        yield Box(kind, start, body, start + size)
        start += size


def child(data: bytes, parent: Box, *path: bytes) -> Box:
    """Return the box at `path` below `parent`; raises `BoxBroken` where there is none."""
    for kind in path:
        found = next(
            (box for box in boxes(data, parent.body, parent.stop) if box.kind == kind), None
        )
        if found is None:
            raise BoxBroken(f"no {kind!r} in {parent.kind!r}")
        parent = found
    return parent


def parse_init(data: bytes) -> Init:
    """Parse an init blob; raises `BoxBroken`."""
    try:
        return _init(data)
    except (struct.error, IndexError) as error:
        raise BoxBroken(f"a box of the init blob is too short: {error}") from error


def _init(data: bytes) -> Init:
    whole = Box(b"file", 0, 0, len(data))
    ftyp, moov = child(data, whole, b"ftyp"), child(data, whole, b"moov")
    brands = [data[at : at + 4].decode("latin-1") for at in range(ftyp.body, ftyp.stop, 4)]
    defaults = {}
    for box in boxes(data, *_span(child(data, moov, b"mvex"))):
        if box.kind == b"trex":
            track_id, _, *values = struct.unpack_from(">5I", data, box.body + 4)
            defaults[track_id] = (values[0], values[1], values[2])
    tracks = [
        _track(data, box, defaults) for box in boxes(data, *_span(moov)) if box.kind == b"trak"
    ]
    return Init((brands[0], *brands[2:]), tuple(tracks))


def _span(box: Box) -> tuple[int, int]:
    return box.body, box.stop


def _track(data: bytes, trak: Box, defaults: dict[int, tuple[int, int, int]]) -> Track:
    tkhd = child(data, trak, b"tkhd")
    (track_id,) = struct.unpack_from(">I", data, tkhd.body + (20 if data[tkhd.body] else 12))
    mdia = child(data, trak, b"mdia")
    mdhd = child(data, mdia, b"mdhd")
    (timescale,) = struct.unpack_from(">I", data, mdhd.body + (20 if data[mdhd.body] else 12))
    if timescale == 0:
        raise BoxBroken(f"track {track_id} counts no ticks a second")
    hdlr = child(data, mdia, b"hdlr")
    handler = data[hdlr.body + 8 : hdlr.body + 12]
    kind = {b"vide": "video", b"soun": "audio"}.get(handler, "other")
    stsd = child(data, mdia, b"minf", b"stbl", b"stsd")
    entry = next(boxes(data, stsd.body + 8, stsd.stop), None)
    if entry is None or track_id not in defaults:
        raise BoxBroken(f"track {track_id} has no sample entry or no trex")
    config = b""
    if kind != "other":
        skip = _VIDEO_ENTRY if kind == "video" else _AUDIO_ENTRY
        for box in boxes(data, entry.body + skip, entry.stop):
            if box.kind in _CONFIGS:
                config = data[box.body : box.stop]
    return Track(
        track_id, kind, timescale, entry.kind.decode("latin-1"), config, defaults[track_id]
    )


def parse_fragment(data: bytes, track: Track) -> Fragment:
    """Parse a segment; raises `BoxBroken` where it has no sample of `track`."""
    top = list(boxes(data))
    reader = _FragmentReader(data, track)
    try:
        for box in top:
            if box.kind == b"moof":
                reader.moof(box)
    except (struct.error, IndexError) as error:
        raise BoxBroken(f"a box of the segment is too short: {error}") from error
    if not reader.samples:
        raise BoxBroken(f"no samples of track {track.track_id}")
    contents = [_span(box) for box in top if box.kind == b"mdat"]
    total = sum(stop - start for start, stop in contents)
    problems = reader.problems
    if sum(sample.size for sample in reader.samples) != total:
        used = sum(sample.size for sample in reader.samples)
        problems.append(Problem("boxes", f"samples have {used} bytes, mdat {total}"))
    for sample in reader.samples:
        end = sample.offset + sample.size
        if not any(start <= sample.offset and end <= stop for start, stop in contents):
            problems.append(Problem("boxes", f"the sample at byte {sample.offset} is not in mdat"))
            break
    return Fragment(tuple(reader.samples), tuple(problems))


class _FragmentReader:
    """State between the `moof` boxes of one segment."""

    def __init__(self, data: bytes, track: Track) -> None:
        self._data = data
        self._track = track
        self.samples: list[Sample] = []
        self.problems: list[Problem] = []

    def moof(self, moof: Box) -> None:
        """Add the fragments of the track in one `moof` (§8.8.6)."""
        for traf in boxes(self._data, *_span(moof)):
            if traf.kind == b"traf":
                self._traf(moof, traf)

    def _traf(self, moof: Box, traf: Box) -> None:
        data = self._data
        tfhd = child(data, traf, b"tfhd")
        flags, track_id = struct.unpack_from(">II", data, tfhd.body)
        if track_id != self._track.track_id:
            return
        if not flags & 0x020000:
            self.problems.append(
                Problem("boxes", "offsets don't count from the moof (CMAF §7.5.16)")
            )
        defaults = self._defaults(tfhd, flags & 0xFFFFFF)
        tfdt = child(data, traf, b"tfdt")
        (time,) = struct.unpack_from(">Q" if data[tfdt.body] else ">I", data, tfdt.body + 4)
        if self.samples and time != self.samples[-1].dts + self.samples[-1].duration:
            self.problems.append(Problem("tfdt", f"{time} inside the segment does not go on"))
        for box in boxes(data, *_span(traf)):
            if box.kind == b"trun":
                time = self._trun(moof, box, time, defaults)

    def _defaults(self, tfhd: Box, flags: int) -> tuple[int, int, int]:
        """Return duration, size and flags of samples that state none (§8.8.7)."""
        at = tfhd.body + 8 + (8 if flags & 0x01 else 0) + (4 if flags & 0x02 else 0)
        values = list(self._track.defaults)
        for index, flag in enumerate((0x08, 0x10, 0x20)):
            if flags & flag:
                (values[index],) = struct.unpack_from(">I", self._data, at)
                at += 4
        return values[0], values[1], values[2]

    def _trun(self, moof: Box, trun: Box, time: int, defaults: tuple[int, int, int]) -> int:
        """Read one run of samples (§8.8.8); returns the decode time after it."""
        data = self._data
        head, count = struct.unpack_from(">II", data, trun.body)
        at = trun.body + 8
        last = self.samples[-1] if self.samples else None
        offset = last.offset + last.size if last else 0
        if head & 0x01:
            offset = moof.start + struct.unpack_from(">i", data, at)[0]
            at += 4
        first_flags = None
        if head & 0x04:
            (first_flags,) = struct.unpack_from(">I", data, at)
            at += 4
        for index in range(count):
            values = list(defaults)
            for field, flag in enumerate((0x100, 0x200, 0x400)):
                if head & flag:
                    (values[field],) = struct.unpack_from(">I", data, at)
                    at += 4
            delay = 0
            if head & 0x800:  # signed from version 1 on
                (delay,) = struct.unpack_from(">i" if head >> 24 else ">I", data, at)
                at += 4
            duration, size, flags = values
            if index == 0 and first_flags is not None:
                flags = first_flags
            sync = not flags & _NOT_SYNC
            self.samples.append(Sample(time, time + delay, duration, size, sync, offset))
            time += duration
            offset += size
        return time
