"""The blobs that a playlist names, and the media types of blobs of a tree."""

from __future__ import annotations

import re
from typing import Final

from blobhls.blob import DEFAULT_TYPE, BlobId, type_of
from blobhls.errors import FetchFailed
from blobhls.hls import PlaylistError, links
from blobhls.media.bitstream.signatures import SNIFFED, sniff

PLAYLIST: Final = type_of("m3u8")

_LINK: Final = re.compile(r"([0-9a-f]{64})(?:\.([a-z0-9]{1,10}))?")
_MARK: Final = b"#EXTM3U"  # RFC 8216 §4.3.1.1
_EXTENSION: Final = "m3u8"


def named_blobs(playlist: bytes) -> dict[BlobId, str | None]:
    """Return the blobs that a playlist names, with their extensions.

    Raises `FetchFailed` for an invalid playlist, or one with other URIs than blobs in the same
    folder: it would not play from here (HLS formatting document, "Relative Paths").
    """
    try:
        uris = links(playlist.decode("utf-8"))
    except (PlaylistError, UnicodeDecodeError) as error:
        raise FetchFailed(f"the playlist is invalid: {error}") from error
    found: dict[BlobId, str | None] = {}
    for uri in uris:
        match = _LINK.fullmatch(uri)
        if match is None:
            raise FetchFailed(f"the playlist names {uri[:100]!r}, which is no blob")
        found[BlobId(match[1])] = match[2]
    return found


def is_playlist(extension: str | None, head: bytes) -> bool:
    """Say whether a blob is a playlist, by the extension of its link or by its first bytes.

    The server's type does not tell: many send playlists as text, or as octets.
    """
    return extension == _EXTENSION or head.startswith(_MARK)


def type_in_tree(extension: str | None, head: bytes, said: str | None) -> str:
    """Return the media type of a blob that a playlist names.

    The extension is in a verified playlist, so it counts more than the server's type `said`.
    """
    if is_playlist(extension, head):
        return PLAYLIST
    by_name = type_of(extension or "")
    if by_name != DEFAULT_TYPE:
        return by_name
    return said or sniff(head[:SNIFFED]) or DEFAULT_TYPE
