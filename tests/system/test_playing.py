"""Open playlists, played by ffmpeg: complete at once, with the frames of the source."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle.joins import check_rendition
from tests.oracle.together import Presented, check_together
from tests.system.checks import (
    assert_same_length,
    assert_same_pictures,
    joins_noticed,
    longest_gap,
    sound_after_picture,
    thinning,
)
from tests.system.conftest import Source
from tests.system.media import EXCEPTIONS, Choice
from tests.system.player import need_ffmpeg, play
from tests.system.server import Home, Server
from tests.system.sound import lag, loudness
from tests.system.titles import Fetched, Rendition, fetch, renditions


@pytest.fixture(scope="module")
def server(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_ffmpeg()
    with Home(library, tmp_path_factory.mktemp("playing")).serving() as server:
        yield server


def test_the_open_master_plays_to_the_end(server: Server, source: Source, name: str) -> None:
    expected = source(name)
    played = play(f"{server.address}{server.video(name)}/master.m3u8")
    assert_same_pictures(name, expected.video, played.video)
    assert_same_length(name, expected, played)


def test_every_rendition_plays_with_the_sources_pictures(
    server: Server, source: Source, choice: Choice, name: str
) -> None:
    expected = source(name)
    for rendition in renditions(server, server.video(name), whole=choice.whole):
        if rendition.kind == "subtitles":
            continue
        played = play(server.address + rendition.playlist)
        known = name in EXCEPTIONS and EXCEPTIONS[name].noticed
        assert known or not joins_noticed(played), f"{rendition.name}: {played.complaints}"
        if rendition.kind == "audio":
            assert played.audio is not None, rendition.name
        else:
            every = thinning(rendition.name, expected.video)
            assert_same_pictures(name, expected.video, played.video, every=every)


def test_the_sound_stays_with_its_picture(server: Server, source: Source, name: str) -> None:
    expected = source(name)
    if expected.audio is None:
        pytest.skip("there is no sound")
    url = f"{server.address}{server.video(name)}/master.m3u8"
    played = play(url)
    assert played.audio is not None
    apart = lag(
        loudness(path_of(server, name), sound_after_picture(expected)),
        loudness(url, sound_after_picture(played)),
    )
    if apart is None:
        pytest.skip("its sound is too short or too even to tell a shift")
    frame = expected.audio.frame if expected.video is None else expected.video.frame
    assert abs(apart) <= frame * 1000


def test_the_windows_of_every_rendition_join_and_all_renditions_agree(
    server: Server, source: Source, choice: Choice, name: str
) -> None:
    video = server.video(name)
    seen = []
    for rendition in renditions(server, video, whole=choice.whole):
        fetched = fetch(server, rendition.playlist)
        seen.append(
            Presented(
                rendition.name, fetched.segments, fetched.durations, fetched.init, rendition.kind
            )
        )
        if rendition.kind == "subtitles":
            assert all(
                segment.startswith(b"WEBVTT\nX-TIMESTAMP-MAP=") for segment in fetched.segments
            )
            continue
        shown = source(name).video
        longest = longest_gap(shown, thinning(rendition.name, shown))
        faults = check_rendition(
            fetched.segments, fetched.durations, fetched.init, rendition.kind,
            longest_frame=longest if rendition.kind == "video" else None,
        )  # fmt: skip
        known = EXCEPTIONS[name].faults if name in EXCEPTIONS else frozenset()
        new = [fault for fault in faults if fault.rule not in known]
        assert new == [], f"{rendition.name}: {new[:5]}"
    shown = source(name).video
    frame = Fraction(1, 1000) if shown is None else shown.frame
    # A source of few key frames has longer windows than what is encoded beside it.
    assert check_together(seen, frame, same_windows=False) == []


def test_every_segment_decodes_alone(
    server: Server, source: Source, choice: Choice, name: str
) -> None:
    shown = source(name).video
    for rendition in renditions(server, server.video(name), whole=choice.whole):
        if rendition.kind == "subtitles":
            continue
        fetched = fetch(server, rendition.playlist)
        count = sum(
            frames_alone(rendition, fetched, number) for number in range(len(fetched.links))
        )
        exception = EXCEPTIONS.get(name)
        if rendition.kind == "video" and thinning(rendition.name, shown) == 1:
            assert count == (shown.count if shown else 0) or (
                exception is not None and count in exception.pictures
            ), f"{rendition.name}: {count} pictures"


def frames_alone(rendition: Rendition, fetched: Fetched, number: int) -> int:
    """Decode a segment with nothing but its initialisation section, and count the frames."""
    command = [
        "ffmpeg", "-v", "error", "-i", "-", "-fps_mode", "passthrough", "-f", "framecrc", "-",
    ]  # fmt: skip
    data = (fetched.init or b"") + fetched.segments[number]
    done = subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, f"{rendition.name} {number}: {done.stderr.decode()[:500]}"
    return sum(not line.startswith(b"#") for line in done.stdout.splitlines())


def path_of(server: Server, name: str) -> Path:
    """Return where a file of the library is."""
    arguments = list(map(str, server.process.args))  # type: ignore[arg-type]
    return Path(arguments[arguments.index("-t") + 1]) / name
