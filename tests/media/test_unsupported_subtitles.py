"""Subtitles that can't become text are listed with the reason."""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec
import pytest

from blobhls.media.container.source import opened
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import NO_DECODER, SubtitleTrack
from blobhls.recipe import Ratio
from tests.media.hostile import section, ts_packet

_TELETEXT = b"\x56\x05eng\x10\x88"  # descriptors of EN 300 468
_DVB = b"\x59\x08deu\x10\x00\x01\x00\x01"


def test_libav_has_no_teletext_decoder_and_dvb_subtitles_are_images(tmp_path: Path) -> None:
    """If this fails, the wheel has libzvbi, and teletext can be offered."""
    streams = b"".join(
        struct.pack(">BHH", 6, 0xE000 | pid, 0xF000 | len(descriptor)) + descriptor
        for pid, descriptor in ((0x101, _TELETEXT), (0x102, _DVB))
    )
    pat = section(0, struct.pack(">HH", 1, 0xE000 | 0x1000))
    pmt = section(2, struct.pack(">HH", 0xE100, 0xF000) + streams)
    path = tmp_path / "recorded.ts"
    path.write_bytes(b"".join(ts_packet(0, pat, n) + ts_packet(0x1000, pmt, n) for n in range(40)))
    with opened(path) as container:
        teletext, dvb = container.streams
        assert teletext.type == dvb.type == "subtitle"
        assert teletext.codec_context is None
        assert dvb.codec_context.name == "dvbsub"


@pytest.mark.parametrize(
    ("codec", "text", "words"),
    [("srt", True, None), ("dvbsub", False, "images"), (NO_DECODER, False, "teletext")],
)
def test_a_track_says_why_it_is_not_offered(codec: str, text: bool, words: str | None) -> None:
    track = SubtitleTrack(0, codec, text, Ratio(1, 1000), None, None, False, False, False)
    assert (track.problem is None) == (words is None)
    assert words is None or words in (track.problem or "")
    assert msgspec.json.decode(msgspec.json.encode(track), type=SubtitleTrack) == track


@pytest.mark.parametrize("name", ["sample_with_pgs_subtitles.mkv", "sample_with_vobsub.mkv"])
def test_bitmap_subtitles_of_real_files_have_a_reason(corpus: Path, name: str) -> None:
    (track,) = probe(corpus / name).subtitles
    assert "images" in (track.problem or "")
