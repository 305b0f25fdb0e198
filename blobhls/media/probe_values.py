"""What a probe finds out about a file: plain values, no libav."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from blobhls.recipe import Join, Ratio

STEREO: Final = 2  # channels; what has more is surround sound


class KeyFrame(msgspec.Struct, frozen=True, array_like=True):
    """A picture that decoding can start at."""

    pts: int  # ticks of the track
    position: int  # byte in the file, -1 where the container does not say
    clean: bool  # nothing after it refers to what came before it: a cut point


class DolbyVision(msgspec.Struct, frozen=True, array_like=True):
    """What a decoder of Dolby Vision finds beside the base layer (its configuration record)."""

    profile: int
    level: int
    base: int  # bl_signal_compatibility_id: what others see; 0: nothing, 1: HDR10, 2: SDR, 4: HLG


class VideoTrack(msgspec.Struct, frozen=True):
    """The video stream that will be shown."""

    stream: int
    codec: str  # libav's name: h264, hevc, av1, vp9, mpeg4, …
    codecs: str | None  # RFC 6381 string from the parameter sets, where it can be cut
    profile: str
    width: int  # coded pixels
    height: int
    aspect: Ratio  # of one pixel
    pixel_format: str
    frame_rate: Ratio  # average
    tick_rate: Ratio  # the shortest distance between pictures, as a rate
    base: Ratio
    start: int  # presentation time of the first picture
    stop: int  # end of the last one
    rotation: int  # degrees, 0, 90, 180, 270
    interlaced: bool
    transfer: int  # ISO/IEC 23091-2 TransferCharacteristics
    steady: bool  # every packet looked at had a time stamp
    key_frames: tuple[KeyFrame, ...]
    peak_rate: int  # bits a second of the densest stretch between key frames, 0 where unknown
    primaries: int = 2  # ISO/IEC 23091-2 ColourPrimaries; 2: the file does not say
    matrix: int = 2  # ISO/IEC 23091-2 MatrixCoefficients; 2: the file does not say
    captions: tuple[str, ...] = ()  # closed captions among the pictures: CC1, SERVICE1, …
    mirrored: bool = False  # upside down, before it was turned
    peak: int = 0  # cd/m² of the brightest that an HDR film holds, 0 where it does not say
    dolby: DolbyVision | None = None
    decode_times: bool = False  # alone: libav guesses when its pictures are shown, often wrongly
    joins: tuple[Join, ...] = ()  # with other recordings in the file

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels, turned as a viewer sees it."""
        width, height = round(self.width * self.aspect.value), self.height
        return (height, width) if self.rotation % 180 else (width, height)


class AudioTrack(msgspec.Struct, frozen=True):
    """One audio stream."""

    stream: int
    codec: str
    codecs: str | None  # RFC 6381 string, where it can be cut
    channels: int
    sample_rate: int
    frame_size: int  # samples a packet, 0 where it varies or is not known
    base: Ratio
    start: int
    stop: int
    language: str | None  # as the file has it, mostly ISO 639-2
    title: str | None
    default: bool
    commentary: bool
    described: bool
    bit_rate: int = 0  # bits a second, 0 where the file does not say
    objects: bool = False  # Dolby Atmos: objects beside the channels (JOC)
    joins: tuple[Join, ...] = ()  # with other recordings in the file


NO_DECODER: Final = "unknown"
"""`codec` of what libav has no decoder for, and then no name either."""


class SubtitleTrack(msgspec.Struct, frozen=True):
    """One subtitle stream; `text` is False for pictures, which are listed but not offered."""

    stream: int
    codec: str
    text: bool
    base: Ratio
    language: str | None
    title: str | None
    default: bool
    forced: bool
    hearing_impaired: bool
    # Cues that are seen for so long that a window would not look back as far: start and end, ticks.
    long: tuple[tuple[int, int], ...] = ()
    joins: tuple[Join, ...] = ()  # with other recordings in the file

    @property
    def problem(self) -> str | None:
        """Why it is not offered, for people; None where it is."""
        if self.text:
            return None
        if self.codec == NO_DECODER:
            return "nothing here can read it: of teletext, libav would need libzvbi"
        return "it is made of pictures, and subtitles of HLS are text"


class Chapter(msgspec.Struct, frozen=True):
    """A part of a video that its maker gave a name, in seconds; half-open."""

    start: Ratio
    end: Ratio
    title: str  # may be empty


class Probe(msgspec.Struct, frozen=True):
    """All that planning needs to know of a source."""

    container: str
    size: int  # bytes
    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    text: tuple[SubtitleTrack, ...]
    by_position: bool  # seek by byte position: time seeks don't land exactly in this format
    # In the source's own time, as tracks are; None: probed before anybody looked for them.
    chapters: tuple[Chapter, ...] | None = None

    @property
    def duration(self) -> Fraction:
        """Seconds of the timeline: of the video, else of the longest audio track."""
        tracks = (self.video,) if self.video else self.audio
        return max((t.stop - t.start) * t.base.value for t in tracks if t is not None)
