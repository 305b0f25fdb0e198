"""Strict parsing of playlists.

A tag or attribute that the values can't hold is refused, not skipped: silently dropping
`EXT-X-KEY` or `EXT-X-DISCONTINUITY` would change the playlist's meaning. Only `links` accepts any
playlist.
"""

from __future__ import annotations

import re
from typing import Any, Final

from blobhls.hls.attributes import parse_attributes, unquoted
from blobhls.hls.lines import (
    MEDIA,
    STREAM,
    VARIANT,
    build_value,
    decimal,
    fields_of,
    finish_reading,
    full_match,
    integer,
    numbered_lines,
    read_lines,
)
from blobhls.hls.playlist import (
    ByteRange,
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    Segment,
    Variant,
    round_half_up,
)

_BYTE_RANGE: Final = re.compile(r"([0-9]{1,20})(?:@([0-9]{1,20}))?")
# Every attribute is matched, so that `,URI="` inside a quoted NAME is not mistaken for one.
_ATTRIBUTES: Final = re.compile(r'[:,]([A-Z0-9-]+)=(?:"([^"]*)"|[^",]+)')


def parse_media(text: str) -> MediaPlaylist:
    """Parse a finished media playlist; raises `PlaylistError`."""
    reader = _MediaReader()
    read_lines(text, reader.line)
    return finish_reading(reader.finish)


def parse_master(text: str) -> MasterPlaylist:
    """Parse a master playlist; raises `PlaylistError`."""
    reader = _MasterReader()
    read_lines(text, reader.line)
    return finish_reading(reader.finish)


def links(text: str) -> list[str]:
    """Return every URI in a playlist of any kind, in the order of the text, without repeats.

    Raises `PlaylistError` where the text is not a playlist at all.
    """
    found: list[str] = []
    for _, line in numbered_lines(text):
        if line.startswith("#EXT-X-"):
            found += [uri for name, uri in _ATTRIBUTES.findall(line) if name == "URI" and uri]
        elif not line.startswith("#"):
            found.append(line)
    return list(dict.fromkeys(found))


class _MediaReader:
    """State between the lines of a media playlist."""

    def __init__(self) -> None:
        self._head: dict[str, str] = {}
        self._segments: list[Segment] = []
        self._next: dict[str, Any] = {}
        self._range: tuple[str, int] = ("", 0)  # resource and end of the last byte range
        self._ended = False

    def line(self, tag: str, value: str) -> None:
        match tag:
            case "EXTINF":
                self._set_once("duration", decimal(value.partition(",")[0]))
            case "EXT-X-BYTERANGE":
                self._set_once("byte_range", value)
            case "EXT-X-GAP":
                self._set_once("gap", True)  # noqa: FBT003 # the value of a field, not a switch
            case "":
                self._segment(value)
            case "EXT-X-ENDLIST":
                self._ended = True
            case (
                "EXT-X-VERSION"
                | "EXT-X-TARGETDURATION"
                | "EXT-X-MEDIA-SEQUENCE"
                | "EXT-X-PLAYLIST-TYPE"
                | "EXT-X-INDEPENDENT-SEGMENTS"
                | "EXT-X-I-FRAMES-ONLY"
                | "EXT-X-MAP"
            ):
                self._heading(tag, value)
            case _:
                raise ValueError(f"{tag} is not supported in a media playlist")

    def _set_once(self, field: str, value: object) -> None:
        if field in self._next:
            raise ValueError(f"a segment has only one {field}")
        self._next[field] = value

    def _heading(self, tag: str, value: str) -> None:
        if tag in self._head or self._segments or self._next:
            raise ValueError(f"{tag} may appear only once, before the first segment")
        self._head[tag] = value

    def _segment(self, uri: str) -> None:
        if "duration" not in self._next:
            raise ValueError("a segment without EXTINF")
        if "byte_range" in self._next:
            self._next["byte_range"] = self._byte_range(uri, self._next["byte_range"])
        self._segments.append(Segment(uri=uri, **self._next))
        self._next = {}

    def _byte_range(self, uri: str, value: str) -> ByteRange:
        match = full_match(_BYTE_RANGE, value, "byte range")
        if match[2] is None and self._range[0] != uri:
            raise ValueError("a byte range without offset has to follow one of the same resource")
        offset = self._range[1] if match[2] is None else int(match[2])
        self._range = (uri, offset + int(match[1]))
        return ByteRange(length=int(match[1]), offset=offset)

    def finish(self) -> MediaPlaylist:
        if self._next or not self._ended:
            raise ValueError("the playlist is incomplete: no EXT-X-ENDLIST after the last segment")
        if self._head.get("EXT-X-PLAYLIST-TYPE", "VOD") != "VOD":
            raise ValueError("only playlists of type VOD are supported")
        integer(self._head.get("EXT-X-MEDIA-SEQUENCE", "0"))
        playlist = MediaPlaylist(
            segments=tuple(self._segments),
            map=_map_uri(self._head.get("EXT-X-MAP")),
            independent_segments="EXT-X-INDEPENDENT-SEGMENTS" in self._head,
            iframes_only="EXT-X-I-FRAMES-ONLY" in self._head,
        )
        longest = max(round_half_up(segment.duration) for segment in playlist.segments)
        if integer(self._head.get("EXT-X-TARGETDURATION", "")) < longest:
            raise ValueError(f"EXT-X-TARGETDURATION is less than a segment of {longest} s")
        _check_version(self._head.get("EXT-X-VERSION"), playlist.version)
        return playlist


class _MasterReader:
    """State between the lines of a master playlist."""

    def __init__(self) -> None:
        self._media: list[Media] = []
        self._variants: list[Variant] = []
        self._iframes: list[IFrameVariant] = []
        self._stream: dict[str, Any] | None = None  # of an EXT-X-STREAM-INF whose URI is next
        self._version: str | None = None
        self._independent = False

    def line(self, tag: str, value: str) -> None:
        if self._stream is not None and tag:
            raise ValueError("EXT-X-STREAM-INF has to be followed directly by its URI")
        match tag:
            case "EXT-X-MEDIA":
                self._media.append(build_value(Media, fields_of(parse_attributes(value), MEDIA)))
            case "EXT-X-STREAM-INF":
                self._stream = fields_of(parse_attributes(value), VARIANT)
            case "EXT-X-I-FRAME-STREAM-INF":
                fields = fields_of(parse_attributes(value), {**STREAM, "URI": ("uri", unquoted)})
                self._iframes.append(build_value(IFrameVariant, fields))
            case "":
                self._variant(value)
            case "EXT-X-VERSION":
                self._version = value
            case "EXT-X-INDEPENDENT-SEGMENTS":
                self._independent = True
            case _:
                raise ValueError(f"{tag} is not supported in a master playlist")

    def _variant(self, uri: str) -> None:
        if self._stream is None:
            raise ValueError("a URI without EXT-X-STREAM-INF")
        self._variants.append(
            build_value(Variant, {"uri": uri, "closed_captions": None, **self._stream})
        )
        self._stream = None

    def finish(self) -> MasterPlaylist:
        if self._stream is not None:
            raise ValueError("the playlist is incomplete: EXT-X-STREAM-INF without URI at its end")
        playlist = MasterPlaylist(
            variants=tuple(self._variants),
            media=tuple(self._media),
            iframes=tuple(self._iframes),
            independent_segments=self._independent,
        )
        # Version 4 is only advised (RFC 8216 §7): such a playlist may also state 1.
        _check_version(self._version, playlist.version if playlist.version > 4 else 1)
        return playlist


def _map_uri(value: str | None) -> str | None:
    if value is None:
        return None
    fields = fields_of(parse_attributes(value), {"URI": ("uri", unquoted)})
    if "uri" not in fields:
        raise ValueError("EXT-X-MAP without URI")
    return str(fields["uri"])


def _check_version(stated: str | None, needed: int) -> None:
    if integer(stated or "1") < needed:
        raise ValueError(f"this playlist needs EXT-X-VERSION {needed}")
