"""What holds for every client's blobs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from tests.clients.stage import Json, Luggage
from tests.oracle.tree import walk_tree
from tests.system.server import Server

# Bad token → what the server has to say of it.
REASONS: Final = {
    "expired": "the token has expired",
    "for another blob": "no x tag of the token names",
    "for no blob": "the token needs an x tag with the SHA-256 of the blob",
    "for another server": "the token is for another server",
    "for another action": "the token has no t tag 'upload'",
    "forged": "the event's id does not match its content",
    "missing": "a token for 'upload' is needed (BUD-11)",
}
PLAYLIST: Final = "application/vnd.apple.mpegurl"


def assert_describes(descriptor: Json, path: Path, server: Server, media_type: str) -> None:
    """Check a descriptor of a file that was uploaded as it is (BUD-02), and the blob itself."""
    data = path.read_bytes()
    blob_hex = hashlib.sha256(data).hexdigest()
    assert descriptor["sha256"] == blob_hex
    assert descriptor["size"] == len(data)
    assert descriptor["type"] == media_type
    assert descriptor["uploaded"] > 0
    assert descriptor["url"] == f"{server.address}/{blob_hex}{path.suffix}"
    assert server.body(descriptor["url"]) == data


def assert_pages(pages: Sequence[Sequence[Json]], luggage: Luggage) -> None:
    """Check a list in pages of two: everything once, newest first (BUD-12)."""
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [descriptor for page in pages for descriptor in page]
    assert sorted(each["sha256"] for each in listed) == sorted(luggage.hashes)
    times = [each["uploaded"] for each in listed]
    assert times == sorted(times, reverse=True)


def assert_optimised_picture(tags: Mapping[str, str], original: Path, server: Server) -> None:
    """Check what `/media` made of a photograph, by the NIP-94 tags of its descriptor (BUD-05)."""
    data = server.body(tags["url"])
    assert hashlib.sha256(data).hexdigest() == tags["x"]
    assert len(data) < original.stat().st_size
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        assert f"{picture.width}x{picture.height}" == tags["dim"] == "2048x1365"
        assert not picture.getexif()
    assert tags["m"] == "image/jpeg"
    assert tags["blurhash"]


def assert_optimised_video(tags: Mapping[str, str], server: Server) -> None:
    """Check what `/media` made of the clip: a tree of blobs that are all there (BUD-05)."""
    assert tags["m"] == PLAYLIST
    assert tags["url"] == f"{server.address}/{tags['x']}.m3u8"
    assert tags["dim"] == "320x180"
    assert abs(float(tags["duration"]) - 4) < 0.1
    tree = walk_tree(f"{tags['x']}.m3u8", server.blob)
    assert tree.faults == ()
    assert len(tree.playlists) >= 2  # picture and sound


def tags_of(descriptor: Json) -> dict[str, str]:
    """Return the NIP-94 tags of a descriptor (BUD-08)."""
    return dict(descriptor["nip94"])
