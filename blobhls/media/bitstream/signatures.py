"""The media type of a file, by its first bytes. Pure, and loads no decoder.

Only types that are certain: text, scripts and markup are never guessed. No result makes a browser
execute anything.
"""

from __future__ import annotations

import re
from typing import Final

SNIFFED: Final = 4096  # bytes at the start of a file that suffice

_PREFIXES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),  # ASF header object
    (b"\x00\x00\x01\xba", "video/mpeg"),  # pack header of a program stream
    (b"%PDF-", "application/pdf"),
)
# After `RIFF` and a length.
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# Major brands of `ftyp` that are not `video/mp4` (mp4ra.org).
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_SEGMENT_BOXES: Final = (b"styp", b"sidx", b"moof", b"prft", b"emsg")
_QUICKTIME_BOXES: Final = (b"moov", b"mdat", b"free", b"wide", b"skip")  # QuickTime without `ftyp`
_DOCTYPE: Final = re.compile(rb"\x42\x82[\x80-\xff](webm|matroska)")  # RFC 8794 §11.2.5
_MATROSKA: Final = {b"webm": "video/webm", b"matroska": "video/x-matroska"}
_PACKET: Final = 188  # bytes, of a transport stream
_TEXTS: Final = (
    (re.compile(rb"(\xef\xbb\xbf)?#EXTM3U[ \t]*(\r?\n|$)"), "application/vnd.apple.mpegurl"),
    (re.compile(rb"(\xef\xbb\xbf)?WEBVTT([ \t\r\n]|$)"), "text/vtt"),
)


def sniff(head: bytes) -> str | None:
    """Return the media type of a file that begins with `head`; None where it is not certain.

    `head`: `SNIFFED` bytes, or the whole of a shorter file. For a container that may hold audio
    only, the video type is returned.
    """
    for prefix, media_type in _PREFIXES:
        if head.startswith(prefix):
            return media_type
    for pattern, media_type in _TEXTS:
        if pattern.match(head):
            return media_type
    return _by_boxes(head) or _by_container(head) or _by_frames(head)


def _by_boxes(head: bytes) -> str | None:
    """Return the type of an ISO/IEC 14496-12 file: its first box has a length, then a type."""
    box = head[4:8]
    if box == b"ftyp":
        brand = head[8:12]
        if brand.startswith(b"3g"):
            return "video/3gpp"
        return _BRANDS.get(brand, "video/mp4")
    if box in _SEGMENT_BOXES:
        return "video/iso.segment"
    return "video/quicktime" if box in _QUICKTIME_BOXES else None


def _by_container(head: bytes) -> str | None:
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):  # EBML
        found = _DOCTYPE.search(head, 0, 128)
        return None if found is None else _MATROSKA[found[1]]
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head else "audio/ogg"
    return None


def _by_frames(head: bytes) -> str | None:
    """Return the type of formats without a signature: repeated sync bytes, or a frame header."""
    marks = range(0, min(len(head), 5 * _PACKET), _PACKET)
    if len(head) >= _PACKET and all(head[at] == 0x47 for at in marks):
        return "video/mp2t"
    if len(head) < 2 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS: twelve bits of sync, layer 0
        return "audio/aac"
    # MPEG-1, MPEG-2 or MPEG-2.5 audio, layer III
    return "audio/mpeg" if head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08 else None
