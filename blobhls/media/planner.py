"""From a probe to a plan. Pure: the same probe gives the same plan on any machine."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

import msgspec

from blobhls.media.codecs import h264_level, h264_string
from blobhls.media.colour import encoded_colour, video_range
from blobhls.media.naming import language_tag, sound_name, text_name
from blobhls.media.plan import Plan, Rendition
from blobhls.media.roles import (
    AUXILIARY,
    DESCRIBES_VIDEO,
    is_forced,
    sound_characteristics,
    text_characteristics,
)
from blobhls.media.values import AudioTrack, Probe, TextTrack, VideoTrack
from blobhls.media.windows import cut_windows, split_windows
from blobhls.recipe import (
    AAC_FRAME,
    AAC_STEREO,
    CUT,
    MPEG_CLOCK,
    RUNGS,
    TEXT,
    CutAudio,
    CutText,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Packaging,
    Ratio,
    Segment,
    Track,
    Window,
    ladder_profile,
)

_H264_CUT_PROFILES: Final = ("Baseline", "Constrained Baseline", "Main", "High")
_CUT_FORMATS: Final = {
    "h264": ("yuv420p", "yuvj420p"),
    "hevc": ("yuv420p", "yuvj420p", "yuv420p10le"),
    "av1": ("yuv420p", "yuv420p10le"),
}
_MAX_CUT_GAP: Final = 30  # seconds between cut points; beyond, `source` is encoded
_WIDEST_COPY: Final = 1080  # short side of the H.264 that stands beside an HEVC or AV1 source
_PREROLL: Final = 4  # AAC frames encoded ahead of a window and thrown away (ADR 5)
_SILENCE: Final = Fraction(1, 2)  # seconds that cut sound may be missing at either end …
_FILLED_CHANNELS: Final = 6  # … where there is no silent frame of so many channels to fill it
_TEXT_BANDWIDTH: Final = 2_000  # bits a second, generous for cues


class _Timeline(msgspec.Struct, frozen=True):
    """What all renditions of one video share."""

    source_id: str
    base: Ratio  # seconds a tick of the edges
    zero: Ratio  # seconds in the source at which the timeline starts
    edges: tuple[int, ...]  # of everything that is not cut video
    packaging: Packaging

    @property
    def seconds(self) -> Fraction:
        return (self.edges[-1] - self.edges[0]) * self.base.value

    def track(self, stream: int, base: Ratio) -> Track:
        return Track(self.source_id, stream, base, self.zero)


def make_plan(source_id: str, probe: Probe) -> Plan:
    """Plan every rendition of a probed source."""
    video = probe.video
    reference: VideoTrack | AudioTrack = video or probe.audio[0]
    base = reference.base.value
    cut = _cut_edges(video) if video else None
    if video:
        edges = cut or _soft_edges(video)
    else:
        edges = (reference.start, max(round(t.stop * t.base.value / base) for t in probe.audio))
    timeline = _Timeline(
        source_id=source_id,
        base=reference.base,
        zero=Ratio.of(reference.start * base),
        edges=split_windows(edges, base),
        packaging="fmp4" if cut and video and video.codec != "h264" else "ts",
    )
    pictures = _pictures(timeline, video, cut, probe.size) if video else []
    sounds = [_sound(timeline, track) for track in probe.audio]
    texts = [_text(timeline, track) for track in probe.text if track.text]
    positions: tuple[tuple[int, int], ...] = ()
    if probe.by_position and video:
        positions = tuple((key.pts, key.position) for key in video.key_frames)
    renditions = (*pictures, *_settled(sounds), *_settled(texts))
    return Plan(source_id, timeline.packaging, timeline.base, positions, renditions)


def _cut_edges(video: VideoTrack) -> tuple[int, ...] | None:
    """Return the boundaries of a cut `source`; None where it has to be encoded."""
    allowed = (
        video.codecs is not None
        and video.steady
        and not video.rotation
        and video.pixel_format in _CUT_FORMATS.get(video.codec, ())
        and (video.codec != "h264" or video.profile in _H264_CUT_PROFILES)
        and video.key_frames[0].clean
    )
    if not allowed:
        return None
    points = [key.pts for key in video.key_frames if key.clean and key.pts < video.stop]
    edges = cut_windows((*points, video.stop), video.base.value)
    longest = max(stop - start for start, stop in pairwise(edges)) * video.base.value
    return edges if longest <= _MAX_CUT_GAP else None


def _soft_edges(video: VideoTrack) -> tuple[int, ...]:
    """Return boundaries for a video that is only encoded: key frames save decoding."""
    points = [key.pts for key in video.key_frames if video.start <= key.pts < video.stop]
    return cut_windows((*points, video.stop), video.base.value)


def _pictures(
    timeline: _Timeline, video: VideoTrack, cut: tuple[int, ...] | None, size: int
) -> list[Rendition]:
    """Return the source's own picture, then the ladder below it."""
    short = min(video.display_size)
    if cut is None:
        below = [rung for rung in RUNGS if rung < short]
        return [
            _encoded(timeline, video, "source_h264", short),
            *(_encoded(timeline, video, f"{side}p_h264", side) for side in below),
        ]
    sides = [rung for rung in RUNGS if rung < short]
    if video.codec != "h264":
        # Whoever can't play HEVC or AV1 still gets the source's size, up to 1080 (ADR 6).
        best = min(short, _WIDEST_COPY)
        sides = [best, *(rung for rung in RUNGS if rung < best)]
    ladder = [_encoded(timeline, video, f"{side}p_h264", side) for side in sides]
    return [_source(timeline, video, cut, size), *ladder]


def _source(timeline: _Timeline, video: VideoTrack, cut: tuple[int, ...], size: int) -> Rendition:
    average = int(size * 8 / max(timeline.seconds, Fraction(1, 10)))
    # Where no index tells the peak: twice the average is rarely passed.
    peak = max(video.peak_rate, average) if video.peak_rate else 2 * average
    return Rendition(
        name=f"source_{video.codec}",
        kind="video",
        template=CutVideo(
            timeline.track(video.stream, video.base),
            Window(cut[0], cut[1]),
            timeline.packaging,
            CUT.name,
        ),
        edges=cut,
        bandwidth=max(peak, 64_000),
        average=max(average, 32_000),
        codecs=video.codecs,
        width=video.display_size[0],
        height=video.display_size[1],
        frame_rate=video.frame_rate,
        video_range=video_range(video),
    )


def _frame(video: VideoTrack) -> int:
    return max(1, int(MPEG_CLOCK / video.tick_rate.value))


def _encoded(timeline: _Timeline, video: VideoTrack, name: str, side: int) -> Rendition:
    width, height = _scaled(video.display_size, side)
    profile = ladder_profile(min(width, height))
    level = h264_level(width, height, video.tick_rate.value, profile.maxrate)
    template = EncodeVideo(
        timeline.track(video.stream, video.base),
        Window(timeline.edges[0], timeline.edges[1]),
        timeline.packaging,
        profile.name,
        width=width,
        height=height,
        level=level,
        frame=_frame(video),
        rotation=video.rotation,
        deinterlace=video.interlaced,
        tonemap=video_range(video) != "SDR",
        colour=encoded_colour(video),
    )
    return Rendition(
        name=name,
        kind="video",
        template=template,
        edges=timeline.edges,
        bandwidth=profile.peak,
        average=profile.maxrate,
        codecs=h264_string(level),
        width=width,
        height=height,
        frame_rate=video.frame_rate,
    )


def _scaled(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return even sizes with the short side at `side`."""
    width, height = size
    short = min(width, height)
    return max(2, round(width * side / short / 2) * 2), max(2, round(height * side / short / 2) * 2)


def _sound(timeline: _Timeline, audio: AudioTrack) -> Rendition:
    track = timeline.track(audio.stream, audio.base)
    tick, zero = audio.base.value, timeline.zero.value
    late = audio.start * tick - zero
    missing = timeline.seconds - (audio.stop * tick - zero)
    template: Segment
    whole = late <= _SILENCE and missing <= _SILENCE
    if audio.codecs is not None and (whole or audio.channels <= _FILLED_CHANNELS):
        template = CutAudio(
            track,
            Window(0, 0),
            timeline.packaging,
            CUT.name,
            samples=audio.frame_size or AAC_FRAME,
            rate=audio.sample_rate,
        )
        codecs, channels = audio.codecs, audio.channels
        rate = 64_000 * channels + 64_000
    else:
        template = EncodeAudio(track, 0, 0, _PREROLL, timeline.packaging, AAC_STEREO.name)
        codecs, channels, rate = "mp4a.40.2", 2, AAC_STEREO.peak
    name, title = sound_name(audio)
    return Rendition(
        name=f"{name}_aac",
        kind="audio",
        template=template,
        edges=timeline.edges,
        bandwidth=rate,
        average=rate,
        codecs=codecs,
        title=title,
        language=language_tag(audio.language),
        channels=channels,
        default=audio.default,
        characteristics=sound_characteristics(audio),
    )


def _text(timeline: _Timeline, text: TextTrack) -> Rendition:
    name, title = text_name(text)
    forced = is_forced(text)
    return Rendition(
        name=f"{name}_vtt",
        kind="subtitles",
        template=CutText(timeline.track(text.stream, text.base), 0, 0, TEXT.name),
        edges=timeline.edges,
        bandwidth=_TEXT_BANDWIDTH,
        average=_TEXT_BANDWIDTH,
        title=title,
        language=language_tag(text.language),
        default=text.default and not forced,
        forced=forced,
        characteristics=text_characteristics(text),
    )


def _settled(group: list[Rendition]) -> list[Rendition]:
    """Give a group unique titles and at most one default; sound always has one.

    RFC 8216 §4.3.4.1.1. Commentary and audio description are nobody's default while there is
    anything else.
    """
    main = [r for r in group if not {AUXILIARY, DESCRIBES_VIDEO} & {*r.characteristics}]
    chosen = next((r.name for r in main if r.default), None)
    if chosen is None and group and group[0].kind == "audio":
        chosen = (main or group)[0].name
    seen: dict[str, int] = {}
    result = []
    for rendition in group:
        count = seen[rendition.title] = seen.get(rendition.title, 0) + 1
        title = rendition.title if count == 1 else f"{rendition.title} {count}"
        result.append(
            msgspec.structs.replace(rendition, title=title, default=rendition.name == chosen)
        )
    return result
