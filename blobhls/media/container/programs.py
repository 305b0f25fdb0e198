"""Which streams of a transport stream belong to which program: libav tells, PyAV does not.

A recording of a whole frequency holds several channels, whose sound is not that of the picture.
ISO/IEC 13818-1 §2.4.4: the program association table names a table for each program.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

_HEAD: Final = 1 << 20  # bytes; tables are sent ten times a second
_SHAPES: Final = ((188, 0), (192, 4), (204, 0))  # bytes of a packet, and of what precedes its sync
_SEVERAL: Final = 3  # streams; a picture with its sound is one program
_SYNC: Final = 0x47
_IN_A_ROW: Final = 5
_PAT, _PMT = 0, 2  # table_id


def of_one_program(container: InputContainer, video: VideoStream | None) -> list[Stream]:
    """Return the streams of a file but those of other programs than the picture's.

    Without a picture that of the first sound counts.
    """
    streams = list(container.streams)
    leading = video or next(iter(container.streams.audio), None)
    if container.format.name != "mpegts" or leading is None or len(streams) < _SEVERAL:
        return streams
    try:
        foreign = foreign_streams(Path(container.name), leading.id)
    except OSError:
        return streams
    return [stream for stream in streams if stream.id not in foreign]


def foreign_streams(path: Path, pid: int) -> frozenset[int]:
    """Return the PIDs that belong to no program with `pid`, but to others; raises `OSError`.

    None where the file says nothing of programs, or has only one.
    """
    with path.open("rb") as file:
        programs = list(_programs(file.read(_HEAD)))
    own = [streams for streams in programs if pid in streams]
    return frozenset().union(*programs).difference(*own) if own else frozenset()


def _programs(data: bytes) -> Iterator[frozenset[int]]:
    """Yield the PIDs of each program, in the order of the program association table."""
    found: dict[int, frozenset[int]] = {}
    wanted: list[int] = []
    for pid, section in _sections(data, wanted):
        if pid == 0 and section[0] == _PAT and not wanted:
            entries = (section[at : at + 4] for at in range(8, len(section) - 4, 4))
            wanted += [_pid(entry[2:]) for entry in entries if entry[:2] != b"\0\0"]
        elif section[0] == _PMT and pid not in found:
            found[pid] = frozenset(_streams(section))
        if wanted and len(found) == len(set(wanted)):
            break
    yield from (found[pid] for pid in wanted if pid in found)


def _streams(section: bytes) -> Iterator[int]:
    at = 12 + (int.from_bytes(section[10:12], "big") & 0xFFF)
    while at + 5 <= len(section) - 4:
        yield _pid(section[at + 1 : at + 3])
        at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0xFFF)


def _sections(data: bytes, wanted: list[int]) -> Iterator[tuple[int, bytes]]:
    """Yield sections of PID 0 and of those that are `wanted` by the time that they come."""
    begun: dict[int, bytes] = {}
    for packet in _packets(data):
        pid = _pid(packet[1:3])
        if (pid and pid not in wanted) or not packet[3] & 0x10:
            continue
        body = packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
        if packet[1] & 0x40:  # a section begins here, behind a pointer
            begun[pid] = body[1 + body[0] :] if body else b""
        elif pid in begun:
            begun[pid] += body
        section = begun.get(pid, b"")
        size = 3 + (int.from_bytes(section[1:3], "big") & 0xFFF)
        if 12 <= size <= len(section):
            yield pid, section[:size]
            del begun[pid]


def _packets(data: bytes) -> Iterator[bytes]:
    for size, lead in _SHAPES:
        for first in range(lead, lead + size):
            marks = data[first : first + _IN_A_ROW * size : size]
            if marks == bytes((_SYNC,)) * _IN_A_ROW:
                for at in range(first, len(data) - 187, size):
                    yield data[at : at + 188]
                return


def _pid(two: bytes) -> int:
    return int.from_bytes(two, "big") & 0x1FFF
