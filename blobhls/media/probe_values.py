"""What a probe finds out about a file: plain values, without libav."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from blobhls.recipe import Join, Ratio

STEREO: Final = 2  # channels; more channels are surround


class KeyFrame(msgspec.Struct, frozen=True, array_like=True):
    """A frame that decoding can start at."""

    pts: int  # ticks of the track
    position: int  # byte in the file, -1 where the container does not state it
    clean: bool  # no later frame refers to an earlier one: a cut point


class DolbyVision(msgspec.Struct, frozen=True, array_like=True):
    """The configuration record of Dolby Vision: what its decoders find beside the base layer."""

    profile: int
    level: int
    base: int  # bl_signal_compatibility_id, of the base layer: 0 none, 1 HDR10, 2 SDR, 4 HLG


class VideoTrack(msgspec.Struct, frozen=True):
    """The video stream that is offered."""

    stream: int
    codec: str  # libav's name: h264, hevc, av1, vp9, mpeg4, …
    codecs: str | None  # RFC 6381 string from the parameter sets; None where it can't be cut
    profile: str
    width: int  # coded pixels
    height: int
    aspect: Ratio  # of one pixel
    pixel_format: str
    frame_rate: Ratio  # average
    tick_rate: Ratio  # the shortest distance between frames, as a rate
    base: Ratio
    start: int  # presentation time of the first frame
    stop: int  # end of the last frame
    rotation: int  # degrees, 0, 90, 180, 270
    interlaced: bool
    transfer: int  # ISO/IEC 23091-2 TransferCharacteristics
    steady: bool  # every inspected packet had a time stamp
    key_frames: tuple[KeyFrame, ...]
    peak_rate: int  # bits a second of the densest stretch between key frames, 0 where unknown
    primaries: int = 2  # ISO/IEC 23091-2 ColourPrimaries; 2: unspecified
    matrix: int = 2  # ISO/IEC 23091-2 MatrixCoefficients; 2: unspecified
    captions: tuple[str, ...] = ()  # closed captions inside the frames: CC1, SERVICE1, …
    mirrored: bool = False  # flipped vertically before it was rotated
    peak: int = 0  # cd/m² of the brightest light in an HDR video, 0 where it is not stated
    dolby: DolbyVision | None = None
    decode_times: bool = False  # no presentation times: libav guesses them, often wrongly
    joins: tuple[Join, ...] = ()  # with other recordings in the file

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels, after rotation."""
        width, height = round(self.width * self.aspect.value), self.height
        return (height, width) if self.rotation % 180 else (width, height)


class AudioTrack(msgspec.Struct, frozen=True):
    """One audio stream."""

    stream: int
    codec: str
    codecs: str | None  # RFC 6381 string; None where it can't be cut
    channels: int
    sample_rate: int
    frame_size: int  # samples a packet, 0 where it varies or is unknown
    base: Ratio
    start: int
    stop: int
    language: str | None  # as stated in the file, mostly ISO 639-2
    title: str | None
    default: bool
    commentary: bool
    described: bool
    bit_rate: int = 0  # bits a second, 0 where the file does not state it
    objects: bool = False  # Dolby Atmos: objects in addition to the channels (JOC)
    joins: tuple[Join, ...] = ()  # with other recordings in the file


NO_DECODER: Final = "unknown"
"""`codec` of a stream that libav has no decoder for, and therefore no name."""


class SubtitleTrack(msgspec.Struct, frozen=True):
    """One subtitle stream; `text` is False for bitmaps, which are listed but not offered."""

    stream: int
    codec: str
    text: bool
    base: Ratio
    language: str | None
    title: str | None
    default: bool
    forced: bool
    hearing_impaired: bool
    # Cues that last longer than a window looks back: start and end in ticks.
    long_cues: tuple[tuple[int, int], ...] = msgspec.field(default=(), name="long")
    joins: tuple[Join, ...] = ()  # with other recordings in the file

    @property
    def problem(self) -> str | None:
        """Why it is not offered, in words for viewers; None where it is offered."""
        if self.text:
            return None
        if self.codec == NO_DECODER:
            return "this server can't decode it; teletext would need a libav built with libzvbi"
        return "it consists of images, and HLS subtitles are text"


class Chapter(msgspec.Struct, frozen=True):
    """A titled part of a video, in seconds; half-open."""

    start: Ratio
    end: Ratio
    title: str  # may be empty


class Probe(msgspec.Struct, frozen=True):
    """Everything that planning needs to know about a source."""

    container: str
    size: int  # bytes
    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    subtitles: tuple[SubtitleTrack, ...] = msgspec.field(name="text")
    by_position: bool  # seek by byte: seeks by time don't land on key frames in this format
    # In the source's own time, as the tracks are; None: probed before chapters were recorded.
    chapters: tuple[Chapter, ...] | None = None

    @property
    def duration(self) -> Fraction:
        """Seconds of the timeline: of the video, or without video of the longest audio track."""
        tracks = (self.video,) if self.video else self.audio
        return max((t.stop - t.start) * t.base.value for t in tracks if t is not None)
