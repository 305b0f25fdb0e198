"""Every value parses back to itself; untrusted names affect nothing else."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls import (
    NO_CAPTIONS,
    ByteRange,
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    NoCaptions,
    Segment,
    Variant,
    master_text,
    media_text,
    parse_master,
    parse_media,
)
from blobhls.hls.attributes import quotable

uris = st.from_regex(r"[0-9a-f]{8}\.(ts|m4s|m3u8)", fullmatch=True)
byte_ranges = st.builds(ByteRange, st.integers(1, 10**12), st.integers(0, 10**12))
microseconds = st.integers(1, 20_000_000).map(lambda each: Fraction(each, 1_000_000))
quiet: st.SearchStrategy[NoCaptions | None] = st.sampled_from([NO_CAPTIONS, None])
hostile = st.text(st.characters(categories=("L", "P", "C", "Z", "S")), min_size=1, max_size=20)


@st.composite
def media_playlists(draw: st.DrawFn) -> MediaPlaylist:
    iframes_only = draw(st.booleans())
    ranges = byte_ranges if iframes_only else st.none() | byte_ranges
    segments = st.builds(Segment, uris, microseconds, ranges, st.booleans())
    return MediaPlaylist(
        segments=tuple(draw(st.lists(segments, min_size=1, max_size=8))),
        map=draw(st.none() | uris),
        independent_segments=draw(st.booleans()),
        iframes_only=iframes_only,
    )


@st.composite
def master_playlists(draw: st.DrawFn) -> MasterPlaylist:
    names = draw(st.lists(hostile, max_size=5, unique_by=quotable))
    media = tuple(
        Media("AUDIO", "aac", name, draw(uris), draw(st.none() | hostile), channels="2")
        for name in names
    )
    channels = draw(st.lists(st.sampled_from(["CC1", "CC3", "SERVICE63"]), unique=True))
    media += tuple(
        Media("CLOSED-CAPTIONS", "cc", channel, autoselect=True, instream_id=channel)
        for channel in channels
    )
    captions = st.sampled_from(["cc", None]) if channels else st.just(draw(quiet))
    sizes = st.tuples(st.integers(1, 8192), st.integers(1, 8192))
    codecs = st.lists(st.sampled_from(["avc1.640028", "mp4a.40.2", "ec-3"]), max_size=3).map(tuple)
    ranges = st.sampled_from([None, "SDR", "PQ", "HLG"])
    variants = st.builds(
        Variant,
        supplemental_codecs=st.sampled_from(
            [(), ("dvh1.08.07/db4h",), ("dvh1.08.01/db1p", "x/ab12")]
        ),
        uri=uris,
        bandwidth=st.integers(10**6, 10**9),
        average_bandwidth=st.none() | st.integers(1, 10**6),
        codecs=codecs,
        resolution=st.none() | sizes,
        video_range=ranges,
        frame_rate=st.none() | st.integers(1, 300_000).map(lambda each: Fraction(each, 1000)),
        audio=st.just("aac") if names else st.none(),
        closed_captions=captions,
    )
    iframes = st.builds(
        IFrameVariant, uri=uris, bandwidth=st.integers(1, 10**9), codecs=codecs, resolution=sizes
    )
    return MasterPlaylist(
        variants=tuple(draw(st.lists(variants, min_size=1, max_size=4))),
        media=media,
        iframes=tuple(draw(st.lists(iframes, max_size=2))),
        independent_segments=draw(st.booleans()),
    )


@given(media_playlists())
def test_a_media_playlist_parses_back_to_itself(playlist: MediaPlaylist) -> None:
    assert parse_media(media_text(playlist)) == playlist


@given(master_playlists())
def test_a_master_playlist_parses_back_with_its_names_made_quotable(
    playlist: MasterPlaylist,
) -> None:
    text = master_text(playlist)
    parsed = parse_master(text)
    assert master_text(parsed) == text
    assert (parsed.variants, parsed.iframes) == (playlist.variants, playlist.iframes)
    assert [each.name for each in parsed.media] == [quotable(each.name) for each in playlist.media]


@given(st.text() | hostile)
def test_a_quotable_text_stays_on_its_line_inside_its_quotes(text: str) -> None:
    safe = quotable(text)
    assert '"' not in safe
    assert len(safe.splitlines()) <= 1
    safe.encode()
    assert unicodedata.is_normalized("NFC", safe)
    assert quotable(safe) == safe


def test_an_apostrophe_is_never_written_as_an_ascii_quote() -> None:
    assert quotable('L\'avventura, "1960"') == "L\u2019avventura, \u201d1960\u201d"


def test_an_untrusted_name_can_not_add_a_tag_or_an_attribute() -> None:
    name = 'Evil",URI="https://example.org/x\n#EXT-X-ENDLIST\r\u2028\ufeff\udc80'
    media = Media("AUDIO", "aac", name, "a.m3u8")
    text = master_text(MasterPlaylist((Variant(uri="v.m3u8", bandwidth=1, audio="aac"),), (media,)))
    assert 'NAME="Evil”,URI=”https://example.org/x #EXT-X-ENDLIST   \ufffd"' in text
    assert len(text.splitlines()) == 5
