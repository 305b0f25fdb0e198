"""From a probe to a plan. Pure: the same probe gives the same plan on any machine."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from blobhls.media.ladder import cut_edges, picture_renditions, soft_edges
from blobhls.media.naming import language_tag, sound_name, text_name
from blobhls.media.plan import Plan, Rendition
from blobhls.media.roles import (
    AUXILIARY,
    DESCRIBES_VIDEO,
    is_forced,
    sound_characteristics,
    text_characteristics,
)
from blobhls.media.timeline import Timeline
from blobhls.media.values import AudioTrack, Probe, TextTrack, VideoTrack
from blobhls.media.windows import split_windows
from blobhls.recipe import (
    AAC_FRAME,
    AAC_STEREO,
    CUT,
    TEXT,
    CutAudio,
    CutText,
    EncodeAudio,
    Ratio,
    Segment,
    Window,
)

_PREROLL: Final = 4  # AAC frames encoded ahead of a window and thrown away (ADR 5)
_SILENCE: Final = Fraction(1, 2)  # seconds that cut sound may be missing at either end …
_FILLED_CHANNELS: Final = 6  # … where there is no silent frame of so many channels to fill it
_TEXT_BANDWIDTH: Final = 2_000  # bits a second, generous for cues


def make_plan(source_id: str, probe: Probe) -> Plan:
    """Plan every rendition of a probed source."""
    video = probe.video
    reference: VideoTrack | AudioTrack = video or probe.audio[0]
    base = reference.base.value
    cut = cut_edges(video) if video else None
    if video:
        edges = cut or soft_edges(video)
    else:
        edges = (reference.start, max(round(t.stop * t.base.value / base) for t in probe.audio))
    timeline = Timeline(
        source_id=source_id,
        base=reference.base,
        zero=Ratio.of(reference.start * base),
        edges=split_windows(edges, base),
        packaging="fmp4" if cut and video and video.codec != "h264" else "ts",
    )
    pictures = picture_renditions(timeline, video, cut, probe.size) if video else []
    sounds = [_sound(timeline, track) for track in probe.audio]
    texts = [_text(timeline, track) for track in probe.text if track.text]
    positions: tuple[tuple[int, int], ...] = ()
    if probe.by_position and video:
        positions = tuple((key.pts, key.position) for key in video.key_frames)
    renditions = (*pictures, *_settled(sounds), *_settled(texts))
    return Plan(source_id, timeline.packaging, timeline.base, positions, renditions)


def _sound(timeline: Timeline, audio: AudioTrack) -> Rendition:
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


def _text(timeline: Timeline, text: TextTrack) -> Rendition:
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
