"""What worker processes answer. Apart from them, so that the server need not load libav."""

from __future__ import annotations

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.media.error_values import ErrorValue
from blobhls.recipe import Ratio, SubtitleFormat


class IFrame(msgspec.Struct, frozen=True, array_like=True):
    """A picture of a segment that decodes alone, as a range of the segment's bytes."""

    offset: int  # bytes
    length: int  # bytes
    after: int  # ticks of 90 kHz from the start of the segment's window to its presentation


class Engine(msgspec.Struct, frozen=True):
    """What may change the bytes that a worker makes, beside the recipe."""

    name: str  # libav* and the class of CPU
    image_encoder: str  # of `ScaledImage`


class WrittenBlob(msgspec.Struct, frozen=True):
    """Bytes that a worker wrote to a file, not synced yet."""

    blob_id: BlobId
    size: int


class RenderedBlob(WrittenBlob, frozen=True, tag="rendered"):
    """The bytes of a recipe, in such a file."""

    engine: str  # that made them: `Engine.name`
    iframes: tuple[IFrame, ...] = ()  # of a video segment


class BatchResult(msgspec.Struct, frozen=True):
    """What became of several recipes, in their order."""

    outcomes: tuple[RenderedBlob | ErrorValue, ...]


class SubtitleSurvey(msgspec.Struct, frozen=True):
    """What is known of a subtitle file after it was looked at."""

    source_id: str
    encoding: str  # of Python's codecs
    format: SubtitleFormat
    base: Ratio  # seconds a tick of its times


class FirstSegment(msgspec.Struct, frozen=True):
    """The first segment of a video, made while its file was open anyway."""

    recipe: bytes  # its canonical encoding
    rendered: RenderedBlob


class SourceSurvey(msgspec.Struct, frozen=True):
    """What is known of a source after it was looked at; bodies are encoded values."""

    source_id: str
    probe: bytes
    plan_id: str
    plan: bytes
    duration: float  # seconds
    first_segment: FirstSegment | None = None


class FileFacts(msgspec.Struct, frozen=True):
    """What a file shows of itself, for NIP-94 tags (BUD-08). None: not known, or not of its kind.

    Two files are told apart by their hash alone: facts may be wrong where a file lies.
    """

    width: int | None = None  # square pixels, as shown: turned upright
    height: int | None = None
    duration: float | None = None  # seconds
    blurhash: str | None = None
    media_type: str | None = None  # by its content, where that can be told
    original: str | None = None  # SHA-256 of the file that this one was made of


class RenderedImage(msgspec.Struct, frozen=True):
    """A picture that a worker wrote to a file, not synced yet, and what is to be seen of it."""

    info: BlobInfo
    facts: FileFacts
