"""The type of a file, by its first bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.bitstream.signatures import SNIFFED, sniff

TS = (b"G" + bytes(187)) * 3

KNOWN = [
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF89a", "image/gif"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
    (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
    (b"\0\0\0\x18ftypisom", "video/mp4"),
    (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
    (b"\0\0\0\x18ftypqt  ", "video/quicktime"),
    (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
    (b"\0\0\0\x18ftypavif", "image/avif"),
    (b"\0\0\0\x18stypmsdh", "video/iso.segment"),
    (b"\0\0\0\x18moof", "video/iso.segment"),
    (b"\0\0\0\x18moov", "video/quicktime"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
    (b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
    (b"OggS\0\x02" + bytes(22) + b"\x80theora", "video/ogg"),
    (b"OggS\0\x02" + bytes(22) + b"OpusHead", "audio/ogg"),
    (TS, "video/mp2t"),
    (b"fLaC", "audio/flac"),
    (b"ID3\x04", "audio/mpeg"),
    (b"\xff\xfb\x90", "audio/mpeg"),
    (b"\xff\xf1\x50", "audio/aac"),
    (b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
    (b"\xef\xbb\xbf#EXTM3U\r\n", "application/vnd.apple.mpegurl"),
    (b"WEBVTT", "text/vtt"),
    (b"%PDF-1.7", "application/pdf"),
]
UNKNOWN = [
    b"",
    b"\xff",
    b"G" + bytes(50),
    (b"G" + bytes(187)) * 2 + b"g",
    b"RIFF\x10\0\0\0MIDI",
    b"\x1a\x45\xdf\xa3\x42\x82\x84mine",
    b"#EXTM3U8",
    b"WEBVTTX",
    b"<html><script>",
    b'<svg xmlns="http://www.w3.org/2000/svg">',
    b"#!/bin/sh",
]


@pytest.mark.parametrize(("head", "media_type"), KNOWN, ids=lambda each: repr(each)[:30])
def test_a_known_signature_gives_the_type(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


@pytest.mark.parametrize("head", UNKNOWN, ids=lambda each: repr(each)[:30])
def test_uncertain_types_are_not_guessed(head: bytes) -> None:
    assert sniff(head) is None


@given(
    st.binary(max_size=SNIFFED) | st.sampled_from([head[:n] for head, _ in KNOWN for n in range(9)])
)
def test_any_bytes_can_be_sniffed(head: bytes) -> None:
    found = sniff(head)
    assert found is None or "/" in found


def test_generated_clips_are_recognised(
    clip_mp4: Path, clip_webm: Path, clip_avi: Path, clip_ts: Path, clip_open_gop: Path
) -> None:
    types = {
        clip_mp4: "video/mp4",
        clip_webm: "video/webm",
        clip_avi: "video/x-msvideo",
        clip_ts: "video/mp2t",
        clip_open_gop: "video/x-matroska",
    }
    for path, media_type in types.items():
        with path.open("rb") as file:
            assert sniff(file.read(SNIFFED)) == media_type
