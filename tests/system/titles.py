"""A video as a client sees it: its renditions, and their segments fetched over HTTP."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal
from urllib.parse import urljoin

import msgspec

from blobhls.hls import parse_media
from tests.system.server import Server

SOURCE: Final = "source_"


class Rendition(msgspec.Struct, frozen=True):
    """One rendition of a video."""

    name: str
    kind: Literal["video", "audio", "subtitles"]
    playlist: str  # URL path
    height: int | None

    @property
    def is_ladder(self) -> bool:
        """Whether its pictures are encoded smaller than the source's."""
        return self.kind == "video" and not self.name.startswith(SOURCE)


class Fetched(msgspec.Struct, frozen=True):
    """A rendition's bytes."""

    links: tuple[str, ...]  # of the segments, as the playlist has them
    segments: tuple[bytes, ...]
    blobs: tuple[str, ...]  # their SHA-256, as the server says
    durations: tuple[Fraction, ...]
    init: bytes | None


def renditions(server: Server, video: str, *, whole: bool) -> list[Rendition]:
    """Return the renditions to test; unless `whole`, only the lowest step of the ladder."""
    found = [
        Rendition(r["name"], r["kind"], f"{video}/{r['name']}/stream.m3u8", r["height"])
        for r in server.json(video)["renditions"]
    ]
    ladder = [rendition for rendition in found if rendition.is_ladder]
    return [r for r in found if whole or r not in ladder[:-1]]


def fetch(server: Server, playlist: str) -> Fetched:
    """Fetch a media playlist and everything that it names."""
    parsed = parse_media(server.body(playlist).decode())
    answers = [server.get(urljoin(playlist, segment.uri)) for segment in parsed.segments]
    for answer in answers:
        assert answer.status_code == 200, f"{answer.url}: {answer.text[:500]}"
    return Fetched(
        tuple(segment.uri for segment in parsed.segments),
        tuple(answer.content for answer in answers),
        tuple(answer.headers["etag"].strip('"') for answer in answers),
        tuple(segment.duration for segment in parsed.segments),
        None if parsed.map is None else server.body(urljoin(playlist, parsed.map)),
    )
