"""Jobs for the workers. Pure values, which the server and the workers read.

A job has everything that its result depends on, and references instead of paths. It is sent as
msgpack. Its generic base names the type of its result.
"""

from __future__ import annotations

from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from blobhls.media.plan.preview_plan import Sheet
from blobhls.media.probe_values import Chapter
from blobhls.media.references import BlobFile, SourceFile, StagedFile
from blobhls.media.results import (
    BatchResult,
    Engine,
    FileFacts,
    IFrame,
    RenderedBlob,
    RenderedImage,
    SourceSurvey,
    SubtitleSurvey,
    WrittenBlob,
)
from blobhls.recipe import EncodeVideo, Recipe

T_co = TypeVar("T_co", covariant=True)

_TIMEOUT: Final = 120  # seconds
_ENCODING_TIMEOUT: Final = 600  # seconds for one window of encoded video
_SURVEY_TIMEOUT: Final = 900  # seconds; a file without index is read through once
_SHORT_TIMEOUT: Final = 30  # seconds


class Job(msgspec.Struct, Generic[T_co], frozen=True):
    """A piece of work with a result of type `T_co`. The pool uses its properties."""

    @property
    def subject(self) -> str:
        """The subject of a failure, for a person: a file name."""
        return "the worker"

    @property
    def timeout(self) -> float:
        """Seconds until the worker is killed, unless the caller gives others."""
        return _TIMEOUT

    @property
    def heavy(self) -> bool:
        """Whether it takes seconds, so that it is killed when no caller waits any more."""
        return False

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        """The files that it writes.

        They belong to the caller if the job succeeds. If it fails, or the caller was cancelled,
        they are removed once no process can write to them any more.
        """
        return ()


class SourceJob(Job[T_co], Generic[T_co], frozen=True):
    """A job that reads one file."""

    source: SourceFile

    @property
    def subject(self) -> str:
        """The name of the file."""
        return self.source.title


class Survey(SourceJob[SourceSurvey], frozen=True, tag="survey"):
    """Fingerprint, probe and plan a file.

    `first_segment`: where to write the first segment, if it is cut. A client will request it next,
    and opening the file once more would take longer than cutting.
    """

    first_segment: StagedFile | None = None

    @property
    def timeout(self) -> float:
        """Long: without an index, the whole file is read."""
        return _SURVEY_TIMEOUT

    @property
    def heavy(self) -> bool:
        """For the same reason."""
        return True

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        """The first segment."""
        return () if self.first_segment is None else (self.first_segment,)


class SurveySubtitles(SourceJob[SubtitleSurvey], frozen=True, tag="survey-subtitles"):
    """Fingerprint a subtitle file and find out its encoding and format."""

    language: str | None  # as the file's name has it


class ReadChapters(SourceJob[tuple[Chapter, ...]], frozen=True, tag="read-chapters"):
    """Read the chapters of a file."""


class Render(SourceJob[RenderedBlob], frozen=True, tag="render"):
    """Render a recipe."""

    recipe: Recipe
    output: StagedFile

    @property
    def timeout(self) -> float:
        """Enough to encode a window."""
        return _ENCODING_TIMEOUT if self.heavy else _TIMEOUT

    @property
    def heavy(self) -> bool:
        """Whether video is encoded."""
        return isinstance(self.recipe, EncodeVideo)

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        """The blob."""
        return (self.output,)


class RenderBatch(SourceJob[BatchResult], frozen=True, tag="render-batch"):
    """Render several recipes of one source; one that fails does not stop the others."""

    recipes: tuple[Recipe, ...]
    outputs: tuple[StagedFile, ...]  # one for each recipe

    @property
    def timeout(self) -> float:
        """A second for all of them is usual."""
        return _ENCODING_TIMEOUT if self.heavy else _TIMEOUT

    @property
    def heavy(self) -> bool:
        """Whether video is encoded."""
        return any(isinstance(recipe, EncodeVideo) for recipe in self.recipes)


class FindIFrames(Job[tuple[IFrame, ...]], frozen=True, tag="find-iframes"):
    """Find the key frames in a segment that was rendered without noting them."""

    recipe: Recipe
    segment: BlobFile

    @property
    def subject(self) -> str:
        """A segment has no name."""
        return "a segment"


class ImageJob(Job[WrittenBlob], frozen=True):
    """An image for the catalogue."""

    output: StagedFile

    @property
    def media_type(self) -> str:
        """The type of the image."""
        return "image/jpeg"

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        """The image."""
        return (self.output,)


class SourceImageJob(ImageJob, frozen=True):
    """An image that is rendered from a file."""

    source: SourceFile

    @property
    def subject(self) -> str:
        """The name of the file."""
        return self.source.title


class Artwork(SourceImageJob, frozen=True, tag="artwork"):
    """Turn an image file into a JPEG of limited size."""

    width: int  # pixels, the most
    height: int


class Logo(SourceImageJob, frozen=True, tag="logo"):
    """Turn an image file into a WebP of limited size that keeps transparency."""

    width: int  # pixels, the most
    height: int

    @property
    def media_type(self) -> str:
        """A type with an alpha channel."""
        return "image/webp"


class Frame(SourceImageJob, frozen=True, tag="frame"):
    """Take a representative frame of a video."""

    width: int  # pixels, the most


class Poster(SourceImageJob, frozen=True, tag="poster"):
    """Render a poster from a frame of a video."""


class PreviewSheet(SourceImageJob, frozen=True, tag="preview-sheet"):
    """Render a preview sheet of small images of a video."""

    sheet: Sheet

    @property
    def heavy(self) -> bool:
        """It decodes dozens of key frames."""
        return True


class Placeholder(ImageJob, frozen=True, tag="placeholder"):
    """Draw the placeholder for missing images."""

    @property
    def subject(self) -> str:
        """It is rendered from no file."""
        return "placeholder"


class FindEngine(Job[Engine], frozen=True, tag="find-engine"):
    """Find out the engine of the worker."""


class CheckEncoder(Job[str], frozen=True, tag="check-encoder"):
    """Find out why the encoder of a profile can't be used in the worker; "": it can."""

    profile: str

    @property
    def subject(self) -> str:
        """The encoder of the settings."""
        return "the encoder"

    @property
    def timeout(self) -> float:
        """Short: a hanging driver is unusable."""
        return _SHORT_TIMEOUT


class Describe(SourceJob[FileFacts], frozen=True, tag="describe"):
    """Find out the facts of an upload; a bad file has no facts, which is no error."""

    media_type: str  # as the client calls it; may be empty

    @property
    def timeout(self) -> float:
        """Short: the upload is stored without facts, too."""
        return _SHORT_TIMEOUT

    @property
    def heavy(self) -> bool:
        """Without an index, the whole file is read."""
        return True


class OptimiseImage(SourceJob[RenderedImage], frozen=True, tag="optimise-image"):
    """Turn an uploaded image into one of limited size without metadata."""

    most_side: int  # pixels of the long side
    output: StagedFile

    @property
    def heavy(self) -> bool:
        """Tens of millions of pixels take seconds."""
        return True

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        """The image."""
        return (self.output,)


AnyImageJob: TypeAlias = Artwork | Logo | Frame | Poster | PreviewSheet | Placeholder
AnyJob: TypeAlias = (
    Survey | SurveySubtitles | ReadChapters | Describe | Render | RenderBatch | FindIFrames
    | AnyImageJob | OptimiseImage | FindEngine | CheckEncoder
)  # fmt: skip
