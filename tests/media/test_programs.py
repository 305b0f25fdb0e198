"""Of a transport stream with several programs, only one is offered."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.container.programs import pids_of_other_programs
from blobhls.media.probe.probe import probe
from tests.media.audio_clips import Film, make_film, sine
from tests.media.hostile import section, ts_packet

PACKET = 188


def association(programs: Iterable[int]) -> bytes:
    """A table that names the PID of each program's own table."""
    entries = (struct.pack(">HH", n, 0xE000 | pid) for n, pid in enumerate(programs, 1))
    return section(0, b"".join(entries))


def program_map(number: int, streams: dict[int, int]) -> bytes:
    """The table of one program; `streams`: type by PID."""
    entries = (struct.pack(">BHH", kind, 0xE000 | pid, 0xF000) for pid, kind in streams.items())
    return section(2, struct.pack(">HH", 0xFFFF, 0xF000) + b"".join(entries), number)


def tables(*programs: dict[int, int]) -> list[bytes]:
    places = range(0x1000, 0x1000 + len(programs))
    maps = (
        ts_packet(pid, program_map(pid - 0xFFF, each), 0)
        for pid, each in zip(places, programs, strict=True)
    )
    return [ts_packet(0, association(places), 0), *maps]


H264, AC3 = 0x1B, 0x81


def test_audio_of_another_program_is_not_offered(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.ts", Film("ac3"), sine)
    path = tmp_path / "several.ts"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        streams = [target.add_stream_from_template(source.streams[n]) for n in (0, 1, 1, 1)]
        for packet in source.demux():
            for stream in streams[1:] if packet.stream_index else streams[:1]:
                copy = av.Packet(bytes(packet))
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
                copy.stream = stream
                if packet.size:
                    target.mux(copy)
    assert [each.stream for each in probe(path).audio] == [1, 2, 3]
    data = path.read_bytes()
    packets = (data[at : at + PACKET] for at in range(0, len(data), PACKET))
    kept = [each for each in packets if int.from_bytes(each[1:3], "big") & 0x1FFF not in (0, 4096)]
    first, second = {0x100: H264, 0x101: AC3, 0x103: AC3}, {0x102: AC3}
    path.write_bytes(b"".join([*tables(first, second), *kept]))
    found = probe(path)
    assert found.video is not None
    assert [each.stream for each in found.audio] != [1, 2, 3]
    assert len(found.audio) == 2


@pytest.mark.parametrize("lead", [0, 4])
def test_programs_that_share_a_video_count_as_one(lead: int, tmp_path: Path) -> None:
    path = tmp_path / "shared.m2ts"
    shared, alone = {256: H264, 257: AC3}, {300: H264, 301: AC3}
    packets = tables(shared, {256: H264, 258: AC3}, alone) * 2
    path.write_bytes(b"".join(bytes(lead) + packet for packet in packets))
    assert pids_of_other_programs(path, 256) == {300, 301}
    assert pids_of_other_programs(path, 301) == {256, 257, 258}
    assert pids_of_other_programs(path, 999) == frozenset()


@given(data=st.binary(max_size=188), place=st.integers(0, 3))
def test_any_damaged_table_can_be_read(
    data: bytes, place: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    packets = tables({256: H264}, {257: AC3}) * 2
    packets[place] = packets[place][:4] + (data + packets[place][4 + len(data) :])[:184]
    path = tmp_path_factory.getbasetemp() / "damaged.ts"
    path.write_bytes(b"".join(packets))
    assert pids_of_other_programs(path, 256) <= set(range(0x2000))
