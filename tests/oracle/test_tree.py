"""Sealed trees are walked completely, and every fault is reported."""

from __future__ import annotations

import hashlib
from fractions import Fraction

from blobhls.hls import (
    MasterPlaylist,
    Media,
    MediaPlaylist,
    Segment,
    Variant,
    master_text,
    media_text,
)
from tests.oracle.tree import walk_tree


class Blobs(dict[str, bytes]):
    """A tree being built: blobs by `<sha256>.<ext>`."""

    def add(self, data: bytes | str, extension: str) -> str:
        data = data.encode() if isinstance(data, str) else data
        link = f"{hashlib.sha256(data).hexdigest()}.{extension}"
        self[link] = data
        return link

    def rendition(self, name: bytes, extension: str, map_uri: str | None = None) -> str:
        links = [self.add(name + bytes([number]), extension) for number in range(3)]
        segments = tuple(Segment(link, Fraction(6)) for link in links)
        return self.add(media_text(MediaPlaylist(segments, map=map_uri)), "m3u8")

    def master(self, video: str, audio: str) -> str:
        media = Media("AUDIO", "aac", "English", audio)
        variant = Variant(uri=video, bandwidth=1000, audio="aac")
        return self.add(master_text(MasterPlaylist((variant,), (media,))), "m3u8")

    def fetch(self, link: str) -> bytes:
        return self[link]


def built() -> tuple[Blobs, str, str]:
    blobs = Blobs()
    video = blobs.rendition(b"video", "m4s", blobs.add(b"init", "mp4"))
    return blobs, blobs.master(video, blobs.rendition(b"audio", "ts")), video


def test_a_sealed_tree_is_walked_whole() -> None:
    blobs, root, video = built()
    tree = walk_tree(root, blobs.fetch)
    assert tree.faults == ()
    assert tree.master is not None
    assert tree.sizes == {link: len(data) for link, data in blobs.items()}
    assert [blobs[link] for link in tree.segments(video)] == [b"video\0", b"video\1", b"video\2"]


def test_a_blob_that_is_not_there_is_reported() -> None:
    blobs, root, video = built()
    gone = walk_tree(root, blobs.fetch).segments(video)[1]
    del blobs[gone]
    faults = walk_tree(root, blobs.fetch).faults
    assert [(fault.name, fault.rule) for fault in faults] == [(gone, "missing")]


def test_bytes_that_do_not_match_their_name_are_reported() -> None:
    blobs, root, video = built()
    wrong = walk_tree(root, blobs.fetch).segments(video)[1]
    blobs[wrong] = b"something else"
    faults = walk_tree(root, blobs.fetch).faults
    assert [(fault.name, fault.rule) for fault in faults] == [(wrong, "hash")]


def test_a_link_that_is_no_hash_is_reported_and_not_followed() -> None:
    blobs = Blobs()
    audio = blobs.rendition(b"audio", "ts")
    root = blobs.master("/api/v1/video/x/source/stream.m3u8", audio)
    faults = walk_tree(root, blobs.fetch).faults
    assert [(fault.name, fault.rule) for fault in faults] == [(root, "link")]


def test_a_root_that_is_no_master_playlist_is_reported() -> None:
    blobs, _, video = built()
    tree = walk_tree(video, blobs.fetch)
    assert tree.master is None
    assert (video, "playlist") in {(fault.name, fault.rule) for fault in tree.faults}
