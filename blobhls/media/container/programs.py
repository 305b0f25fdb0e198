"""Which streams of a transport stream belong to which program: libav knows, PyAV does not say.

A recording of a whole frequency holds several channels; the audio of one does not belong to the
video of another. ISO/IEC 13818-1 §2.4.4: the program association table names a table for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

_HEAD: Final = 1 << 20  # bytes; tables are sent ten times a second
# Bytes of a packet, and of its lead before the sync.
_PACKET_LAYOUTS: Final = ((188, 0), (192, 4), (204, 0))
_MIN_STREAMS: Final = 3  # streams; a video with one audio stream is one program
_SYNC: Final = 0x47
_SYNCS: Final = 5
_PAT, _PMT = 0, 2  # table_id


def program_streams(container: InputContainer, video: VideoStream | None) -> list[Stream]:
    """Return the streams of a file, without those of other programs than the video's.

    Without video, the first audio stream decides.
    """
    streams = list(container.streams)
    leading = video or next(iter(container.streams.audio), None)
    if container.format.name != "mpegts" or leading is None or len(streams) < _MIN_STREAMS:
        return streams
    try:
        foreign = pids_of_other_programs(Path(container.name), leading.id)
    except OSError:
        return streams
    return [stream for stream in streams if stream.id not in foreign]


def pids_of_other_programs(path: Path, pid: int) -> frozenset[int]:
    """Return the PIDs of other programs that don't belong to a program with `pid` as well.

    Empty where the file lists no programs, or only one. Raises `OSError`.
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
    """Yield the sections of PID 0, and of the PIDs that are in `wanted` when they arrive."""
    started: dict[int, bytes] = {}
    for packet in _packets(data):
        pid = _pid(packet[1:3])
        if (pid and pid not in wanted) or not packet[3] & 0x10:
            continue
        body = packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
        if packet[1] & 0x40:  # a section begins here, behind a pointer
            started[pid] = body[1 + body[0] :] if body else b""
        elif pid in started:
            started[pid] += body
        section = started.get(pid, b"")
        size = 3 + (int.from_bytes(section[1:3], "big") & 0xFFF)
        if 12 <= size <= len(section):
            yield pid, section[:size]
            del started[pid]


def _packets(data: bytes) -> Iterator[bytes]:
    for size, lead in _PACKET_LAYOUTS:
        for first in range(lead, lead + size):
            marks = data[first : first + _SYNCS * size : size]
            if marks == bytes((_SYNC,)) * _SYNCS:
                for at in range(first, len(data) - 187, size):
                    yield data[at : at + 188]
                return


def _pid(two: bytes) -> int:
    return int.from_bytes(two, "big") & 0x1FFF
