"""Playlists as values. Fields name their tag or attribute, and whether RFC 8216 requires it.

Every value is checked when it is created; impossible values raise `ValueError`.
"""

from __future__ import annotations

import re
from enum import Enum
from fractions import Fraction
from typing import Final, Literal

import msgspec

from blobhls.hls.attributes import quotable

_URI: Final = re.compile(
    r'[^\s"#\x00-\x20\x7f-\x9f\ufeff\ud800-\udfff][^\s"\x00-\x20\x7f-\x9f\ufeff\ud800-\udfff]*'
)
_INSTREAM: Final = re.compile(r"CC[1-4]|SERVICE(?:[1-9]|[1-5][0-9]|6[0-3])")
_CODEC: Final = re.compile(r"[A-Za-z0-9._+-]+")
_SUPPLEMENTAL: Final = re.compile(r"[A-Za-z0-9._+-]+(?:/[A-Za-z0-9 ]{4})+")

MICROSECOND: Final = Fraction(1, 1_000_000)
"""The precision of `EXTINF`; no segment is shorter."""


class NoCaptions(Enum):
    """The absence of closed captions; distinct from any group name."""

    NONE = "NONE"


NO_CAPTIONS: Final = NoCaptions.NONE
"""`CLOSED-CAPTIONS=NONE`: no frame contains captions."""

VideoRange = Literal["SDR", "PQ", "HLG"]


def _check_uri(uri: str) -> None:
    """Raise `ValueError` unless `uri` can stand on a line of its own and in a quoted-string."""
    if not _URI.fullmatch(uri):
        raise ValueError(f"{uri!r} can't be a URI in a playlist")


class ByteRange(msgspec.Struct, frozen=True):
    """A part of a resource: `length` bytes from `offset` on (RFC 8216 §4.3.2.2)."""

    length: int  # required, > 0
    offset: int  # always written, although the RFC lets a continued range omit it

    def __post_init__(self) -> None:
        if self.length <= 0 or self.offset < 0:
            raise ValueError(f"no byte range of {self.length} bytes from {self.offset} on")


class Segment(msgspec.Struct, frozen=True):
    """One media segment, or one I-frame of an I-frame playlist."""

    uri: str  # required
    duration: Fraction  # EXTINF, required; seconds, exact; at least one microsecond
    byte_range: ByteRange | None = None  # EXT-X-BYTERANGE
    gap: bool = False  # EXT-X-GAP (rfc8216bis): the segment is absent

    def __post_init__(self) -> None:
        _check_uri(self.uri)
        if self.duration < MICROSECOND:
            raise ValueError(f"a segment can't last {self.duration} s")


class MediaPlaylist(msgspec.Struct, frozen=True):
    """All segments of one rendition: `EXT-X-PLAYLIST-TYPE:VOD` and `EXT-X-ENDLIST`."""

    segments: tuple[Segment, ...]  # at least one
    map: str | None = None  # URI of EXT-X-MAP; required for fMP4 segments
    independent_segments: bool = False  # EXT-X-INDEPENDENT-SEGMENTS
    iframes_only: bool = False  # EXT-X-I-FRAMES-ONLY; then every segment has a byte range

    def __post_init__(self) -> None:
        if not self.segments:
            raise ValueError("a media playlist needs at least one segment")
        if self.map is not None:
            _check_uri(self.map)
        if self.iframes_only and not all(segment.byte_range for segment in self.segments):
            raise ValueError("every segment of an I-frame playlist needs a byte range")

    @property
    def microseconds(self) -> tuple[int, ...]:
        """`EXTINF` of every segment as written, in microseconds.

        Times are rounded, not durations: the ends of segments are rounded to the microsecond and
        then subtracted, so the sum over any run of segments is exact to one microsecond.
        """
        durations = []
        time = Fraction(0)
        start = 0
        for segment in self.segments:
            time += segment.duration
            stop = round_half_up(time / MICROSECOND)
            durations.append(stop - start)
            start = stop
        return tuple(durations)

    @property
    def target_duration(self) -> int:
        """`EXT-X-TARGETDURATION`, required: the longest `EXTINF`, to the nearest second (§4.3.3.1).

        Computed from the written durations, since clients compare those. Halves are rounded up: a
        client that rounds 2.5 to 3 must not find a target of 2.
        """
        return max(1, round_half_up(max(self.microseconds) * MICROSECOND))

    @property
    def version(self) -> int:
        """`EXT-X-VERSION`: the lowest version that allows all tags in use (RFC 8216 §7).

        `EXT-X-GAP` came with version 8, and validators demand that.
        """
        if any(segment.gap for segment in self.segments):
            return 8
        if self.map is not None:
            return 5 if self.iframes_only else 6
        if self.iframes_only or any(segment.byte_range for segment in self.segments):
            return 4
        return 3  # decimal EXTINF


class Media(msgspec.Struct, frozen=True):
    """`EXT-X-MEDIA`: one rendition of audio, subtitles or closed captions (RFC 8216 §4.3.4.1).

    `name` may hold anything; it is written as `quotable` returns it.
    """

    type: Literal["AUDIO", "SUBTITLES", "CLOSED-CAPTIONS"]  # TYPE, required
    group_id: str  # GROUP-ID, required
    name: str  # NAME, required; for viewers; unique within its group
    uri: str | None = None  # URI; required for SUBTITLES; without it, the variant has the media
    language: str | None = None  # LANGUAGE, RFC 5646
    default: bool = False  # DEFAULT; at most one in a group
    autoselect: bool = False  # AUTOSELECT; must be true where `default` is
    forced: bool = False  # FORCED, of SUBTITLES only
    channels: str | None = None  # CHANNELS, of AUDIO only; "2", "6", "16/JOC"
    characteristics: tuple[str, ...] = ()  # CHARACTERISTICS: uniform type identifiers
    instream_id: str | None = None  # INSTREAM-ID; required for CLOSED-CAPTIONS, which have no URI

    def __post_init__(self) -> None:
        if not self.group_id or quotable(self.group_id) != self.group_id or not self.name:
            raise ValueError("a rendition needs a plain GROUP-ID and a NAME")
        if self.uri is not None:
            _check_uri(self.uri)
        if self.default and not self.autoselect:
            raise ValueError("DEFAULT=YES needs AUTOSELECT=YES")
        if self.type == "SUBTITLES" and (self.uri is None or self.channels is not None):
            raise ValueError("subtitles need a URI and have no CHANNELS")
        if self.type != "SUBTITLES" and self.forced:
            raise ValueError("only subtitles can be FORCED")
        self._check_captions()
        if any("," in quotable(each) or not each for each in self.characteristics):
            raise ValueError("a characteristic is not empty and has no comma")

    def _check_captions(self) -> None:
        if self.type != "CLOSED-CAPTIONS":
            if self.instream_id is not None:
                raise ValueError("only closed captions have an INSTREAM-ID")
        elif self.uri is not None or not _INSTREAM.fullmatch(self.instream_id or ""):
            raise ValueError("closed captions need an INSTREAM-ID such as CC1, and have no URI")


class _Stream(msgspec.Struct, frozen=True, kw_only=True):
    """The common attributes of `EXT-X-STREAM-INF` and `EXT-X-I-FRAME-STREAM-INF` (§4.3.4.2)."""

    uri: str  # required
    bandwidth: int  # BANDWIDTH, required; peak bits per second
    average_bandwidth: int | None = None  # AVERAGE-BANDWIDTH, bits per second
    codecs: tuple[str, ...] = ()  # CODECS, RFC 6381; every variant should have it
    resolution: tuple[int, int] | None = None  # RESOLUTION; (width, height) in pixels
    video_range: VideoRange | None = None  # VIDEO-RANGE (rfc8216bis)

    def __post_init__(self) -> None:
        _check_uri(self.uri)
        average = self.average_bandwidth
        if self.bandwidth <= 0 or (average is not None and not 0 < average <= self.bandwidth):
            raise ValueError(f"bandwidth {self.bandwidth} with average {average}")
        for codec in self.codecs:
            if not _CODEC.fullmatch(codec):
                raise ValueError(f"{codec!r} is no codec string")
        if self.resolution is not None and min(self.resolution) <= 0:
            raise ValueError(f"no frame size of {self.resolution[0]}x{self.resolution[1]}")


class IFrameVariant(_Stream, frozen=True, kw_only=True):
    """`EXT-X-I-FRAME-STREAM-INF`: an I-frame playlist, for images while seeking (§4.3.4.3)."""


class Variant(_Stream, frozen=True, kw_only=True):
    """`EXT-X-STREAM-INF`: one combination of renditions that can be played (§4.3.4.2)."""

    # SUPPLEMENTAL-CODECS (rfc8216bis): codecs with the brands that are compatible with `codecs`
    supplemental_codecs: tuple[str, ...] = ()
    frame_rate: Fraction | None = None  # FRAME-RATE; maximum frames per second
    audio: str | None = None  # AUDIO: GROUP-ID of audio renditions
    subtitles: str | None = None  # SUBTITLES: GROUP-ID of subtitle renditions
    # CLOSED-CAPTIONS: a GROUP-ID, or `NO_CAPTIONS`, in all variants or none
    closed_captions: str | NoCaptions | None = NO_CAPTIONS

    def __post_init__(self) -> None:
        super().__post_init__()
        for codec in self.supplemental_codecs:
            if not _SUPPLEMENTAL.fullmatch(codec):
                raise ValueError(f"{codec!r} is no codec string with brands")
        if self.frame_rate is not None and self.frame_rate < Fraction(1, 1000):
            raise ValueError(f"no frame rate of {self.frame_rate}")


class MasterPlaylist(msgspec.Struct, frozen=True):
    """All renditions of one video."""

    variants: tuple[Variant, ...]  # at least one
    media: tuple[Media, ...] = ()
    iframes: tuple[IFrameVariant, ...] = ()
    independent_segments: bool = False  # EXT-X-INDEPENDENT-SEGMENTS; applies to all segments

    def __post_init__(self) -> None:
        if not self.variants:
            raise ValueError("a master playlist needs at least one variant")
        without_captions = [variant.closed_captions is NO_CAPTIONS for variant in self.variants]
        if any(without_captions) and not all(without_captions):
            raise ValueError("CLOSED-CAPTIONS=NONE has to be in all variants or in none")
        self._check_groups()

    def _check_groups(self) -> None:
        """Raise `ValueError` where a named group is missing, or a group contradicts itself."""
        groups = {(media.type, media.group_id) for media in self.media}
        for variant in self.variants:
            references = (
                ("AUDIO", variant.audio),
                ("SUBTITLES", variant.subtitles),
                ("CLOSED-CAPTIONS", variant.closed_captions),
            )
            for kind, group_id in references:
                if isinstance(group_id, str) and (kind, group_id) not in groups:
                    raise ValueError(f"no {kind} group {group_id!r}")
        # §4.3.4.1.1: names differ within a group, and no more than one member is the default.
        names = [(media.type, media.group_id, quotable(media.name)) for media in self.media]
        if len(set(names)) < len(names):
            raise ValueError("two renditions of one group have the same NAME")
        defaults = [(media.type, media.group_id) for media in self.media if media.default]
        if len(set(defaults)) < len(defaults):
            raise ValueError("two renditions of one group are DEFAULT")

    @property
    def version(self) -> int:
        """`EXT-X-VERSION`: 4 if there is more than variants, as RFC 8216 §7 advises; otherwise 1.

        CEA-708 services need 7.
        """
        if any((media.instream_id or "").startswith("SERVICE") for media in self.media):
            return 7
        return 4 if self.media or self.iframes else 1


def round_half_up(number: Fraction | int) -> int:
    """Return `number` ≥ 0 rounded to the nearest integer; halves are rounded up."""
    return int((number * 2 + 1) // 2)
