"""Subtitle files of a video as renditions of its plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.encoding_profiles import SUBTITLES
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.rendition_names import language_tag, subtitle_name
from blobhls.media.plan.roles import TRANSCRIBES
from blobhls.media.probe_values import SubtitleTrack
from blobhls.media.results import SubtitleSurvey
from blobhls.recipe import CutSubtitleFile, Ratio, Track

_BANDWIDTH: Final = 2_000  # bits a second; ample for cues
# Players count a subtitle file's times from the start of the video file. Where the video's own
# times begin far from zero, as in recordings of broadcasts, that is its first frame.
_NEAR_ZERO: Final = Fraction(1, 2)


class SubtitleFile(msgspec.Struct, frozen=True):
    """A subtitle file: the survey of its content, and what its name states."""

    survey: SubtitleSurvey
    language: str | None
    title: str | None
    forced: bool
    hearing_impaired: bool
    default: bool


def with_subtitle_files(plan: Plan, files: Sequence[SubtitleFile]) -> Plan:
    """Return a plan with subtitle files appended to its own subtitles, in the given order.

    The plan's own renditions are unchanged, and so are their seals: a file's rendition is named
    by the fingerprint of its content.
    """
    renditions = list(plan.renditions)
    for file in files:
        rendition = _rendition(plan, file)
        if all(other.name != rendition.name for other in renditions):
            renditions.append(_with_unique_title(rendition, renditions))
    return msgspec.structs.replace(plan, renditions=tuple(renditions))


def _rendition(plan: Plan, file: SubtitleFile) -> Rendition:
    zero = plan.renditions[0].template.track.zero
    start = zero if 0 <= zero.value <= _NEAR_ZERO else Ratio(0, 1)
    track = Track(file.survey.source_id, 0, file.survey.base, start)
    name, title = subtitle_name(_as_track(file))
    slug = name.rpartition("-")[2]
    return Rendition(
        name=f"subs-{file.survey.source_id[:12]}-{slug}_vtt",
        kind="subtitles",
        template=CutSubtitleFile(
            track, 0, 0, SUBTITLES.name, encoding=file.survey.encoding, format=file.survey.format
        ),
        edges=plan.renditions[-1].edges,
        bandwidth=_BANDWIDTH,
        average=_BANDWIDTH,
        title=title,
        language=language_tag(file.language),
        default=file.default and not file.forced,
        forced=file.forced,
        characteristics=TRANSCRIBES if file.hearing_impaired else (),
    )


def _as_track(file: SubtitleFile) -> SubtitleTrack:
    """Return a file as if it were an embedded track, to name it like one."""
    return SubtitleTrack(
        stream=0,
        codec=file.survey.format,
        text=True,
        base=file.survey.base,
        language=file.language,
        title=file.title,
        default=file.default,
        forced=file.forced,
        hearing_impaired=file.hearing_impaired,
    )


def _with_unique_title(rendition: Rendition, others: Sequence[Rendition]) -> Rendition:
    """Return a rendition with a title of its own, and no second default (RFC 8216 §4.3.4.1.1)."""
    group = [other for other in others if other.kind == rendition.kind]
    titles = {other.title for other in group}
    title, number = rendition.title, 2
    while title in titles:
        title, number = f"{rendition.title} {number}", number + 1
    default = rendition.default and not any(other.default for other in group)
    return msgspec.structs.replace(rendition, title=title, default=default)
