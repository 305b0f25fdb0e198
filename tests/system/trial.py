"""One file played openly and sealed: the frames of ffmpeg, and the faults of the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from blobhls.hls import MediaPlaylist
from blobhls.names.folders import path_id
from tests.oracle.joins import Kind, check_rendition
from tests.oracle.tree import walk_tree
from tests.system.checks import (
    assert_same_length,
    assert_same_pictures,
    joins_noticed,
    longest_gap,
    thinning,
)
from tests.system.media import EXCEPTIONS, Exceptional
from tests.system.player import Played, play
from tests.system.server import Server, until
from tests.system.titles import Fetched, Rendition, fetch, renditions

_MUCH: Final = 10**9  # pixels of all pictures; of more only the ladder's lowest step is encoded
_TOLD: Final = 3  # faults of one rendition are told; the rest is the same


class Verdict(msgspec.Struct, frozen=True):
    """Whether a file plays: faults are sentences, and none of them is a yes."""

    opened: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    refused: str = ""  # the server's reason for not offering the file at all
    shortened: bool = False  # of the ladder only the lowest step was tried


def try_file(server: Server, path: Path) -> Verdict:
    """Play a file of the server's library on both faces."""
    video = f"/api/v1/video/{path_id(path.name)}"
    answer = until(lambda: _answer(server, video, path.name), path.name)
    if answer:
        return Verdict(refused=answer)
    return _Trial(server, path, video).verdict()


def _answer(server: Server, video: str, name: str) -> str | None:
    """Return why a file is not offered, nothing where it is; None while that is not known."""
    if server.get(video).status_code == 200:
        return ""
    problems = server.json("/api/v1/library/problems")
    return next((each["reason"] for each in problems if each["path"] == name), None)


class _Trial:
    """What all checks of one file share."""

    def __init__(self, server: Server, path: Path, video: str) -> None:
        self._server, self._name, self._video = server, path.name, video
        self._exception = EXCEPTIONS.get(path.name, Exceptional(""))
        self._expected = play(path) if self._exception.readable else Played(None, None, "")

    def verdict(self) -> Verdict:
        """Try everything."""
        everything = renditions(self._server, self._video, whole=True)
        tried = renditions(self._server, self._video, whole=self._pixels() <= _MUCH)
        # Renditions first: they fetch what a busy machine takes longer to make than ffmpeg waits.
        opened = [fault for each in tried for fault in self._opened(each)]
        opened += self._master(f"{self._server.address}{self._video}/master.m3u8")
        return Verdict(
            opened=tuple(opened),
            sealed=tuple(self._sealed({each.name: each.kind for each in everything})),
            shortened=tried != everything,
        )

    def _pixels(self) -> int:
        first = self._server.json(self._video)["renditions"][0]
        count = self._expected.video.count if self._expected.video else 0
        return count * (first["width"] or 0) * (first["height"] or 0)

    def _master(self, url: str) -> Iterator[str]:
        try:
            played = play(url)
            assert_same_pictures(self._name, self._expected.video, played.video)
            if self._exception.readable:
                assert_same_length(self._name, self._expected, played)
        except AssertionError as error:
            yield f"master: {_sentence(error)}"

    def _opened(self, rendition: Rendition) -> Iterator[str]:
        try:
            fetched = fetch(self._server, rendition.playlist)
            if rendition.kind == "subtitles":
                assert all(each.startswith(b"WEBVTT\n") for each in fetched.segments), "no WebVTT"
                return
            played = play(self._server.address + rendition.playlist)
            noticed = joins_noticed(played)
            assert self._exception.noticed or not noticed, f"ffmpeg says {noticed[0]!r}"
            if rendition.kind == "video":
                every = thinning(rendition.name, self._expected.video)
                assert_same_pictures(self._name, self._expected.video, played.video, every=every)
            else:
                assert played.audio is not None, "there is no sound"
        except AssertionError as error:
            yield f"{rendition.name}: {_sentence(error)}"
        else:
            yield from self._joins(rendition.name, rendition.kind, fetched)

    def _sealed(self, kinds: dict[str, str]) -> Iterator[str]:
        root = f"{self._server.root(self._video)}.m3u8"
        tree = walk_tree(root, self._server.blob)
        yield from (f"{fault.rule}: {fault.detail}" for fault in tree.faults)
        yield from self._master(f"{self._server.address}/{root}")
        for each in self._server.json(f"{self._video}/root")["renditions"]:
            kind = kinds[each["name"]]
            if kind != "subtitles":
                blobs = self._blobs(tree.playlists[f"{each['sha256']}.m3u8"])
                yield from self._joins(each["name"], "video" if kind == "video" else "audio", blobs)

    def _blobs(self, playlist: MediaPlaylist) -> Fetched:
        links = tuple(segment.uri for segment in playlist.segments)
        return Fetched(
            links,
            tuple(self._server.blob(link) for link in links),
            tuple(link.partition(".")[0] for link in links),
            tuple(segment.duration for segment in playlist.segments),
            None if playlist.map is None else self._server.blob(playlist.map),
        )

    def _joins(self, rendition: str, kind: Kind, fetched: Fetched) -> Iterator[str]:
        every = thinning(rendition, self._expected.video)
        longest = longest_gap(self._expected.video, every) if kind == "video" else None
        faults = check_rendition(
            fetched.segments, fetched.durations, fetched.init, kind, longest_frame=longest
        )
        new = [fault for fault in faults if fault.rule not in self._exception.faults]
        for fault in new[:_TOLD]:
            yield f"{rendition} {fault.segment}: {fault.rule}, {fault.detail}"


def _sentence(error: AssertionError) -> str:
    """Return the first line of what went wrong; `|` would end a cell of the table."""
    lines = str(error).splitlines() or ["it does not play"]
    return lines[0].replace("|", "/")
