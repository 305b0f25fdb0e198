"""The part of a plan that is distributed. Pure."""

from __future__ import annotations

import msgspec

from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import CutSubtitles, Segment


def distribution_plan(plan: Plan, most_height: int) -> Plan:
    """Return a video's plan with only H.264, stereo AAC and WebVTT, in MPEG-TS.

    No video has a short side of more than `most_height` pixels, unless all have. H.264 that is
    small enough is cut. With a source of another codec the ladder is planned for fMP4, so that a
    player can switch between all of them; here the ladder alone uses MPEG-TS, which plays anywhere.
    """
    videos = [r for r in plan.renditions if r.kind == "video" and _has_codec(r, "avc1.")]
    small = [r for r in videos if min(r.width, r.height) <= most_height]
    others = [
        r
        for r in plan.renditions
        if r.kind == "subtitles" or (r.kind == "audio" and not r.surround)
    ]
    chosen = (*(small or videos[-1:]), *others)
    return msgspec.structs.replace(
        plan,
        packaging="ts",
        renditions=tuple(
            msgspec.structs.replace(r, template=_in_transport_stream(r.template)) for r in chosen
        ),
    )


def _has_codec(rendition: Rendition, codec: str) -> bool:
    return rendition.codecs is not None and rendition.codecs.startswith(codec)


def _in_transport_stream(template: Segment) -> Segment:
    if isinstance(template, CutSubtitles):
        return template
    return msgspec.structs.replace(template, packaging="ts")
