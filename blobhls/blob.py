"""Blobs: bytes named by their SHA-256 (BUD-00), and their media types."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from typing import Final, Self

import msgspec

_HEX64: Final = re.compile(r"[0-9a-f]{64}")

DEFAULT_TYPE: Final = "application/octet-stream"

# For both directions: URLs get the first extension of a type.
_TYPES: Final = {
    "m3u8": "application/vnd.apple.mpegurl",
    "ts": "video/mp2t",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "vtt": "text/vtt",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "png": "image/png",
    "bin": DEFAULT_TYPE,
}
# Other names of these types that players and clients send.
_ALIASES: Final = {
    "application/x-mpegurl": "m3u8",
    "audio/mpegurl": "m3u8",
    "audio/x-mpegurl": "m3u8",
    "video/vnd.dlna.mpeg-tts": "ts",
}
_EXTENSIONS: Final = {media_type: ext for ext, media_type in _TYPES.items()} | _ALIASES
# Python's own table, since the machine's files differ between machines.
_OTHERS: Final = mimetypes.MimeTypes()


class BlobId(str):
    """SHA-256 of a blob, 64 lowercase hex digits. Created by `of` or `parse` only."""

    __slots__ = ()

    @classmethod
    def of(cls, data: bytes | bytearray | memoryview) -> Self:
        """Return the id of `data`."""
        return cls(hashlib.sha256(data).hexdigest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return `text` as an id; raises `ValueError` unless it is 64 lowercase hex digits."""
        if not _HEX64.fullmatch(text):
            raise ValueError("a blob id is 64 lowercase hex digits")
        return cls(text)


class BlobInfo(msgspec.Struct, frozen=True):
    """The facts about a blob that are known without reading it."""

    blob_id: BlobId
    size: int  # bytes
    media_type: str

    @property
    def name(self) -> str:
        """`<sha256>.<ext>`, its name in playlists and URLs."""
        return blob_name(self.blob_id, self.media_type)


def blob_name(blob_id: str, media_type: str) -> str:
    """Return `<sha256>.<ext>`; unknown types get `bin` (BUD-10)."""
    return f"{blob_id}.{extension_of(media_type)}"


def blob_path(blob_id: BlobId) -> str:
    """Return where a blob lies below the folder of a store: `ab/cd…`, cut as git does it."""
    return f"{blob_id[:2]}/{blob_id[2:]}"


def extension_of(media_type: str) -> str:
    """Return the extension of a media type, without dot; `bin` for unknown types."""
    essence = media_type.partition(";")[0].strip().lower()
    known = _EXTENSIONS.get(essence)
    if known is None:
        known = (_OTHERS.guess_extension(essence) or ".bin")[1:]
    return known


def type_of(extension: str) -> str:
    """Return the media type of an extension without dot; octets for unknown ones."""
    known = _TYPES.get(extension.lower())
    return known or _OTHERS.guess_type(f"x.{extension}", strict=True)[0] or DEFAULT_TYPE
