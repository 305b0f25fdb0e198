"""From a probe to a plan. Pure: the same probe gives the same plan on any machine."""

from __future__ import annotations

from typing import Final

from blobhls.encoding_profiles import TEXT
from blobhls.media.plan.audio_renditions import sound_renditions
from blobhls.media.plan.groups import settled
from blobhls.media.plan.ladder import cut_edges, picture_renditions, soft_edges
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.rendition_names import language_tag, text_name
from blobhls.media.plan.roles import is_forced, text_characteristics
from blobhls.media.plan.timeline import Timeline
from blobhls.media.plan.windows import split_windows
from blobhls.media.probe_values import AudioTrack, Probe, SubtitleTrack, VideoTrack
from blobhls.recipe import CutSubtitles, Ratio

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
    sounds = sound_renditions(timeline, probe.audio)
    texts = [_text(timeline, track) for track in probe.text if track.text]
    positions: tuple[tuple[int, int], ...] = ()
    if probe.by_position and video:
        positions = tuple((key.pts, key.position) for key in video.key_frames)
    renditions = (*pictures, *sounds, *settled(texts))
    return Plan(source_id, timeline.packaging, timeline.base, positions, renditions)


def _text(timeline: Timeline, text: SubtitleTrack) -> Rendition:
    name, title = text_name(text)
    forced = is_forced(text)
    return Rendition(
        name=f"{name}_vtt",
        kind="subtitles",
        template=CutSubtitles(timeline.track(text), 0, 0, TEXT.name),
        edges=timeline.edges,
        bandwidth=_TEXT_BANDWIDTH,
        average=_TEXT_BANDWIDTH,
        title=title,
        language=language_tag(text.language),
        default=text.default and not forced,
        forced=forced,
        characteristics=text_characteristics(text),
        long_cues=text.long,
    )
