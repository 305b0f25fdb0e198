"""Subtitle streams of a file, and their cues that stay on screen for long."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from blobhls.media.container.matroska import long_cues
from blobhls.media.probe.key_frames import PacketFacts
from blobhls.media.probe_values import NO_DECODER, SubtitleTrack
from blobhls.recipe import TEXT_REACH, Ratio

_TEXT_CODECS: Final = frozenset({"srt", "subrip", "ass", "ssa", "mov_text", "webvtt", "text"})
_MAX_LONG_CUES: Final = 1_000  # cues of a track


def long_cues_by_stream(container: InputContainer) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the cues of each stream that last longer than a window looks back, in ticks."""
    if not container.format.name.startswith("matroska"):
        return {}
    try:
        found = long_cues(Path(container.name), TEXT_REACH)
    except OSError:
        return {}
    return {stream: tuple(sorted(cues)[:_MAX_LONG_CUES]) for stream, cues in found.items()}


def subtitle_track(
    stream: SubtitleStream, long: tuple[tuple[int, int], ...], found: PacketFacts
) -> SubtitleTrack:
    """Return the facts of a subtitle stream; `long`: its cues that last long."""
    flags = stream.disposition
    codec = stream.codec_context.name if stream.codec_context else NO_DECODER
    return SubtitleTrack(
        stream=stream.index,
        codec=codec,
        text=codec in _TEXT_CODECS,
        base=Ratio.of(stream.time_base or Fraction(1, 1000)),
        language=stream.language,
        title=stream.metadata.get("title"),
        default=bool(flags & Disposition.default),
        forced=bool(flags & Disposition.forced),
        hearing_impaired=bool(flags & (Disposition.hearing_impaired | Disposition.captions)),
        long_cues=long,
        joins=found.joins.get(stream.index, ()),
    )
