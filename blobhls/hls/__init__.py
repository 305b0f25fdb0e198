"""HLS as values: playlists and WebVTT to text, and strictly back. No I/O, no clock.

Sources: RFC 8216 (the section is named beside each rule), rfc8216bis where it adds a tag that is
used here (`EXT-X-GAP`, `VIDEO-RANGE`), and the WebVTT recommendation.

playlist.py    what a playlist states; impossible values raise `ValueError` when they are created
attributes.py  attribute lists (RFC 8216 §4.2), and escaping of untrusted names
writer.py      values to canonical text: one value has exactly one text, so it has one hash
parser.py      text to values; anything that a value can't hold is refused, never dropped
lines.py       the building blocks of parser.py
webvtt.py      WebVTT segments
"""

from blobhls.hls.lines import PlaylistError
from blobhls.hls.parser import links, parse_master, parse_media
from blobhls.hls.playlist import (
    MICROSECOND,
    NO_CAPTIONS,
    ByteRange,
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    NoCaptions,
    Segment,
    Variant,
)
from blobhls.hls.webvtt import Cue, webvtt
from blobhls.hls.writer import master_text, media_text

__all__ = [
    "MICROSECOND",
    "NO_CAPTIONS",
    "ByteRange",
    "Cue",
    "IFrameVariant",
    "MasterPlaylist",
    "Media",
    "MediaPlaylist",
    "NoCaptions",
    "PlaylistError",
    "Segment",
    "Variant",
    "links",
    "master_text",
    "media_text",
    "parse_master",
    "parse_media",
    "webvtt",
]
