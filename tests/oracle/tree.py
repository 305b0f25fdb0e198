"""Sealed trees: every blob matches the hash in its name, and links are only `<sha256>.<ext>`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeVar

import msgspec

from blobhls.hls import MasterPlaylist, MediaPlaylist, PlaylistError, parse_master, parse_media

_LINK: Final = re.compile(r"[0-9a-f]{64}\.[a-z0-9]+")
# Found here by hand as well, so that a fault in `blobhls.hls.links` can't hide a link.
_URI_ATTRIBUTE: Final = re.compile(r'URI="([^"]*)"')

TreeRule = Literal["missing", "hash", "link", "playlist"]
Value = TypeVar("Value")
Fetch = Callable[[str], bytes]
"""Returns the blob of a link, or raises `LookupError` or `OSError`."""


class TreeFault(msgspec.Struct, frozen=True):
    """A rule broken by the blob `name`."""

    name: str
    rule: TreeRule
    detail: str


class Tree(msgspec.Struct, frozen=True):
    """The blobs below one root."""

    root: str
    master: MasterPlaylist | None  # `None` where the root is no master playlist; see faults
    playlists: dict[str, MediaPlaylist]  # variants, renditions and I-frame playlists by link
    sizes: dict[str, int]  # bytes of every blob, by link
    faults: tuple[TreeFault, ...]

    def segments(self, playlist: str) -> list[str]:
        """Return the links of the segments of a media playlist, in order."""
        return [segment.uri for segment in self.playlists[playlist].segments]


def walk_tree(root: str, fetch: Fetch) -> Tree:
    """Fetch everything below the master playlist `root` once, and check it."""
    walker = _Walker(fetch)
    text = walker.text(root)
    master = walker.parsed(root, text, parse_master)
    for link in walker.links(root, text):
        media_text = walker.text(link)
        playlist = walker.parsed(link, media_text, parse_media)
        if playlist is not None:
            walker.playlists[link] = playlist
        for leaf in walker.links(link, media_text):
            walker.blob(leaf)
    return Tree(root, master, walker.playlists, walker.sizes, tuple(walker.faults))


class _Walker:
    """State between the blobs of one tree."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.playlists: dict[str, MediaPlaylist] = {}
        self.sizes: dict[str, int] = {}
        self.faults: list[TreeFault] = []

    def blob(self, link: str) -> bytes:
        """Fetch a blob not fetched before, and check its name; empty where that failed."""
        if link in self.sizes:
            return b""
        try:
            data = self._fetch(link)
        except (LookupError, OSError) as error:
            self.faults.append(TreeFault(link, "missing", repr(error)))
            return b""
        self.sizes[link] = len(data)
        found = hashlib.sha256(data).hexdigest()
        if found != link.partition(".")[0]:
            self.faults.append(TreeFault(link, "hash", f"its bytes have {found}"))
        return data

    def text(self, link: str) -> str:
        """Fetch a playlist."""
        return self.blob(link).decode("utf-8", errors="replace")

    def links(self, name: str, text: str) -> Iterator[str]:
        """Yield the valid links of a playlist; report the others as faults."""
        found: list[str] = []
        for line in text.splitlines():
            found += _URI_ATTRIBUTE.findall(line) if line.startswith("#") else [line.strip()]
        for link in filter(None, dict.fromkeys(found)):
            if _LINK.fullmatch(link):
                yield link
            else:
                self.faults.append(TreeFault(name, "link", link))

    def parsed(self, name: str, text: str, parse: Callable[[str], Value]) -> Value | None:
        """Return the value of a playlist; `None`, and a fault, where it is invalid."""
        try:
            return parse(text)
        except PlaylistError as error:
            self.faults.append(TreeFault(name, "playlist", str(error)))
            return None
