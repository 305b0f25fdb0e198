"""Values to canonical text and back. The cases are files: tests/hls/golden/*.m3u8.

`BLOBHLS_REGENERATE=1 pytest tests/hls` rewrites them. Every sealed playlist is named by the
hash of its text, so a golden file that changes means new roots, and needs a changelog line.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from blobhls.hls import (
    ByteRange,
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    Segment,
    Variant,
    links,
    master_text,
    media_text,
    parse_master,
    parse_media,
)

GOLDEN = Path(__file__).parent / "golden"


def blob(digit: str, extension: str) -> str:
    """Return a link as in sealed playlists."""
    return f"{digit * 64}.{extension}"


MEDIA: dict[str, MediaPlaylist] = {
    "media_ts": MediaPlaylist(
        segments=(
            Segment("0.ts", Fraction(1001, 24000) * 48),
            Segment("1.ts", Fraction(1001, 24000) * 145),
            Segment("2.ts", Fraction(1001, 24000) * 144),
            Segment("3.ts", Fraction(1001, 24000)),
        ),
        independent_segments=True,
    ),
    "media_fmp4_sealed": MediaPlaylist(
        segments=(
            Segment(blob("1", "m4s"), Fraction(6)),
            Segment(blob("2", "m4s"), Fraction(13, 3)),
        ),
        map=blob("0", "mp4"),
        independent_segments=True,
    ),
    "media_vtt_with_gap": MediaPlaylist(
        segments=(
            Segment("0.vtt", Fraction(6)),
            Segment("1.vtt", Fraction(11, 2), gap=True),
        ),
    ),
    "iframes_ts": MediaPlaylist(
        segments=(
            Segment(blob("1", "ts"), Fraction(2), ByteRange(20_116, 376)),
            Segment(blob("1", "ts"), Fraction(4), ByteRange(18_800, 250_040)),
            Segment(blob("2", "ts"), Fraction(3), ByteRange(9_400, 376)),
        ),
        iframes_only=True,
    ),
    "iframes_fmp4": MediaPlaylist(
        segments=(Segment("0.m4s", Fraction(2), ByteRange(20_116, 0)),),
        map="init.mp4",
        iframes_only=True,
    ),
}

MASTER: dict[str, MasterPlaylist] = {
    "master_plain": MasterPlaylist((Variant(uri="source_h264/stream.m3u8", bandwidth=1_280_000),)),
    "master_full": MasterPlaylist(
        variants=(
            Variant(
                uri=blob("a", "m3u8"),
                bandwidth=8_000_000,
                average_bandwidth=5_500_000,
                codecs=("avc1.640028", "mp4a.40.2"),
                resolution=(1920, 1080),
                frame_rate=Fraction(24000, 1001),
                video_range="SDR",
                audio="aac",
                subtitles="subs",
            ),
            Variant(
                uri="720p_h264/stream.m3u8",
                bandwidth=3_000_000,
                codecs=("avc1.64001f", "mp4a.40.2"),
                resolution=(1280, 720),
                frame_rate=Fraction(24000, 1001),
                video_range="SDR",
                audio="aac",
                subtitles="subs",
            ),
        ),
        media=(
            Media(
                "AUDIO",
                "aac",
                "English",
                blob("b", "m3u8"),
                language="en",
                default=True,
                autoselect=True,
                channels="2",
            ),
            Media("AUDIO", "aac", "Deutsch (Kommentar)", blob("c", "m3u8"), language="de"),
            Media(
                "SUBTITLES",
                "subs",
                "English 'forced'",
                blob("d", "m3u8"),
                language="en",
                autoselect=True,
                forced=True,
            ),
            Media(
                "SUBTITLES",
                "subs",
                "English CC",
                blob("e", "m3u8"),
                language="en",
                autoselect=True,
                characteristics=(
                    "public.accessibility.transcribes-spoken-dialog",
                    "public.accessibility.describes-music-and-sound",
                ),
            ),
        ),
        iframes=(
            IFrameVariant(
                uri=blob("f", "m3u8"),
                bandwidth=400_000,
                average_bandwidth=300_000,
                codecs=("avc1.640028",),
                resolution=(1920, 1080),
                video_range="SDR",
            ),
        ),
        independent_segments=True,
    ),
    "master_hdr": MasterPlaylist(
        (
            Variant(
                uri="source_hevc/stream.m3u8",
                bandwidth=20_000_000,
                codecs=("hvc1.2.4.L150.B0",),
                resolution=(3840, 2160),
                frame_rate=Fraction(50),
                video_range="PQ",
                closed_captions=None,
            ),
        )
    ),
    "master_audio_only": MasterPlaylist(
        (Variant(uri="audio-1-eng_aac/stream.m3u8", bandwidth=128_000, codecs=("mp4a.40.2",)),)
    ),
}


def golden(name: str, text: str) -> str:
    """Return the golden text of a case; with `BLOBHLS_REGENERATE`, write it first."""
    path = GOLDEN / f"{name}.m3u8"
    if os.environ.get("BLOBHLS_REGENERATE"):
        path.write_bytes(text.encode())
    return path.read_bytes().decode()


@pytest.mark.parametrize("name", MEDIA)
def test_a_media_playlist_has_its_golden_text(name: str) -> None:
    text = media_text(MEDIA[name])
    assert text == golden(name, text)


@pytest.mark.parametrize("name", MEDIA)
def test_a_golden_media_playlist_parses_back_to_the_same_text(name: str) -> None:
    text = golden(name, media_text(MEDIA[name]))
    assert media_text(parse_media(text)) == text


@pytest.mark.parametrize("name", MASTER)
def test_a_master_playlist_has_its_golden_text(name: str) -> None:
    text = master_text(MASTER[name])
    assert text == golden(name, text)


@pytest.mark.parametrize("name", MASTER)
def test_a_golden_master_playlist_parses_back_to_the_same_text(name: str) -> None:
    text = golden(name, master_text(MASTER[name]))
    assert master_text(parse_master(text)) == text


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*MEDIA, *MASTER}


def test_links_are_all_uris_of_a_media_playlist_once_and_in_order() -> None:
    assert links(media_text(MEDIA["media_fmp4_sealed"])) == [
        blob("0", "mp4"),
        blob("1", "m4s"),
        blob("2", "m4s"),
    ]
    assert links(media_text(MEDIA["iframes_ts"])) == [blob("1", "ts"), blob("2", "ts")]


def test_links_are_all_uris_of_a_master_playlist() -> None:
    assert links(master_text(MASTER["master_full"])) == [
        *(blob(each, "m3u8") for each in "bcdea"),
        "720p_h264/stream.m3u8",
        blob("f", "m3u8"),
    ]


def test_links_are_found_in_unknown_tags() -> None:
    text = '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="key.bin"\n#EXTINF:6,\na.ts\n'
    assert links(text) == ["key.bin", "a.ts"]


def test_a_name_that_looks_like_a_uri_attribute_is_not_a_link() -> None:
    media = Media("AUDIO", "aac", 'x,URI="https://example.org/",URI=', "a.m3u8")
    variant = Variant(uri="v.m3u8", bandwidth=1, audio="aac")
    assert links(master_text(MasterPlaylist((variant,), (media,)))) == ["a.m3u8", "v.m3u8"]


def test_a_title_after_extinf_is_not_a_link() -> None:
    assert links('#EXTM3U\n#EXTINF:6,URI="https://example.org/"\na.ts\n') == ["a.ts"]
