"""I-frame playlists over HTTP: in the sealed face all of them, in the open face what is known."""

from __future__ import annotations

from pathlib import Path

import httpx

from blobhls.hls import MediaPlaylist, parse_master, parse_media
from tests.media.rendering import pictures
from tests.system.conftest import MakeHome
from tests.system.server import Server


def one_picture_each(server: Server, playlist: MediaPlaylist, folder: str) -> int:
    """Fetch every range as a client does, check that it is one picture, and count them."""
    heads: dict[str, bytes] = {}
    if playlist.map is not None:
        heads = {s.uri: server.body(f"{folder}/{playlist.map}") for s in playlist.segments}
    for segment in playlist.segments:
        place = segment.byte_range
        assert place is not None
        url = f"{server.address}{folder}/{segment.uri}"
        if segment.uri not in heads:  # the tables stand in front of the first I-frame
            head = httpx.get(url, headers={"Range": f"bytes=0-{place.offset - 1}"})
            heads[segment.uri] = head.content
        last = place.offset + place.length - 1
        answer = httpx.get(url, headers={"Range": f"bytes={place.offset}-{last}"})
        assert answer.status_code == 206
        assert len(answer.content) == place.length
        assert len(pictures(heads[segment.uri] + answer.content)) == 1
    return len(playlist.segments)


def test_the_master_names_the_key_frames_of_what_is_sealed(make_home: MakeHome, film: Path) -> None:
    home = make_home(film)
    with home.serving() as server:
        base = server.video(film.name)
        assert parse_master(server.body(f"{base}/master.m3u8").decode()).iframes == ()
        assert server.get(f"{base}/source_h264/iframes.m3u8").status_code == 404

        server.root(base)
        master = parse_master(server.body(f"{base}/master.m3u8").decode())
        (link,) = master.iframes
        (value,) = [r for r in server.json(base)["renditions"] if r["name"] == "source_h264"]
        assert value["iframes"] == link.uri
        sealed = parse_media(server.body(link.uri).decode())
        opened = parse_media(server.body(f"{base}/source_h264/iframes.m3u8").decode())
        assert one_picture_each(server, sealed, "") == one_picture_each(
            server, opened, f"{base}/source_h264"
        )
        assert [s.byte_range for s in opened.segments] == [s.byte_range for s in sealed.segments]
        assert server.get(f"{base}/audio-1-eng_aac/iframes.m3u8").status_code == 404
