"""Trees of HLS playlists made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from blobhls.blob import BlobId

MASTER = "#EXTM3U\n#EXT-X-VERSION:6\n"
MEDIA = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n"


class Title(msgspec.Struct, frozen=True):
    """A root, and the bytes of every blob of its tree."""

    root: BlobId
    blobs: Mapping[str, bytes]
    playlists: tuple[str, ...]  # media playlists

    @property
    def segments(self) -> list[str]:
        """The hashes of everything but playlists."""
        return [each for each in self.blobs if each not in {self.root, *self.playlists}]


def title_of(renditions: Sequence[Sequence[bytes]]) -> Title:
    """Return a title of some renditions, each given by its segments."""
    blobs: dict[str, bytes] = {}
    playlists = []
    for segments in renditions:
        names = [add(blobs, data) for data in segments]
        lines = "".join(f"#EXTINF:6,\n{name}.ts\n" for name in names)
        playlists.append(add(blobs, f"{MEDIA}{lines}#EXT-X-ENDLIST\n".encode()))
    lines = "".join(f"#EXT-X-STREAM-INF:BANDWIDTH=1000\n{name}.m3u8\n" for name in playlists)
    root = add(blobs, f"{MASTER}{lines}".encode())
    return Title(root, blobs, tuple(playlists))


def add(blobs: dict[str, bytes], data: bytes) -> BlobId:
    """Put a blob among others and return its hash."""
    blob_id = BlobId.of(data)
    blobs[blob_id] = data
    return blob_id


def film(windows: int = 4, renditions: int = 2) -> Title:
    """Return a title whose segments are all different, some larger than what stays in memory."""
    return title_of(
        [
            [f"{rendition} {window} ".encode() * (15_000 + window) for window in range(windows)]
            for rendition in range(renditions)
        ]
    )
