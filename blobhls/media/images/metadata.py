"""Removing metadata from images while the coded pixels stay untouched.

Kept is what decoding needs; dropped are Exif, XMP, ICC profiles, comments, thumbnails, texts,
further images, and data after the end. Pure functions on whole files; they return None where a
file is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# ITU-T T.81 Table B.1
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
_SCAN_END: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed byte nor restart
# Without it, a decoder would have to guess the colour space.
_JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_WEBP_KEPT: Final = (b"VP8X", b"ALPH", b"VP8 ", b"VP8L")
_VP8X_SIZE: Final = 10  # bytes
_WEBP_ALPHA: Final = 0x10  # the only flag of `VP8X` that concerns the kept chunks


def stripped(data: bytes, kind: str) -> bytes | None:
    """Return a still image without metadata; `kind` is JPEG, PNG or WEBP."""
    match kind:
        case "JPEG":
            parts = [*_jpeg_parts(data)]
            return b"".join(parts) if parts and parts[-1] == b"\xff\xd9" else None
        case "PNG":
            return _png(data)
        case _:
            return _webp(data)


def is_lossless(data: bytes, kind: str) -> bool:
    """Say whether an image's coding is lossless."""
    return kind == "PNG" or (kind == "WEBP" and any(n == b"VP8L" for n, _ in _riff_chunks(data)))


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    """Yield the parts that are kept, up to `EOI`; without `EOI` where the file is damaged."""
    if data[:2] != b"\xff\xd8":
        return
    yield data[:2]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        stop = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _EOI:
            break
        if marker == _SOS:
            found = _SCAN_END.search(data, stop)
            if found is None:
                return
            stop = found.start()
        part = data[at:stop]
        if marker == _APP0 and part[4:9] == b"JFIF\0":
            yield _JFIF
        elif marker != _COM and (not _APP0 <= marker <= _APP15 or _is_adobe(marker, part)):
            yield part
        at = stop
    if data[at : at + 2] == b"\xff\xd9":
        yield b"\xff\xd9"


def _is_adobe(marker: int, part: bytes) -> bool:
    """Say whether a segment holds only the colour transform."""
    return marker == _APP14 and part[4:9] == b"Adobe" and len(part) == 16


def _png(data: bytes) -> bytes | None:
    """Return a PNG without metadata (PNG §5.3: length, type, data, CRC)."""
    parts, at = [_PNG_START], len(_PNG_START)
    while at + 12 <= len(data):
        name = data[at + 4 : at + 8]
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if name in _PNG_KEPT:
            parts.append(data[at:stop])
        if name == b"IEND":
            return b"".join(parts)
        at = stop
    return None


def _webp(data: bytes) -> bytes | None:
    """Return a WebP without metadata (RFC 9649 §2.7)."""
    body = bytearray()
    for name, chunk in _riff_chunks(data):
        if name == b"VP8X":
            if len(chunk) != _VP8X_SIZE:
                return None
            chunk = bytes((chunk[0] & _WEBP_ALPHA, *chunk[1:]))  # noqa: PLW2901 - the same one
        if name in _WEBP_KEPT:
            body += name + len(chunk).to_bytes(4, "little") + chunk + b"\0" * (len(chunk) % 2)
    if not body:
        return None
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + bytes(body)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at = 12
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
