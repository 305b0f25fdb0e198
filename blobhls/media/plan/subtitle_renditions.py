"""Subtitle files beside a video as renditions of its plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.encoding_profiles import TEXT
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.rendition_names import language_tag, text_name
from blobhls.media.probe_values import SubtitleTrack
from blobhls.media.results import SubtitleSurvey
from blobhls.recipe import CutSubtitleFile, Ratio, Track

_BANDWIDTH: Final = 2_000  # bits a second, generous for cues
# Players count a file's times from its own beginning. Where that is not near zero, as in what was
# recorded from the air, it is the first picture.
_NEAR: Final = Fraction(1, 2)
_HEARING: Final = (
    "public.accessibility.transcribes-spoken-dialog",
    "public.accessibility.describes-music-and-sound",
)


class SubtitleFile(msgspec.Struct, frozen=True):
    """A subtitle file: what was found in it, and what its name says."""

    found: SubtitleSurvey
    language: str | None
    title: str | None
    forced: bool
    hearing_impaired: bool
    default: bool


def with_texts(plan: Plan, files: Sequence[SubtitleFile]) -> Plan:
    """Return a plan with subtitle files behind its own subtitles, in their order.

    The plan's own renditions stay as they are, and so does what is sealed of them: a file's
    rendition is named by the fingerprint of its content.
    """
    renditions = list(plan.renditions)
    for file in files:
        rendition = _rendition(plan, file)
        if all(other.name != rendition.name for other in renditions):
            renditions.append(_unique(rendition, renditions))
    return msgspec.structs.replace(plan, renditions=tuple(renditions))


def _rendition(plan: Plan, file: SubtitleFile) -> Rendition:
    zero = plan.renditions[0].template.track.zero
    start = zero if 0 <= zero.value <= _NEAR else Ratio(0, 1)
    track = Track(file.found.source_id, 0, file.found.base, start)
    name, title = text_name(_as_track(file))
    slug = name.rpartition("-")[2]
    return Rendition(
        name=f"subs-{file.found.source_id[:12]}-{slug}_vtt",
        kind="subtitles",
        template=CutSubtitleFile(
            track, 0, 0, TEXT.name, encoding=file.found.encoding, format=file.found.format
        ),
        edges=plan.renditions[-1].edges,
        bandwidth=_BANDWIDTH,
        average=_BANDWIDTH,
        title=title,
        language=language_tag(file.language),
        default=file.default and not file.forced,
        forced=file.forced,
        characteristics=_HEARING if file.hearing_impaired else (),
    )


def _as_track(file: SubtitleFile) -> SubtitleTrack:
    """Return a file as if it were embedded, for the names that people see."""
    return SubtitleTrack(
        stream=0,
        codec=file.found.format,
        text=True,
        base=file.found.base,
        language=file.language,
        title=file.title,
        default=file.default,
        forced=file.forced,
        hearing_impaired=file.hearing_impaired,
    )


def _unique(rendition: Rendition, others: Sequence[Rendition]) -> Rendition:
    """Return a rendition that shares neither title nor default with others.

    RFC 8216 §4.3.4.1.1.
    """
    group = [other for other in others if other.kind == rendition.kind]
    titles = {other.title for other in group}
    title, number = rendition.title, 2
    while title in titles:
        title, number = f"{rendition.title} {number}", number + 1
    default = rendition.default and not any(other.default for other in group)
    return msgspec.structs.replace(rendition, title=title, default=default)
