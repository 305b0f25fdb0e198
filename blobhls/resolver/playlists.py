"""Plans to playlists, open and sealed. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate

import msgspec

from blobhls import hls
from blobhls.blob import BlobInfo
from blobhls.media.plan import Plan, Rendition
from blobhls.media.roles import AUXILIARY
from blobhls.resolver.captioning import caption_media, captions_of

_AUDIO, _TEXT = "audio", "subtitles"
_PREDICTING = frozenset({"mp4a.40.1", "mp4a.40.4"})


class Bitrate(msgspec.Struct, frozen=True):
    """Bits a second."""

    peak: int
    average: int


class IFrameLink(msgspec.Struct, frozen=True):
    """How a master playlist names the I-frame playlist of a rendition."""

    uri: str
    rate: Bitrate


def planned(rendition: Rendition) -> Bitrate:
    """Return the bit rate that a plan promises, for what is not sealed yet."""
    return Bitrate(rendition.bandwidth, rendition.average)


def measured(sizes: Sequence[int], durations: Sequence[Fraction]) -> Bitrate:
    """Return the bit rate of segments of `sizes` bytes.

    The peak is that of any run of segments that lasts between half and one and a half target
    durations (RFC 8216 §4.1), but not less than the average.
    """
    segments = tuple(hls.Segment("-", duration) for duration in durations)
    target = hls.MediaPlaylist(segments).target_duration
    bits = [0, *accumulate(8 * size for size in sizes)]
    times = [Fraction(0), *accumulate(durations)]
    average = bits[-1] / times[-1]
    peak = average
    for first in range(len(sizes)):
        for last in range(first + 1, len(times)):
            span = times[last] - times[first]
            if span * 2 > target * 3:
                break
            if span * 2 >= target:
                peak = max(peak, (bits[last] - bits[first]) / span)
    return Bitrate(math.ceil(peak), math.ceil(average))


def media_playlist(
    plan: Plan,
    rendition: Rendition,
    uri: Callable[[int], str],
    init: str | None,
    gaps: Container[int] = (),
) -> str:
    """Return a rendition's playlist; `uri` names each segment, `init` the `EXT-X-MAP`.

    `gaps`: numbers of segments that can't be made (`EXT-X-GAP`).
    """
    durations = plan.durations(rendition)
    segments = tuple(
        hls.Segment(uri(n), duration, gap=n in gaps) for n, duration in enumerate(durations)
    )
    return hls.media_text(hls.MediaPlaylist(segments, map=init))


def sealed_playlist(
    plan: Plan, rendition: Rendition, parts: Sequence[BlobInfo], init: BlobInfo | None
) -> tuple[str, Bitrate]:
    """Return the playlist of a rendition whose segments are all known, and its bit rate."""
    rate = measured([info.size for info in parts], plan.durations(rendition))
    name = None if init is None else init.name
    return media_playlist(plan, rendition, lambda n: parts[n].name, name), rate


def master_playlist(
    renditions: Sequence[Rendition],
    uri: Callable[[Rendition], str],
    rates: Mapping[str, Bitrate],
    iframes: Mapping[str, IFrameLink] | None = None,
) -> str:
    """Return the master playlist of some renditions of a plan.

    `rates` and `iframes` by rendition name; only some pictures may have an I-frame playlist.
    """
    pictures = [r for r in renditions if r.kind == "video"]
    sounds = [r for r in renditions if r.kind == "audio"]
    texts = [r for r in renditions if r.kind == "subtitles"]
    # Only sound: the first track stands for the video, the group holds the choice.
    leading = pictures or sounds[:1]
    beside = max((rates[r.name] for r in sounds), key=lambda r: r.peak, default=Bitrate(0, 0))
    lines = max((rates[r.name] for r in texts), key=lambda r: r.peak, default=Bitrate(0, 0))
    variants = []
    for rendition in leading:
        rate = rates[rendition.name]
        extra = beside if rendition.kind == "video" else Bitrate(0, 0)
        codecs = dict.fromkeys(c for r in (rendition, *sounds) if (c := r.codecs))
        seen = rendition.kind == "video"
        variants.append(
            hls.Variant(
                uri=uri(rendition),
                bandwidth=rate.peak + extra.peak + lines.peak,
                average_bandwidth=rate.average + extra.average + lines.average,
                codecs=tuple(codecs),
                resolution=(rendition.width, rendition.height) if seen else None,
                frame_rate=rendition.frame_rate.value if seen else None,
                video_range=rendition.video_range if seen else None,
                audio=_AUDIO if sounds else None,
                subtitles=_TEXT if texts else None,
                closed_captions=captions_of(rendition, pictures),
            )
        )
    media = (*(_media(r, uri(r)) for r in (*sounds, *texts)), *caption_media(pictures))
    links = iframes or {}
    return hls.master_text(
        hls.MasterPlaylist(
            tuple(variants),
            media=media,
            iframes=tuple(_iframes(r, links[r.name]) for r in pictures if r.name in links),
            independent_segments=all(map(_is_independent, renditions)),
        )
    )


def _is_independent(rendition: Rendition) -> bool:
    """Say whether each of its segments decodes without the others (RFC 8216 §4.3.5.1).

    Pictures are cut at IDR alone and encoded from one; of AAC, the Main and LTP profiles predict
    from the frames before.
    """
    return rendition.codecs not in _PREDICTING


def _iframes(rendition: Rendition, link: IFrameLink) -> hls.IFrameVariant:
    return hls.IFrameVariant(
        uri=link.uri,
        bandwidth=link.rate.peak,
        average_bandwidth=link.rate.average,
        codecs=(rendition.codecs,) if rendition.codecs else (),
        resolution=(rendition.width, rendition.height),
        video_range=rendition.video_range,
    )


def _media(rendition: Rendition, uri: str) -> hls.Media:
    sound = rendition.kind == "audio"
    return hls.Media(
        "AUDIO" if sound else "SUBTITLES",
        _AUDIO if sound else _TEXT,
        rendition.title,
        uri=uri,
        language=rendition.language,
        default=rendition.default,
        # What may be chosen by its language: forced text and descriptions too, commentary not.
        autoselect=rendition.default or AUXILIARY not in rendition.characteristics,
        forced=rendition.forced,
        channels=str(rendition.channels) if sound else None,
        characteristics=rendition.characteristics,
    )
