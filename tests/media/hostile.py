"""Hostile files: small on disk, and huge for a parser that trusts them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

_UNKNOWN: Final = b"\x01\xff\xff\xff\xff\xff\xff\xff"  # EBML size that nobody knows


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, *parts: bytes) -> bytes:
    return _box(kind, bytes(4), *parts)


def _u32(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


_MATRIX: Final = _u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _track(number: int, handler: bytes, entry: bytes, tables: bytes, edits: bytes = b"") -> bytes:
    head = _u32(0, 0, number, 0, 600_000) + bytes(16) + _MATRIX + _u32(64 << 16, 36 << 16)
    media = _box(
        b"mdia",
        _full(b"mdhd", _u32(0, 0, 1000, 600_000, 0x55C40000)),
        _full(b"hdlr", bytes(4), handler, bytes(12), b"\0"),
        _box(b"minf", _box(b"stbl", _full(b"stsd", _u32(1), entry), tables)),
    )
    return _box(b"trak", _box(b"tkhd", b"\0\0\0\x03", head), edits, media)


def _movie(*tracks: bytes) -> bytes:
    head = _u32(0, 0, 1000, 600_000, 0x10000) + bytes(12) + _MATRIX + bytes(24) + _u32(2)
    return (
        _box(b"ftyp", b"isom", _u32(512), b"isomiso2avc1mp41")
        + _box(b"moov", _full(b"mvhd", head), *tracks)
        + _box(b"mdat", bytes(4096))
    )


def _visual() -> bytes:
    """A sample entry of raw RGB, which needs no further configuration."""
    head = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", 64, 36)
    return _box(b"raw ", head, _u32(0x480000, 0x480000, 0), b"\0\1", bytes(32), b"\0\x18\xff\xff")


def _tables(stsz: bytes, *, more: bytes = b"", per_chunk: int = 1) -> bytes:
    return (
        _full(b"stts", _u32(1, 0xFFFFFFFF, 1))
        + _full(b"stsc", _u32(1, 1, per_chunk, 1))
        + stsz
        + _full(b"stco", _u32(1, 1024))
        + more
    )


def samples_without_end(path: Path) -> None:
    """An MP4 with one chunk of 4·10⁹ one-byte samples, each with its own composition offset."""
    count = 0xFFFFFFF0
    tables = _tables(
        _full(b"stsz", _u32(1, count)), more=_full(b"ctts", _u32(1, count, 1)), per_chunk=count
    )
    path.write_bytes(_movie(_track(1, b"vide", _visual(), tables)))


def many_samples(path: Path) -> None:
    """The same with a million samples, all key frames."""
    count = 1_000_000
    tables = _tables(_full(b"stsz", _u32(1, count)), per_chunk=count)
    path.write_bytes(_movie(_track(1, b"vide", _visual(), tables)))


def edits_without_end(path: Path) -> None:
    """An MP4 of 40 samples and 100 000 edits of the first."""
    count = 100_000
    edits = _box(b"edts", _full(b"elst", _u32(count), _u32(1, 0, 0x10000) * count))
    tables = _tables(_full(b"stsz", _u32(100, 40)), per_chunk=40)
    path.write_bytes(_movie(_track(1, b"vide", _visual(), tables, edits)))


def a_table_longer_than_the_file(path: Path) -> None:
    """An MP4 whose tables state 2³⁰ entries, and end after one."""
    tables = _tables(_full(b"stsz", _u32(0, 1 << 30, 5)), more=_full(b"ctts", _u32(1 << 30, 1, 1)))
    path.write_bytes(_movie(_track(1, b"vide", _visual(), tables)))


def many_tracks(path: Path) -> None:
    """An MP4 of 20 000 tracks, nothing but headers."""
    tables = _tables(_full(b"stsz", _u32(1, 1)))
    path.write_bytes(_movie(_track(1, b"vide", _visual(), tables) * 20_000))


def deep_boxes(path: Path) -> None:
    """An MP4 whose boxes are nested 100 000 deep."""
    depth = 100_000
    heads = b"".join(struct.pack(">I", 8 * (depth - n)) + b"moov" for n in range(depth))
    path.write_bytes(_box(b"ftyp", b"isom", _u32(512)) + heads)


class _Bits:
    """Bits of a parameter set (ITU-T H.264 §9.1)."""

    def __init__(self) -> None:
        self._bits = ""

    def u(self, count: int, value: int) -> _Bits:
        self._bits += f"{value:0{count}b}"
        return self

    def ue(self, *values: int) -> _Bits:
        for value in values:
            code = f"{value + 1:b}"
            self._bits += "0" * (len(code) - 1) + code
        return self

    def bytes(self) -> bytes:
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        raw = int(bits, 2).to_bytes(len(bits) // 8, "big")
        return raw.replace(b"\0\0\0", b"\0\0\3\0").replace(b"\0\0\1", b"\0\0\3\1")


def _sps(width: int, height: int) -> bytes:
    """A sequence parameter set of High profile, level 6.2; sides are multiples of 16."""
    bits = _Bits().u(8, 0x67).u(8, 100).u(8, 0).u(8, 62).ue(0, 1, 0, 0).u(2, 0)
    bits.ue(0, 2, 1).u(1, 0).ue(width // 16 - 1, height // 16 - 1).u(4, 0b1100).u(1, 0)
    return bits.bytes()


def a_huge_picture(path: Path) -> None:
    """Raw H.264 that states 65 520 pixels of width and height, with an empty slice."""
    pps = _Bits().u(8, 0x68).ue(0, 0).u(2, 0).ue(0, 0, 0).u(3, 0).ue(0, 0, 0).u(3, 0b100).bytes()
    idr = _Bits().u(8, 0x65).ue(0, 7, 0).u(4, 0).ue(0).u(4, 0).u(2, 0).ue(0, 0).bytes()
    unit = b"".join(b"\0\0\0\1" + each for each in (_sps(65_520, 65_520), pps, idr + bytes(200)))
    path.write_bytes(unit * 50)


def a_picture_bomb(path: Path) -> None:
    """A Matroska film of PNG frames, each 10 000 pixels wide and high, in 100 KB of zeros."""
    side = 10_000
    packed = zlib.compressobj(9)
    first = packed.compress(bytes(1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    again = packed.compress(bytes(1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    rows = first + again * (side * side >> 20) + packed.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return _u32(len(body)) + kind + body + _u32(zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    size = _el(0xB0, _uint(side)) + _el(0xBA, _uint(side))
    track = _matroska_track(
        1, 1, b"V_MS/VFW/FOURCC", _el(0xE0, size), private=_bitmap(b"MPNG", side)
    )
    path.write_bytes(_matroska(track, _cluster([(1, 0, png), (1, 40, png)])))


def _bitmap(fourcc: bytes, side: int) -> bytes:
    return struct.pack("<IiiHH4sIiiII", 40, side, side, 1, 8, fourcc, 0, 0, 0, 0, 0)


def _el(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + _size(len(body)) + body


def _size(length: int) -> bytes:
    return ((1 << 56) | length).to_bytes(8, "big")


def _uint(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _matroska_track(
    number: int, kind: int, codec: bytes, more: bytes = b"", private: bytes = b""
) -> bytes:
    extra = _el(0x63A2, private) if private else b""
    return _el(
        0xAE, _el(0xD7, _uint(number)), _el(0x73C5, _uint(number)), _el(0x83, _uint(kind)),
        _el(0x86, codec), more, extra,
    )  # fmt: skip


def _cluster(blocks: list[tuple[int, int, bytes]]) -> bytes:
    return _el(
        0x1F43B675, _el(0xE7, b"\0"),
        *(_el(0xA3, struct.pack(">BhB", 0x80 | n, at, 0x80), body) for n, at, body in blocks),
    )  # fmt: skip


def _matroska(tracks: bytes, *rest: bytes) -> bytes:
    head = _el(0x1A45DFA3, _el(0x4282, b"matroska"), _el(0x4287, b"\4"), _el(0x4285, b"\2"))
    info = _el(
        0x1549A966, _el(0x2AD7B1, _uint(1_000_000)), _el(0x4489, struct.pack(">d", 60_000.0))
    )
    return head + b"\x18\x53\x80\x67" + _UNKNOWN + info + _el(0x1654AE6B, tracks) + b"".join(rest)


_MPEG4: Final = b"V_MPEG4/ISO/ASP"
_SIZE: Final = _el(0xE0, _el(0xB0, _uint(64)), _el(0xBA, _uint(36)))


def inflating_frames(path: Path) -> None:
    """A Matroska film whose frames are zlib bombs, a gigabyte each."""
    packed = zlib.compressobj(9)
    first = packed.compress(bytes(1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    again = packed.compress(bytes(1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    bomb = first + again * 1023 + packed.flush()
    encoding = _el(0x6D80, _el(0x6240, _el(0x5034, _el(0x4254, b"\0"))))
    track = _matroska_track(1, 1, _MPEG4, _SIZE + encoding)
    path.write_bytes(_matroska(track, _cluster([(1, n * 40, bomb) for n in range(5)])))


def many_matroska_tracks(path: Path) -> None:
    """A Matroska film of 20 000 tracks."""
    tracks = b"".join(_matroska_track(n + 1, 1, _MPEG4, _SIZE) for n in range(20_000))
    path.write_bytes(_matroska(tracks))


def an_endless_attachment(path: Path) -> None:
    """A Matroska film with an attachment of 8 GB, which libav would scan for a minute."""
    a_giant_attachment(path, 8 << 30)


def a_giant_attachment(path: Path, size: int = 64 << 20) -> None:
    """A Matroska film with an attachment of 64 MB, which is a hole in the file."""
    names = _el(0x466E, b"a.ttf") + _el(0x4660, b"font/ttf") + _el(0x46AE, b"\1")
    data = b"\x46\x5c" + _size(size)
    file = b"\x61\xa7" + _size(len(names) + len(data) + size) + names + data
    whole = b"\x19\x41\xa4\x69" + _size(len(file) + size) + file
    with path.open("wb") as target:
        target.write(_matroska(_matroska_track(1, 1, _MPEG4, _SIZE), whole))
        target.truncate(target.tell() + size)
        target.seek(0, 2)
        target.write(_cluster([(1, n * 40, bytes(100)) for n in range(50)]))


def an_index_without_end(path: Path) -> None:
    """A Matroska film of one frame and cues of 300 000 key frames, all at the same place."""
    point = _el(0xBB, _el(0xB3, _uint(0x01010101)), _el(0xB7, _el(0xF7, b"\1"), _el(0xF1, b"\0")))
    at = point.index(b"\1\1\1\1")
    points = b"".join(
        point[:at] + number.to_bytes(4, "big") + point[at + 4 :] for number in range(300_000)
    )
    cues = _el(0x1C53BB6B, points)
    path.write_bytes(
        _matroska(
            _matroska_track(1, 1, _MPEG4, _SIZE),
            cues,
            _cluster([(1, n * 40, bytes(100)) for n in range(50)]),
        )
    )


def a_flood_of_cues(path: Path) -> None:
    """A Matroska film with 300 000 subtitles within its first second."""
    tracks = _matroska_track(1, 1, _MPEG4, _SIZE) + _matroska_track(2, 17, b"S_TEXT/UTF8")
    block = _el(0xA0, _el(0xA1, b"\x82\0\0\0words"), _el(0x9B, b"\x64"))
    flood = block * 300_000
    pictures = _cluster([(1, n * 40, bytes(100)) for n in range(50)])
    path.write_bytes(
        _matroska(tracks, pictures, _el(0x1F43B675, _el(0xE7, b"\0"), flood), pictures)
    )


def three_centuries(path: Path) -> None:
    """A Matroska film of two key frames, 300 years apart."""
    late = _el(0x1F43B675, _el(0xE7, _uint(10**13)), _el(0xA3, b"\x81\0\0\x80" + bytes(100)))
    track = _matroska_track(1, 1, _MPEG4, _SIZE)
    path.write_bytes(_matroska(track, _cluster([(1, 0, bytes(100))]), late))


def many_programs(path: Path) -> None:
    """A transport stream whose tables keep naming 30 other streams."""
    path.write_bytes(b"".join(map(_pmt_round, range(1000))))


def _pmt_round(number: int) -> bytes:
    pids = range(0x100 + number % 36 * 220, 0x100 + number % 36 * 220 + 30)
    entries = b"".join(struct.pack(">BHH", 0x1B, 0xE000 | pid, 0xF000) for pid in pids)
    pat = section(0, struct.pack(">HH", number % 60_000 + 1, 0xE000 | 0x1FF0))
    pmt = section(2, struct.pack(">HH", 0xE100, 0xF000) + entries, number % 60_000 + 1)
    return ts_packet(0, pat, number) + ts_packet(0x1FF0, pmt, number)


def section(table: int, body: bytes, program: int = 1) -> bytes:
    """Return a table of a transport stream with its CRC (ISO/IEC 13818-1 §2.4.4)."""
    length = 5 + len(body) + 4
    head = struct.pack(">BHHBBB", table, 0xB000 | length, program, 0xC1, 0, 0)
    return b"\0" + head + body + _u32(_crc(head + body))


def _crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        crc &= 0xFFFFFFFF
    return crc


def ts_packet(pid: int, payload: bytes, counter: int) -> bytes:
    """Return a packet in which a table begins."""
    head = struct.pack(">BHB", 0x47, 0x4000 | pid, 0x10 | counter & 15)
    return (head + payload).ljust(188, b"\xff")


FILES: Final[dict[str, Callable[[Path], None]]] = {
    "samples-without-end.mp4": samples_without_end,
    "many-samples.mp4": many_samples,
    "edits-without-end.mp4": edits_without_end,
    "a-table-longer-than-the-file.mp4": a_table_longer_than_the_file,
    "many-tracks.mp4": many_tracks,
    "deep-boxes.mp4": deep_boxes,
    "a-huge-picture.h264": a_huge_picture,
    "a-picture-bomb.mkv": a_picture_bomb,
    "inflating-frames.mkv": inflating_frames,
    "many-tracks.mkv": many_matroska_tracks,
    "a-giant-attachment.mkv": a_giant_attachment,
    "an-endless-attachment.mkv": an_endless_attachment,
    "an-index-without-end.mkv": an_index_without_end,
    "a-flood-of-cues.mkv": a_flood_of_cues,
    "three-centuries.mkv": three_centuries,
    "many-programs.ts": many_programs,
}
