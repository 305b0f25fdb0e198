"""Playlist values to canonical text: LF line ends, tags and attributes in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from blobhls.hls.attributes import attribute_list, quotable, quoted
from blobhls.hls.playlist import (
    IFrameVariant,
    MasterPlaylist,
    Media,
    MediaPlaylist,
    NoCaptions,
    Segment,
    Variant,
    round_half_up,
)


def media_text(playlist: MediaPlaylist) -> str:
    """Return the text of a media playlist (RFC 8216 §4.3.2, §4.3.3), ending in a line feed."""
    return "\n".join((*_media_head(playlist), *_media_body(playlist), "#EXT-X-ENDLIST", ""))


def _media_head(playlist: MediaPlaylist) -> Iterator[str]:
    yield "#EXTM3U"
    yield f"#EXT-X-VERSION:{playlist.version}"
    yield f"#EXT-X-TARGETDURATION:{playlist.target_duration}"
    yield "#EXT-X-MEDIA-SEQUENCE:0"
    yield "#EXT-X-PLAYLIST-TYPE:VOD"
    if playlist.independent_segments:
        yield "#EXT-X-INDEPENDENT-SEGMENTS"
    if playlist.iframes_only:
        yield "#EXT-X-I-FRAMES-ONLY"
    if playlist.map is not None:
        yield f'#EXT-X-MAP:URI="{playlist.map}"'


def _media_body(playlist: MediaPlaylist) -> Iterator[str]:
    for segment, microseconds in zip(playlist.segments, playlist.microseconds, strict=True):
        yield from _segment_lines(segment, microseconds)


def _segment_lines(segment: Segment, microseconds: int) -> Iterator[str]:
    seconds, fraction = divmod(microseconds, 1_000_000)
    yield f"#EXTINF:{seconds}.{fraction:06d},"
    if segment.byte_range is not None:
        yield f"#EXT-X-BYTERANGE:{segment.byte_range.length}@{segment.byte_range.offset}"
    if segment.gap:
        yield "#EXT-X-GAP"
    yield segment.uri


def master_text(playlist: MasterPlaylist) -> str:
    """Return the text of a master playlist (RFC 8216 §4.3.4), ending in a line feed."""
    return "\n".join((*_master_lines(playlist), ""))


def _master_lines(playlist: MasterPlaylist) -> Iterator[str]:
    yield "#EXTM3U"
    yield f"#EXT-X-VERSION:{playlist.version}"
    if playlist.independent_segments:
        yield "#EXT-X-INDEPENDENT-SEGMENTS"
    for media in playlist.media:
        yield f"#EXT-X-MEDIA:{_media_attributes(media)}"
    for variant in playlist.variants:
        yield f"#EXT-X-STREAM-INF:{_variant_attributes(variant)}"
        yield variant.uri
    for iframes in playlist.iframes:
        attributes = attribute_list((*_stream_pairs(iframes), ("URI", f'"{iframes.uri}"')))
        yield f"#EXT-X-I-FRAME-STREAM-INF:{attributes}"


def _media_attributes(media: Media) -> str:
    characteristics = ",".join(quotable(each) for each in media.characteristics)
    return attribute_list(
        (
            ("TYPE", media.type),
            ("GROUP-ID", quoted(media.group_id)),
            ("NAME", quoted(media.name)),
            ("LANGUAGE", _optional(media.language)),
            ("DEFAULT", "YES" if media.default else "NO"),
            ("AUTOSELECT", "YES" if media.autoselect else "NO"),
            ("FORCED", "YES" if media.forced else None),
            ("INSTREAM-ID", _optional(media.instream_id)),
            ("CHANNELS", _optional(media.channels)),
            ("CHARACTERISTICS", _optional(characteristics or None)),
            ("URI", None if media.uri is None else f'"{media.uri}"'),
        )
    )


def _variant_attributes(variant: Variant) -> str:
    rate = variant.frame_rate
    captions = variant.closed_captions
    closed_captions = captions.value if isinstance(captions, NoCaptions) else _optional(captions)
    return attribute_list(
        (
            *_stream_pairs(variant),
            ("SUPPLEMENTAL-CODECS", _optional(",".join(variant.supplemental_codecs) or None)),
            ("FRAME-RATE", None if rate is None else _thousandths(rate)),
            ("AUDIO", _optional(variant.audio)),
            ("SUBTITLES", _optional(variant.subtitles)),
            ("CLOSED-CAPTIONS", closed_captions),
        )
    )


def _stream_pairs(stream: Variant | IFrameVariant) -> Iterator[tuple[str, str | None]]:
    yield "BANDWIDTH", str(stream.bandwidth)
    average = stream.average_bandwidth
    yield "AVERAGE-BANDWIDTH", None if average is None else str(average)
    yield "CODECS", quoted(",".join(stream.codecs)) if stream.codecs else None
    size = stream.resolution
    yield "RESOLUTION", None if size is None else f"{size[0]}x{size[1]}"
    yield "VIDEO-RANGE", stream.video_range


def _optional(text: str | None) -> str | None:
    return None if text is None else quoted(text)


def _thousandths(number: Fraction) -> str:
    """Return `number` with three decimals, as §4.3.4.2 requires for FRAME-RATE."""
    whole, fraction = divmod(round_half_up(number * 1000), 1000)
    return f"{whole}.{fraction:03d}"
