"""The parser accepts what the RFC allows and our values can hold, and refuses the rest."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls import ByteRange, PlaylistError, Segment, links, parse_master, parse_media

HEAD = "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:10\n"
END = "#EXT-X-ENDLIST\n"


def test_the_example_of_the_specification_is_parsed() -> None:
    name = "b82fcf4dbcec2d8fab7d94bdd48b070aa6e74d7240b1965a0b28c128d6858477.ts"
    text = (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
        f"#EXTINF:10.000,\n{name}\n#EXT-X-ENDLIST"
    )
    assert parse_media(text).segments == (Segment(name, Fraction(10)),)


def test_comments_blank_lines_titles_and_crlf_are_accepted() -> None:
    text = f"{HEAD}\n# a comment\n#EXTINF:9.5,a title\n\nx.ts\n{END}".replace("\n", "\r\n")
    assert parse_media(text).segments == (Segment("x.ts", Fraction(19, 2)),)


def test_a_byte_range_without_offset_follows_the_previous_one() -> None:
    first = "#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\nx.ts\n"
    second = "#EXTINF:1,\n#EXT-X-BYTERANGE:7\nx.ts\n"
    text = HEAD + first + second + END
    ranges = [segment.byte_range for segment in parse_media(text).segments]
    assert ranges == [ByteRange(10, 5), ByteRange(7, 15)]


MALFORMED_MEDIA = {
    "empty": ("", 1),
    "byte order mark": ("\ufeff" + HEAD, 1),
    "no segment": (HEAD + END, 0),
    "no end": (f"{HEAD}#EXTINF:1,\nx.ts\n", 0),
    "ends inside a segment": (f"{HEAD}#EXTINF:1,\nx.ts\n#EXTINF:1,\n{END}", 0),
    "no target": (f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nx.ts\n{END}", 0),
    "target too small": (f"{HEAD}#EXTINF:10.5,\nx.ts\n{END}", 0),
    "version too small": (
        f"#EXTM3U\n#EXT-X-VERSION:2\n#EXT-X-TARGETDURATION:9\n#EXTINF:1.5,\nx.ts\n{END}",
        0,
    ),
    "event": (f"{HEAD}#EXT-X-PLAYLIST-TYPE:EVENT\n#EXTINF:1,\nx.ts\n{END}", 0),
    "no EXTINF": (f"{HEAD}x.ts\n{END}", 4),
    "two EXTINF": (f"{HEAD}#EXTINF:1,\n#EXTINF:1,\nx.ts\n{END}", 5),
    "negative": (f"{HEAD}#EXTINF:-1,\nx.ts\n{END}", 4),
    "exponent": (f"{HEAD}#EXTINF:1e3,\nx.ts\n{END}", 4),
    "zero": (f"{HEAD}#EXTINF:0,\nx.ts\n{END}", 5),
    "encrypted": (f'{HEAD}#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:1,\nx.ts\n{END}', 4),
    "discontinuity": (f"{HEAD}#EXTINF:1,\nx.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:1,\ny.ts\n{END}", 6),
    "late map": (f'{HEAD}#EXTINF:1,\nx.ts\n#EXT-X-MAP:URI="i"\n#EXTINF:1,\ny.ts\n{END}', 6),
    "two targets": (f"{HEAD}#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nx.ts\n{END}", 4),
    "map without URI": (f"{HEAD}#EXT-X-MAP:URI=i\n#EXTINF:1,\nx.ts\n{END}", 0),
    "map of a range": (f'{HEAD}#EXT-X-MAP:URI="i",BYTERANGE="1@0"\n#EXTINF:1,\nx.ts\n{END}', 0),
    "range without start": (f"{HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:7\nx.ts\n{END}", 6),
    "range of nothing": (f"{HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:0@0\nx.ts\n{END}", 6),
    "range of words": (f"{HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:a@b\nx.ts\n{END}", 6),
    "space in a URI": (f"{HEAD}#EXTINF:1,\nx y.ts\n{END}", 5),
    "a master playlist": ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n", 2),
}


@pytest.mark.parametrize("name", MALFORMED_MEDIA)
def test_a_malformed_media_playlist_is_refused_with_its_line(name: str) -> None:
    text, line = MALFORMED_MEDIA[name]
    with pytest.raises(PlaylistError) as raised:
        parse_media(text)
    assert raised.value.line == line
    assert raised.value.reason


STREAM = "#EXT-X-STREAM-INF:BANDWIDTH=1"

MALFORMED_MASTER = {
    "not a playlist": ("<html>", 1),
    "no variant": ("#EXTM3U\n", 0),
    "no URI": (f"#EXTM3U\n{STREAM}\n", 0),
    "no URI at once": (f"#EXTM3U\n{STREAM}\n{STREAM}\nv.m3u8\n", 3),
    "no bandwidth": ("#EXTM3U\n#EXT-X-STREAM-INF:RESOLUTION=1x1\nv.m3u8\n", 3),
    "URI alone": ("#EXTM3U\nv.m3u8\n", 2),
    "unknown attribute": (f"#EXTM3U\n{STREAM},SCORE=1.0\nv.m3u8\n", 2),
    "attribute twice": (f"#EXTM3U\n{STREAM},BANDWIDTH=2\nv.m3u8\n", 2),
    "trailing comma": (f"#EXTM3U\n{STREAM},\nv.m3u8\n", 2),
    "space after comma": (f'#EXTM3U\n{STREAM}, CODECS="x"\nv.m3u8\n', 2),
    "open quote": (f'#EXTM3U\n{STREAM},CODECS="x\nv.m3u8\n', 2),
    "codecs without quotes": (f"#EXTM3U\n{STREAM},CODECS=x\nv.m3u8\n", 2),
    "empty codecs": (f'#EXTM3U\n{STREAM},CODECS=""\nv.m3u8\n', 3),
    "resolution": (f"#EXTM3U\n{STREAM},RESOLUTION=1X1\nv.m3u8\n", 2),
    "range": (f"#EXTM3U\n{STREAM},VIDEO-RANGE=HDR\nv.m3u8\n", 2),
    "group that is not there": (f'#EXTM3U\n{STREAM},AUDIO="a"\nv.m3u8\n', 0),
    "video renditions": ('#EXTM3U\n#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="a",NAME="b"\n', 2),
    "rendition without name": ('#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"\n', 2),
    "maybe": ('#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",DEFAULT=MAYBE\n', 2),
    "version of words": (f"#EXTM3U\n#EXT-X-VERSION:x\n{STREAM}\nv.m3u8\n", 0),
    "a media playlist": ("#EXTM3U\n#EXTINF:1,\nx.ts\n", 2),
}


@pytest.mark.parametrize("name", MALFORMED_MASTER)
def test_a_malformed_master_playlist_is_refused_with_its_line(name: str) -> None:
    text, line = MALFORMED_MASTER[name]
    with pytest.raises(PlaylistError) as raised:
        parse_master(text)
    assert raised.value.line == line


tags = "EXTM3U EXTINF:1, EXTINF: EXT-X-ENDLIST EXT-X-TARGETDURATION:1 EXT-X-BYTERANGE:1"
fragments = st.sampled_from(
    [*("#" + tag for tag in tags.split()), "x.ts", '#EXT-X-MAP:URI="', '"', "\r", "", STREAM]
)


@given(st.lists(fragments | st.text(max_size=8), max_size=12).map("\n".join))
def test_any_text_is_either_parsed_or_refused(text: str) -> None:
    for read in (parse_media, parse_master, links):
        with contextlib.suppress(PlaylistError):
            read("#EXTM3U\n" + text)
