"""A plan: every rendition of a video, its windows and their recipes. Immutable once stored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

import msgspec
from blake3 import blake3

from blobhls.encoding_profiles import ladder_profile, profile_named
from blobhls.errors import RenditionUnknown
from blobhls.recipe import (
    AAC_RATE,
    TEXT_REACH,
    CutAudio,
    CutSubtitleFile,
    CutSubtitles,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Init,
    Packaging,
    Ratio,
    Segment,
    Window,
)

_MAX_EARLIER_CUES: Final = 16  # cues; each costs a seek


class Rendition(msgspec.Struct, frozen=True):
    """One way to present a track. Its segments are the windows between consecutive `edges`."""

    name: str
    kind: Literal["video", "audio", "subtitles"]
    template: Segment  # recipe of the first segment; the others differ only in their span
    edges: tuple[int, ...]  # ticks of the video's time base, one more than segments
    bandwidth: int  # bits a second, maximum
    average: int  # bits a second
    codecs: str | None = None
    width: int = 0  # square pixels, after rotation
    height: int = 0
    frame_rate: Ratio = Ratio(0, 1)
    video_range: Literal["SDR", "PQ", "HLG"] = "SDR"
    supplemental: str | None = None  # codecs of layers that only some decoders show
    title: str = ""
    language: str | None = None
    channels: int = 0
    objects: bool = False  # Dolby Atmos in addition to the channels
    surround: bool = False  # more than two channels; a stereo rendition of its track exists too
    default: bool = False
    forced: bool = False
    characteristics: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()  # of video: channels of closed captions in its frames
    long_cues: tuple[tuple[int, int], ...] = ()  # of subtitles: see `SubtitleTrack.long_cues`

    @property
    def count(self) -> int:
        """The number of segments."""
        return len(self.edges) - 1


class Plan(msgspec.Struct, frozen=True):
    """Every rendition of one source: video in descending quality, audio, then subtitles."""

    source_id: str
    packaging: Packaging  # of everything except subtitles and AC-3
    base: Ratio  # seconds a tick of the edges
    positions: tuple[tuple[int, int], ...]  # tick and byte to read from; empty: seek by time
    renditions: tuple[Rendition, ...]

    @property
    def plan_id(self) -> str:
        """BLAKE3 of the canonical encoding."""
        return blake3(msgspec.json.encode(self, order="deterministic")).hexdigest()

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        edges = self.renditions[0].edges
        return (edges[-1] - edges[0]) * self.base.value

    @property
    def zero(self) -> Fraction:
        """Seconds in the source's own time at which the timeline starts."""
        return self.renditions[0].template.track.zero.value

    def rendition(self, name: str) -> Rendition:
        """Return the rendition of this name; raises `RenditionUnknown`."""
        for rendition in self.renditions:
            if rendition.name == name:
                return rendition
        raise RenditionUnknown(f"no rendition {name!r}")

    def durations(self, rendition: Rendition) -> list[Fraction]:
        """Return the seconds of each segment."""
        return [(stop - start) * self.base.value for start, stop in pairwise(rendition.edges)]

    def accelerated(self, hardware: str) -> Plan:
        """Return the plan with every video encode done by an encoder of `HARDWARE`."""
        return msgspec.structs.replace(
            self, renditions=tuple(_with_hardware(each, hardware) for each in self.renditions)
        )

    def recipe(self, rendition: Rendition, number: int) -> Segment:
        """Return the recipe of one segment; raises `RenditionUnknown` where there is none."""
        if not 0 <= number < rendition.count:
            raise RenditionUnknown(f"{rendition.name} has no segment {number}")
        edges = rendition.edges
        start, stop = edges[number], edges[number + 1]
        recipe = self._with_span(rendition.template, start, stop, edges[0])
        if isinstance(recipe, CutSubtitles) and rendition.long_cues:
            recipe = msgspec.structs.replace(
                recipe, earlier=_earlier_cues(recipe, rendition.long_cues)
            )
        return recipe

    def init(self, rendition: Rendition) -> Init | None:
        """Return the recipe of the `EXT-X-MAP`; None where segments need none."""
        first = self.recipe(rendition, 0)
        if isinstance(first, CutSubtitles) or first.packaging == "ts":
            return None
        return Init(first)

    def _with_span(self, template: Segment, start: int, stop: int, zero: int) -> Segment:
        base = self.base.value
        begin, end = (start - zero) * base, (stop - zero) * base
        match template:
            case CutVideo() | EncodeVideo():
                # The deinterlacer needs the frames before the window's first one.
                early = isinstance(template, EncodeVideo) and template.deinterlace
                window = Window(start, stop, self._position(start, early=early))
                return msgspec.structs.replace(template, window=window)
            case CutAudio(track=track):
                # A frame belongs to the window that contains its middle.
                half = Fraction(template.samples, 2 * template.rate)
                first = track.zero.value + begin - half
                last = track.zero.value + end - half
                window = Window(
                    math.ceil(first / track.base.value),
                    math.ceil(last / track.base.value),
                    self._position(start, early=True),
                )
                return msgspec.structs.replace(template, window=window)
            case EncodeAudio():
                frame = _nearest_frame(begin, template.profile)
                return msgspec.structs.replace(
                    template,
                    start=frame,
                    # A video of a single frame may be shorter than one audio frame.
                    stop=max(_nearest_frame(end, template.profile), frame + 1),
                    position=self._position(start, early=True),
                )
            case CutSubtitleFile():
                return msgspec.structs.replace(
                    template, start=round(begin * 1000), stop=round(end * 1000)
                )
            case CutSubtitles():
                return msgspec.structs.replace(
                    template,
                    start=round(begin * 1000),
                    stop=round(end * 1000),
                    position=self._position(start, early=True),
                )

    def _position(self, tick: int, *, early: bool = False) -> int:
        """Return the byte to read from for a window at `tick`, or -1 to seek by time.

        Audio and subtitles are written near the video that they go with. `early` starts two
        seconds ahead, which is more than multiplexers let them drift apart.
        """
        if not self.positions:
            return -1
        wanted = tick - (2 / self.base.value if early else 0)
        before = [position for at, position in self.positions if at <= wanted]
        return before[-1] if before else 0


def _earlier_cues(
    recipe: CutSubtitles, long_cues: Sequence[tuple[int, int]]
) -> tuple[int, ...] | msgspec.UnsetType:
    """Return where cues begin that are visible in the window but lie before the part that is read.

    Where there are very many, only the last ones.
    """
    tick = recipe.track.base.value
    start = (recipe.track.zero.value + Fraction(recipe.start, 1000)) / tick
    reach = start - TEXT_REACH / tick
    found = [begin for begin, end in long_cues if begin < reach and end > start]
    return tuple(found[-_MAX_EARLIER_CUES:]) or msgspec.UNSET


def _with_hardware(rendition: Rendition, hardware: str) -> Rendition:
    template = rendition.template
    if not isinstance(template, EncodeVideo):
        return rendition
    profile = ladder_profile(min(template.width, template.height), hardware)
    encode = msgspec.structs.replace(template, profile=profile.name)
    return msgspec.structs.replace(rendition, template=encode)


def _nearest_frame(seconds: Fraction, profile: str) -> int:
    """Return the number of the profile's frame that starts closest to `seconds`."""
    frame = Fraction(profile_named(profile).samples, AAC_RATE)
    return math.floor(seconds / frame + Fraction(1, 2))
