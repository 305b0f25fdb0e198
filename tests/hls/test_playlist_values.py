"""Values refuse impossible playlists, and compute derived attributes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls import (
    ByteRange,
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    Segment,
    Variant,
    master_text,
    parse_master,
)

SECOND = Fraction(1)

durations = st.fractions(min_value=Fraction(1, 90_000), max_value=20, max_denominator=90_000)


def playlist(
    *seconds: Fraction | int, map_uri: str | None = None, iframes_only: bool = False
) -> MediaPlaylist:
    segments = tuple(Segment(f"{n}.ts", Fraction(each)) for n, each in enumerate(seconds))
    return MediaPlaylist(segments, map=map_uri, iframes_only=iframes_only)


@given(st.lists(durations, min_size=1, max_size=60), st.data())
def test_the_sum_of_any_written_durations_is_exact_to_a_microsecond(
    exact: list[Fraction], data: st.DataObject
) -> None:
    printed = playlist(*exact).microseconds
    start = data.draw(st.integers(0, len(exact)))
    stop = data.draw(st.integers(start, len(exact)))
    error = sum(printed[start:stop]) - sum(exact[start:stop], Fraction(0)) * 1_000_000
    assert abs(error) <= 1


@given(st.lists(durations, min_size=1, max_size=30))
def test_no_written_duration_rounds_above_the_target(exact: list[Fraction]) -> None:
    value = playlist(*exact)
    # Half up and half to even, whichever way a client rounds.
    for printed in value.microseconds:
        assert int(printed / 1e6 + 0.5) <= value.target_duration
        assert round(printed / 1e6) <= value.target_duration


def test_a_thousand_written_durations_do_not_drift() -> None:
    value = playlist(*[Fraction(1001, 24000) * 144] * 1000)
    assert sum(value.microseconds) == 6_006_000_000


@pytest.mark.parametrize(
    ("seconds", "target"),
    [
        (Fraction(1, 10), 1),
        (Fraction(5), 5),
        (Fraction("5.4999994"), 5),
        (Fraction("5.4999996"), 6),
        (Fraction("5.5"), 6),
        (Fraction("6.5"), 7),
    ],
)
def test_the_target_is_the_longest_segment_to_the_nearest_second(
    seconds: Fraction, target: int
) -> None:
    assert playlist(seconds, Fraction(1, 50)).target_duration == target


@pytest.mark.parametrize(
    ("value", "version"),
    [
        (playlist(6), 3),
        (MediaPlaylist((Segment("a.ts", SECOND, ByteRange(1, 0)),)), 4),
        (MediaPlaylist((Segment("a.ts", SECOND, ByteRange(1, 0)),), iframes_only=True), 4),
        (
            MediaPlaylist(
                (Segment("a.m4s", SECOND, ByteRange(1, 0)),), map="i.mp4", iframes_only=True
            ),
            5,
        ),
        (playlist(6, map_uri="init.mp4"), 6),
        (MediaPlaylist((Segment("a.ts", SECOND), Segment("b.ts", SECOND, gap=True))), 8),
        (MediaPlaylist((Segment("a.m4s", SECOND, gap=True),), map="i.mp4"), 8),
    ],
)
def test_the_version_is_as_high_as_needed_and_no_higher(value: MediaPlaylist, version: int) -> None:
    assert value.version == version


AUDIO = Media("AUDIO", "aac", "English", "a.m3u8")


@pytest.mark.parametrize(
    "fields",
    [
        {"uri": ""},
        {"uri": "#EXT-X-ENDLIST"},
        {"uri": "a b.ts"},
        {"uri": "a.ts\n#EXT-X-GAP"},
        {"uri": 'a".ts'},
        {"uri": "a\udc80.ts"},
        {"duration": Fraction(0)},
        {"duration": Fraction(-1)},
        {"duration": Fraction(1, 1_000_001)},
    ],
)
def test_an_impossible_segment_can_not_be_created(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # each case has a message of its own
        Segment(**{"uri": "a.ts", "duration": SECOND, **fields})


@pytest.mark.parametrize(("length", "offset"), [(0, 0), (-1, 0), (1, -1)])
def test_an_impossible_byte_range_can_not_be_created(length: int, offset: int) -> None:
    with pytest.raises(ValueError, match="byte range"):
        ByteRange(length, offset)


def test_a_media_playlist_needs_a_segment() -> None:
    with pytest.raises(ValueError, match="at least one segment"):
        MediaPlaylist(())


def test_an_iframe_playlist_needs_byte_ranges() -> None:
    with pytest.raises(ValueError, match="byte range"):
        playlist(1, iframes_only=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"group_id": ""},
        {"group_id": 'a"b'},
        {"default": True},
        {"forced": True},
        {"type": "SUBTITLES", "uri": None},
        {"type": "SUBTITLES", "channels": "2"},
        {"uri": "a b"},
        {"characteristics": ("a,b",)},
        {"characteristics": ("",)},
    ],
)
def test_an_impossible_rendition_can_not_be_created(fields: dict[str, Any]) -> None:
    base = {"type": "AUDIO", "group_id": "aac", "name": "English", "uri": "a.m3u8"}
    with pytest.raises(ValueError):  # noqa: PT011 # each case has a message of its own
        Media(**{**base, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"bandwidth": 0},
        {"average_bandwidth": 0},
        {"average_bandwidth": 101},
        {"codecs": ("avc1,mp4a",)},
        {"codecs": ("",)},
        {"resolution": (0, 1)},
        {"frame_rate": Fraction(0)},
        {"uri": "a b"},
    ],
)
def test_an_impossible_variant_can_not_be_created(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # each case has a message of its own
        Variant(**{"uri": "v.m3u8", "bandwidth": 100, **fields})


def test_an_iframe_variant_is_checked_like_a_variant() -> None:
    with pytest.raises(ValueError, match="bandwidth"):
        IFrameVariant(uri="i.m3u8", bandwidth=0)


VIDEO = Variant(uri="v.m3u8", bandwidth=100, audio="aac")


@pytest.mark.parametrize(
    ("variants", "media", "reason"),
    [
        ((), (), "at least one variant"),
        ((VIDEO,), (), "no AUDIO group"),
        ((Variant(uri="v", bandwidth=1, subtitles="aac"),), (AUDIO,), "no SUBTITLES group"),
        ((VIDEO,), (AUDIO, AUDIO), "same NAME"),
        (
            (VIDEO,),
            (
                Media("AUDIO", "aac", "a'", "a"),
                Media("AUDIO", "aac", "a\N{RIGHT SINGLE QUOTATION MARK}", "b"),
            ),
            "same NAME",
        ),
        (
            (VIDEO,),
            tuple(Media("AUDIO", "aac", name, "a", default=True, autoselect=True) for name in "ab"),
            "DEFAULT",
        ),
        (
            (VIDEO, Variant(uri="w.m3u8", bandwidth=1, closed_captions=None)),
            (AUDIO,),
            "CLOSED-CAPTIONS",
        ),
    ],
)
def test_a_master_playlist_does_not_contradict_itself(
    variants: tuple[Variant, ...], media: tuple[Media, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        MasterPlaylist(variants, media)


@pytest.mark.parametrize("channel", ["CC1", "CC4", "SERVICE1", "SERVICE63"])
def test_closed_captions_name_a_channel_in_the_video(channel: str) -> None:
    media = Media("CLOSED-CAPTIONS", "cc", "Captions", instream_id=channel)
    variant = Variant(uri="v.m3u8", bandwidth=1, closed_captions="cc")
    master = MasterPlaylist((variant,), (media,))
    assert master.version == (7 if channel.startswith("SERVICE") else 4)
    assert f'INSTREAM-ID="{channel}"\n' in master_text(master)
    assert 'CLOSED-CAPTIONS="cc"\n' in master_text(master)
    assert parse_master(master_text(master)) == master


@pytest.mark.parametrize("channel", [None, "", "CC5", "SERVICE0", "SERVICE64", "service1"])
def test_closed_captions_without_a_channel_are_refused(channel: str | None) -> None:
    with pytest.raises(ValueError, match="INSTREAM-ID"):
        Media("CLOSED-CAPTIONS", "cc", "Captions", instream_id=channel)


def test_only_closed_captions_have_a_channel_and_they_have_no_uri() -> None:
    with pytest.raises(ValueError, match="INSTREAM-ID"):
        Media("SUBTITLES", "text", "English", "a.m3u8", instream_id="CC1")
    with pytest.raises(ValueError, match="URI"):
        Media("CLOSED-CAPTIONS", "cc", "Captions", "a.m3u8", instream_id="CC1")


def test_the_absence_of_captions_is_stated_by_all_variants_or_none() -> None:
    media = Media("CLOSED-CAPTIONS", "cc", "Captions", instream_id="CC1")
    with_them = Variant(uri="a.m3u8", bandwidth=1, closed_captions="cc")
    unsaid = Variant(uri="b.m3u8", bandwidth=1, closed_captions=None)
    assert MasterPlaylist((with_them, unsaid), (media,))
    with pytest.raises(ValueError, match="all variants"):
        MasterPlaylist((with_them, Variant(uri="b.m3u8", bandwidth=1)), (media,))
    with pytest.raises(ValueError, match="no CLOSED-CAPTIONS group"):
        MasterPlaylist((with_them,))
