"""Subtitle files next to a video, from the folder to a cue in a player."""

from __future__ import annotations

import re
from pathlib import Path

from tests.system.conftest import MakeHome

_CUES = "1\n00:00:01,000 --> 00:00:02,500\nDoména pravdy: žluťoučký kůň\n"


def test_a_subtitle_file_in_an_old_encoding_plays_and_is_sealed_with_its_film(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    home = make_home(clip_mp4)
    (home.library / "plain.cs.srt").write_bytes(_CUES.encode("cp1250"))
    with home.serving() as server:
        video = server.video("plain.mp4")
        master = server.body(f"{video}/master.m3u8").decode()
        lines = [line for line in master.splitlines() if "TYPE=SUBTITLES" in line]
        (line,) = [line for line in lines if 'LANGUAGE="cs"' in line]
        assert 'NAME="Czech"' in line
        found = re.search(r'URI="([^"]+)"', line)
        assert found
        playlist = server.body(f"{video}/{found[1]}").decode()
        (first, *_) = [entry for entry in playlist.splitlines() if entry.endswith(".vtt")]
        segment = server.body(f"{video}/{found[1].rpartition('/')[0]}/{first}").decode()
        assert "00:00:01.000 --> " in segment
        assert "Doména pravdy: žluťoučký kůň" in segment
        root = server.body(f"/{server.root(video)}.m3u8").decode()
        assert 'LANGUAGE="cs"' in root
