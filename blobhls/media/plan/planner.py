"""From a probe to a plan. Pure: the same probe gives the same plan on every machine."""

from __future__ import annotations

from typing import Final

from blobhls.encoding_profiles import SUBTITLES
from blobhls.media.plan.audio_renditions import audio_renditions
from blobhls.media.plan.groups import with_unique_titles
from blobhls.media.plan.ladder import cut_edges, key_frame_edges, video_renditions
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.rendition_names import language_tag, subtitle_name
from blobhls.media.plan.roles import is_forced, subtitle_characteristics
from blobhls.media.plan.timeline import Timeline
from blobhls.media.plan.windows import split_windows
from blobhls.media.probe_values import AudioTrack, Probe, SubtitleTrack, VideoTrack
from blobhls.recipe import CutSubtitles, Ratio

_SUBTITLE_BANDWIDTH: Final = 2_000  # bits a second; ample for cues


def make_plan(source_id: str, probe: Probe) -> Plan:
    """Plan every rendition of a probed source."""
    video = probe.video
    reference: VideoTrack | AudioTrack = video or probe.audio[0]
    base = reference.base.value
    cut = cut_edges(video) if video else None
    if video:
        edges = cut or key_frame_edges(video)
    else:
        edges = (reference.start, max(round(t.stop * t.base.value / base) for t in probe.audio))
    timeline = Timeline(
        source_id=source_id,
        base=reference.base,
        zero=Ratio.of(reference.start * base),
        edges=split_windows(edges, base),
        packaging="fmp4" if cut and video and video.codec != "h264" else "ts",
    )
    video_group = video_renditions(timeline, video, cut, probe.size) if video else []
    audio_group = audio_renditions(timeline, probe.audio)
    subtitle_group = [
        _subtitle_rendition(timeline, track) for track in probe.subtitles if track.text
    ]
    positions: tuple[tuple[int, int], ...] = ()
    if probe.by_position and video:
        positions = tuple((key.pts, key.position) for key in video.key_frames)
    renditions = (*video_group, *audio_group, *with_unique_titles(subtitle_group))
    return Plan(source_id, timeline.packaging, timeline.base, positions, renditions)


def _subtitle_rendition(timeline: Timeline, track: SubtitleTrack) -> Rendition:
    name, title = subtitle_name(track)
    forced = is_forced(track)
    return Rendition(
        name=f"{name}_vtt",
        kind="subtitles",
        template=CutSubtitles(timeline.track(track), 0, 0, SUBTITLES.name),
        edges=timeline.edges,
        bandwidth=_SUBTITLE_BANDWIDTH,
        average=_SUBTITLE_BANDWIDTH,
        title=title,
        language=language_tag(track.language),
        default=track.default and not forced,
        forced=forced,
        characteristics=subtitle_characteristics(track),
        long_cues=track.long_cues,
    )
