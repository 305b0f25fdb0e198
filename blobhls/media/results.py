"""Results of jobs. They are in a module of their own, so that the server need not load libav."""

from __future__ import annotations

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.media.error_values import ErrorValue
from blobhls.recipe import Ratio, SubtitleFormat


class IFrame(msgspec.Struct, frozen=True, array_like=True):
    """A frame of a segment that decodes alone, as a range of the segment's bytes."""

    offset: int  # bytes
    length: int  # bytes
    after: int  # ticks of 90 kHz from the start of the segment's window to its presentation


class Engine(msgspec.Struct, frozen=True):
    """What may change the bytes that a worker renders, besides the recipe."""

    name: str  # libav* and the class of CPU
    image_encoder: str  # of `ScaledImage`


class WrittenBlob(msgspec.Struct, frozen=True):
    """Bytes that a worker wrote to a file, not synced yet."""

    blob_id: BlobId
    size: int


class RenderedBlob(WrittenBlob, frozen=True, tag="rendered"):
    """The bytes of a recipe that a worker wrote to a file."""

    engine: str  # that rendered them: `Engine.name`
    iframes: tuple[IFrame, ...] = ()  # of a video segment


class BatchResult(msgspec.Struct, frozen=True):
    """The outcomes of several recipes, in their order."""

    outcomes: tuple[RenderedBlob | ErrorValue, ...]


class SubtitleSurvey(msgspec.Struct, frozen=True):
    """The result of surveying a subtitle file."""

    source_id: str
    encoding: str  # of Python's codecs
    format: SubtitleFormat
    base: Ratio  # seconds a tick of its times


class FirstSegment(msgspec.Struct, frozen=True):
    """The first segment of a video, cut during its survey."""

    recipe: bytes  # its canonical encoding
    rendered: RenderedBlob


class SourceSurvey(msgspec.Struct, frozen=True):
    """The result of surveying a source; `probe` and `plan` are encoded values."""

    source_id: str
    probe: bytes
    plan_id: str
    plan: bytes
    duration: float  # seconds
    first_segment: FirstSegment | None = None


class FileFacts(msgspec.Struct, frozen=True):
    """Facts of a file, for NIP-94 tags (BUD-08). None: not known, or not applicable.

    Facts may be wrong if the file's metadata is wrong; only the hash identifies a file.
    """

    width: int | None = None  # square pixels, as shown: turned upright
    height: int | None = None
    duration: float | None = None  # seconds
    blurhash: str | None = None
    media_type: str | None = None  # by its content, if that can be sniffed
    original: str | None = None  # SHA-256 of the file before optimising


class RenderedImage(msgspec.Struct, frozen=True):
    """An image that a worker wrote to a file, not synced yet, and its facts."""

    info: BlobInfo
    facts: FileFacts
