"""A window that can't be rendered is a blank of the same length, marked and counted."""

from __future__ import annotations

import os
from pathlib import Path

import av

from blobhls.hls import parse_media
from tests.media.rendering import mean_luma, pictures
from tests.oracle.joins import check_rendition
from tests.system.conftest import MakeHome
from tests.system.titles import fetch


def lose_pictures(path: Path, start: float, stop: float) -> None:
    """Write zeros over the pictures of some seconds, as a dying disk does: no date changes."""
    data, was = bytearray(path.read_bytes()), path.stat()
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            seconds = float((packet.pts or 0) * (packet.time_base or 0))
            if packet.pos is not None and start <= seconds < stop:
                data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def test_a_window_that_can_not_be_cut_is_black_marked_and_counted(
    make_home: MakeHome, film: Path
) -> None:
    home = make_home(film)
    with home.serving() as server:
        base = server.video(film.name)
        playlist = f"{base}/source_h264/stream.m3u8"
        before = parse_media(server.body(playlist).decode())
        assert not any(segment.gap for segment in before.segments)
        server.body(f"{base}/source_h264/0.ts")
        lose_pictures(home.library / film.name, 2, 4)

        first = server.get(f"{base}/source_h264/1.ts")
        again = server.get(f"{base}/source_h264/1.ts")
        assert first.status_code == again.status_code == 200
        assert first.content == again.content
        assert "immutable" not in first.headers["cache-control"]
        black = pictures(first.content)
        assert len(black) == 2 * 24
        assert max(map(mean_luma, black)) < 17

        after = parse_media(server.body(playlist).decode())
        assert [number for number, s in enumerate(after.segments) if s.gap] == [1]
        assert [s.duration for s in after.segments] == [s.duration for s in before.segments]
        counted = {r["name"]: r["gaps"] for r in server.json(base)["renditions"]}
        assert counted.pop("source_h264") == 1
        assert set(counted.values()) == {0}

        fetched = fetch(server, playlist)
        faults = check_rendition(fetched.segments, fetched.durations, fetched.init, "video")
        assert faults == []
