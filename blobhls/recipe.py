"""Recipes: everything that determines one blob before it exists.

A recipe's id is the BLAKE3 of its canonical encoding. Changing a field, its meaning or what a
profile's settings are changes bytes: give the recipe a new tag, or the profile a new name.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal, Protocol, TypeAlias, cast

import msgspec
from blake3 import blake3

from blobhls.blob import BlobId

Packaging: TypeAlias = Literal["ts", "fmp4"]
Curve: TypeAlias = Literal["pq", "hlg"]  # SMPTE ST 2084 and BT.2100 HLG
SubtitleFormat: TypeAlias = Literal["ass", "srt", "webvtt"]  # of a subtitle file, as libav calls it

# Where time 0 of the timeline stands in the segments: far enough from zero that no decode time of
# reordered frames is negative, even at one frame a second.
LEAD_SECONDS: Final = 10
MPEG_CLOCK: Final = 90_000  # Hz; the clock of MPEG-TS, used in fMP4 video too
TEXT_REACH: Final = 30  # seconds before a window in which cues begin that are shown in it
AAC_FRAME: Final = 1024  # samples
AAC_RATE: Final = 48_000  # Hz, of re-encoded audio


class RecipeId(str):
    """BLAKE3 of a recipe's canonical encoding, 64 lowercase hex digits."""

    __slots__ = ()


class Ratio(msgspec.Struct, frozen=True, array_like=True):
    """An exact rational that encodes canonically."""

    num: int
    den: int

    @classmethod
    def of(cls, value: Fraction | int) -> Ratio:
        """Return `value` in lowest terms."""
        value = Fraction(value)
        return cls(value.numerator, value.denominator)

    @property
    def value(self) -> Fraction:
        """The same number, to calculate with."""
        return Fraction(self.num, self.den)


class Join(msgspec.Struct, frozen=True, array_like=True):
    """Where a file goes on with another clock, and by how much time stamps are moved from there."""

    position: int  # byte
    shift: int  # ticks of `MPEG_CLOCK`, from the file's own time


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stream of a source, and how its clock relates to the video's timeline."""

    source_id: str
    stream: int  # index in the container
    base: Ratio  # seconds a tick
    zero: Ratio  # seconds, in the source's own time, at which the timeline starts
    joins: tuple[Join, ...] = ()  # of a stream in a file of several recordings, in its order


class Window(msgspec.Struct, frozen=True):
    """Half-open span of one segment, in ticks of the track's time base."""

    start: int
    stop: int  # equals the next window's start
    # Byte of the source to start reading at, where a format can't seek by time; -1: by time.
    position: int = -1


class _HasTrack(Protocol):
    @property
    def track(self) -> Track: ...


class _HasPackaging(Protocol):
    @property
    def packaging(self) -> Packaging: ...


class BaseRecipe(msgspec.Struct, frozen=True):
    """What all recipes have in common. It has no fields: these are what an encoding holds."""

    @property
    def recipe_id(self) -> RecipeId:
        """BLAKE3 of the canonical encoding."""
        return RecipeId(blake3(encode(cast("Recipe", self))).hexdigest())

    @property
    def source_id(self: _HasTrack) -> str:
        """What it reads: the source_id of a file, or a blob in the form that `image_blob` reads."""
        return self.track.source_id

    @property
    def media_type(self: _HasPackaging) -> str:
        """Media type of the blob that it makes."""
        return "video/mp2t" if self.packaging == "ts" else "video/iso.segment"


class CutVideo(BaseRecipe, frozen=True, tag="cut-video-2"):
    """Coded frames from one IDR up to the next window's, untouched (stream copy)."""

    track: Track
    window: Window
    packaging: Packaging
    profile: str


class EncodeVideo(BaseRecipe, frozen=True, tag="encode-video-2"):
    """The frames of a window, decoded, scaled and encoded as H.264."""

    track: Track
    window: Window
    packaging: Packaging
    profile: str
    width: int
    height: int
    level: int  # H.264 level_idc
    frame: int  # 90 kHz ticks of one frame, as encoded
    rotation: int = 0  # degrees counter-clockwise that the decoder reports: undone here
    mirrored: bool = False  # and upside down before that
    deinterlace: bool = False
    every: int = 1  # one of so many frames is encoded
    tonemap: Curve | None = None  # of an HDR source, which becomes BT.709
    peak: int = 0  # cd/m² that an HDR source goes up to
    # ISO/IEC 23091-2 primaries, transfer and matrix of the result, written into its headers:
    # without them players guess by height, and guess differently for each rung.
    colour: tuple[int, int, int] = (1, 1, 1)
    # Whether the container has decode times alone: decoded frames are then shown at these.
    decode_times: Literal[True] | msgspec.UnsetType = msgspec.UNSET
    # 90 kHz ticks after which a frame that lasts is encoded once more.
    longest: int | msgspec.UnsetType = msgspec.UNSET


class CutAudio(BaseRecipe, frozen=True, tag="cut-audio-1"):
    """Coded audio frames that begin in the window, untouched."""

    track: Track
    window: Window
    packaging: Packaging
    profile: str
    samples: int  # of one frame
    rate: int  # samples a second


class EncodeAudio(BaseRecipe, frozen=True, tag="encode-audio-1"):
    """Frames `start` to `stop` of the profile's global grid at 48 kHz, mixed and encoded."""

    track: Track
    start: int  # number of the first frame; frame 0 starts at time 0 of the timeline
    stop: int
    preroll: int  # frames encoded before `start` and thrown away
    packaging: Packaging
    profile: str
    position: int = -1


class CutSubtitles(BaseRecipe, frozen=True, tag="cut-text-1"):
    """Cues that are visible in a span of the timeline, as WebVTT."""

    track: Track
    start: int  # milliseconds of the timeline
    stop: int
    profile: str
    position: int = -1
    # Ticks of the track at which cues begin that are seen in the span and stand far before it.
    earlier: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def media_type(self) -> str:
        """Always WebVTT."""
        return "text/vtt"


class CutSubtitleFile(CutSubtitles, frozen=True, tag="cut-text-file-1"):
    """The same from a subtitle file, which is a source of its own.

    Its encoding was guessed once, when it was looked at; guessing anew might end otherwise.
    """

    encoding: str = "utf-8"  # of Python's codecs
    format: SubtitleFormat = "srt"


class Init(BaseRecipe, frozen=True, tag="init-1"):
    """`EXT-X-MAP` of the rendition that a recipe belongs to."""

    of: CutVideo | EncodeVideo | CutAudio | EncodeAudio

    @property
    def track(self) -> Track:
        """The track it describes."""
        return self.of.track

    @property
    def profile(self) -> str:
        """The profile of its segments."""
        return self.of.profile

    @property
    def packaging(self) -> Packaging:
        """Always fMP4: a transport stream has no initialisation section."""
        return self.of.packaging

    @property
    def media_type(self) -> str:
        """That of a whole file; a segment of fMP4 has another."""
        return "video/mp4"


class Blank(BaseRecipe, frozen=True, tag="blank-1"):
    """The bytes that stand in for a segment that can't be made: black, silent or without cues.

    A blank is as long as its segment. For cut video it is a still frame of the same track. It has a
    recipe of its own: the segment stays unbound, and nothing is sealed with a blank.
    """

    of: CutVideo | EncodeVideo | CutAudio | EncodeAudio | CutSubtitles | CutSubtitleFile

    @property
    def track(self) -> Track:
        """The track it stands in for."""
        return self.of.track

    @property
    def profile(self) -> str:
        """The profile of what it stands in for."""
        return self.of.profile

    @property
    def media_type(self) -> str:
        """That of what it stands in for."""
        return self.of.media_type


class ScaledImage(BaseRecipe, frozen=True, tag="scaled-1"):
    """An image that is a blob itself, scaled, as WebP."""

    picture: str  # blob_id of the original image
    width: int  # pixels at most; a smaller image keeps its size
    encoder: str  # Pillow and libwebp: another version gives other bytes
    profile: str

    @property
    def media_type(self) -> str:
        """Always WebP."""
        return "image/webp"

    @property
    def source_id(self) -> str:
        """The original image, in the form that `image_blob` reads."""
        return f"{_PICTURE}{self.picture}"


Segment: TypeAlias = (
    CutVideo | EncodeVideo | CutAudio | EncodeAudio | CutSubtitles | CutSubtitleFile
)
Timed: TypeAlias = Segment | Init | Blank  # what has a track
Recipe: TypeAlias = Timed | ScaledImage

_PICTURE: Final = "picture:"  # in front of the blob_id of a source that is a blob

_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final[msgspec.json.Decoder[Recipe]] = msgspec.json.Decoder(Recipe)


def encode(recipe: Recipe) -> bytes:
    """Return the canonical encoding: equal recipes give equal bytes, on any machine."""
    return _encoder.encode(recipe)


def decode(body: bytes) -> Recipe:
    """Return the recipe of an encoding; raises `msgspec.DecodeError`."""
    return _decoder.decode(body)


def timed(recipe: Recipe) -> Timed:
    """Return a recipe that has a track; raises `TypeError` for one of an image."""
    if isinstance(recipe, ScaledImage):
        raise TypeError("an image has no track")
    return recipe


def image_blob(source_id: str) -> BlobId | None:
    """Return which blob a source is; None for one that is a file of the library."""
    return BlobId(source_id.removeprefix(_PICTURE)) if source_id.startswith(_PICTURE) else None
