"""What all renditions of one video have in common."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from blobhls.media.probe_values import AudioTrack, SubtitleTrack, VideoTrack
from blobhls.recipe import Packaging, Ratio, Track


class Timeline(msgspec.Struct, frozen=True):
    """The time of one video, and the packaging of its segments."""

    source_id: str
    base: Ratio  # seconds a tick of the edges
    zero: Ratio  # seconds in the source at which the timeline starts
    edges: tuple[int, ...]  # of every rendition except cut video
    packaging: Packaging

    @property
    def seconds(self) -> Fraction:
        """The duration of the video."""
        return (self.edges[-1] - self.edges[0]) * self.base.value

    def track(self, of: VideoTrack | AudioTrack | SubtitleTrack) -> Track:
        """Return a stream as recipes refer to it."""
        return Track(self.source_id, of.stream, of.base, self.zero, of.joins)
