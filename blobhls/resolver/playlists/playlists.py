"""Playlists of a plan, open and sealed. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate

import msgspec

from blobhls import hls
from blobhls.blob import BlobInfo
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.roles import AUXILIARY
from blobhls.resolver.playlists.captions import caption_media, captions_of

_AUDIO, _SURROUND, _SUBTITLES = "audio", "surround", "subtitles"
_PREDICTING = frozenset({"mp4a.40.1", "mp4a.40.4"})


class Bitrate(msgspec.Struct, frozen=True):
    """Bits a second."""

    peak: int
    average: int


class IFrameLink(msgspec.Struct, frozen=True):
    """An I-frame playlist, as a master playlist names it."""

    uri: str
    rate: Bitrate


class _Group(msgspec.Struct, frozen=True):
    """A group of renditions, of which a player chooses one."""

    group_id: str
    members: tuple[Rendition, ...]


def planned_rate(rendition: Rendition) -> Bitrate:
    """Return the bit rate of a plan, for a rendition that is not sealed yet."""
    return Bitrate(rendition.bandwidth, rendition.average)


def measured_rate(sizes: Sequence[int], durations: Sequence[Fraction]) -> Bitrate:
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
    plan: Plan, rendition: Rendition, infos: Sequence[BlobInfo], init: BlobInfo | None
) -> tuple[str, Bitrate]:
    """Return the playlist of a rendition whose segments are all bound, and its bit rate.

    `infos`: the segments in order.
    """
    rate = measured_rate([info.size for info in infos], plan.durations(rendition))
    name = None if init is None else init.name
    return media_playlist(plan, rendition, lambda n: infos[n].name, name), rate


def master_playlist(
    renditions: Sequence[Rendition],
    uri: Callable[[Rendition], str],
    rates: Mapping[str, Bitrate],
    iframes: Mapping[str, IFrameLink] | None = None,
) -> str:
    """Return the master playlist of some renditions of a plan.

    `rates` and `iframes` are by rendition name; some video renditions have no I-frame playlist.
    """
    videos = [r for r in renditions if r.kind == "video"]
    subtitles = [r for r in renditions if r.kind == "subtitles"]
    groups = _audio_groups([r for r in renditions if r.kind == "audio"])
    lines = _most(rates[r.name] for r in subtitles)
    variants = [
        msgspec.structs.replace(
            _variant(leading, uri, rates, group, lines if subtitles else None),
            closed_captions=captions_of(leading, videos),
        )
        for group in groups or (None,)
        # Audio alone: the first track is the variant, and the group has all tracks.
        for leading in videos or (group.members[:1] if group else ())
    ]
    audio = [(group.group_id, r) for group in groups for r in group.members]
    others = [*audio, *((_SUBTITLES, r) for r in subtitles)]
    media = (*(_media(group, r, uri(r)) for group, r in others), *caption_media(videos))
    links = iframes or {}
    return hls.master_text(
        hls.MasterPlaylist(
            tuple(variants),
            media=media,
            iframes=tuple(_iframes(r, links[r.name]) for r in videos if r.name in links),
            independent_segments=all(map(_is_independent, renditions)),
        )
    )


def _audio_groups(audio: Sequence[Rendition]) -> list[_Group]:
    """Return the audio groups, stereo first; players choose a group that they can play.

    Each has every track (RFC 8216 §4.3.4.2.1): the surround group has the stereo rendition of a
    track without surround.
    """
    stereo = tuple(r for r in audio if not r.surround)
    surround = {r.template.track.stream: r for r in audio if r.surround}
    best = {r.template.track.stream: r for r in stereo} | surround
    found = []
    if stereo:
        found.append(_Group(_AUDIO, stereo))
    if surround:
        found.append(_Group(_SURROUND, tuple(best.values())))
    return found


def _variant(
    leading: Rendition,
    uri: Callable[[Rendition], str],
    rates: Mapping[str, Bitrate],
    group: _Group | None,
    subtitles: Bitrate | None,
) -> hls.Variant:
    """Return the variant of a video or audio rendition with an audio group and subtitles."""
    has_video = leading.kind == "video"
    audio = group.members if group else ()
    chosen = [rates[leading.name]]
    if has_video:
        chosen.append(_most(rates[r.name] for r in audio))
    if subtitles:
        chosen.append(subtitles)
    return hls.Variant(
        uri=uri(leading),
        bandwidth=sum(rate.peak for rate in chosen),
        average_bandwidth=sum(rate.average for rate in chosen),
        codecs=tuple(dict.fromkeys(c for r in (leading, *audio) if (c := r.codecs))),
        resolution=(leading.width, leading.height) if has_video else None,
        frame_rate=leading.frame_rate.value if has_video else None,
        video_range=leading.video_range if has_video else None,
        supplemental_codecs=(leading.supplemental,) if leading.supplemental else (),
        audio=group.group_id if group else None,
        subtitles=_SUBTITLES if subtitles else None,
    )


def _most(rates: Iterable[Bitrate]) -> Bitrate:
    """Return the highest rate, as a player may choose any of these renditions."""
    return max(rates, key=lambda rate: rate.peak, default=Bitrate(0, 0))


def _is_independent(rendition: Rendition) -> bool:
    """Say whether each of its segments decodes without the others (RFC 8216 §4.3.5.1).

    Video is cut and encoded from IDR frames. Of AAC, the Main and LTP profiles predict from
    earlier frames.
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


def _media(group_id: str, rendition: Rendition, uri: str) -> hls.Media:
    is_audio = rendition.kind == "audio"
    return hls.Media(
        "AUDIO" if is_audio else "SUBTITLES",
        group_id,
        rendition.title,
        uri=uri,
        language=rendition.language,
        default=rendition.default,
        # Players may choose these by language: also forced subtitles, but no commentary.
        autoselect=rendition.default or AUXILIARY not in rendition.characteristics,
        forced=rendition.forced,
        channels=_channels(rendition) if is_audio else None,
        characteristics=rendition.characteristics,
    )


def _channels(rendition: Rendition) -> str:
    """Return `CHANNELS`; for Dolby Atmos, the most objects that its decoder renders."""
    return "16/JOC" if rendition.objects else str(rendition.channels)
