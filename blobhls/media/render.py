"""From a recipe and its source to bytes. Makes no decisions: the recipe holds them all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import av
from av.container import InputContainer

from blobhls.errors import RenderFailed
from blobhls.media.audio.cut import audio_init, cut_audio, cut_silence, starts_with_seek
from blobhls.media.audio.encoder import encode_audio, encode_silence, encoded_audio_init
from blobhls.media.container.source import explain, opened
from blobhls.media.images.scaler import scaled_webp
from blobhls.media.subtitles.cut import cut_subtitles, empty_subtitles
from blobhls.media.subtitles.text_file import opened_subtitle_file
from blobhls.media.video.cut import cut_still, cut_video, video_init
from blobhls.media.video.encoder import encode_black, encode_video, encoded_init
from blobhls.recipe import (
    Blank,
    CutAudio,
    CutSubtitleFile,
    CutSubtitles,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Init,
    Recipe,
    ScaledImage,
    Segment,
    Timed,
)


def render(recipe: Recipe, source: Path) -> bytes:
    """Return the bytes of a recipe.

    Raises `RenderFailed`, `SourceBroken` or `SourceOffline`.
    """
    if isinstance(recipe, ScaledImage):
        return _with_failures_mapped(recipe, lambda: scaled_webp(recipe, source))
    if isinstance(recipe, Blank) and not isinstance(recipe.of, CutVideo | CutAudio):
        # It contains nothing of the source, and opening the source may be what fails.
        return _with_failures_mapped(recipe, lambda: _blank(recipe, None))
    with opened_for(recipe, source) as container:
        return render_in(container, recipe)


def opened_for(recipe: Timed, source: Path) -> AbstractContextManager[InputContainer]:
    """Open the source of a recipe; entering raises `SourceBroken` or `SourceOffline`."""
    if isinstance(recipe, CutSubtitleFile):
        return opened_subtitle_file(source, recipe.encoding, recipe.format)
    return opened(source, decoding=not isinstance(recipe, CutVideo | CutAudio | CutSubtitles))


def render_in(container: InputContainer, recipe: Timed) -> bytes:
    """Return the bytes of a recipe whose source is open; raises `RenderFailed`.

    The file has to be freshly opened, unless `can_follow` allows otherwise.
    """
    if isinstance(recipe, Blank):
        return _with_failures_mapped(recipe, lambda: _blank(recipe, container))
    return _with_failures_mapped(recipe, lambda: _rendered(recipe, container))


def _with_failures_mapped(recipe: Recipe, work: Callable[[], bytes]) -> bytes:
    try:
        return work()
    except (av.FFmpegError, ValueError, TypeError, IndexError) as error:
        raise RenderFailed(recipe.recipe_id, explain(error)) from error


def can_follow(recipe: Timed, before: Timed, container: InputContainer) -> bool:
    """Say whether a file that `before` was rendered from can serve `recipe` without reopening.

    Cutting leaves no state that a seek does not clear; decoders and filters might.
    """
    if recipe.track != before.track or not isinstance(before, CutVideo | CutAudio):
        return False
    match recipe:
        case CutVideo():
            return True
        case CutAudio():
            return starts_with_seek(recipe, container)
        case _:
            return False


def _rendered(recipe: Segment | Init, container: InputContainer) -> bytes:
    match recipe:
        case CutVideo():
            return cut_video(recipe, container)
        case EncodeVideo():
            return encode_video(recipe, container)
        case CutAudio():
            return cut_audio(recipe, container)
        case EncodeAudio():
            return encode_audio(recipe, container)
        case CutSubtitles():
            return cut_subtitles(recipe, container)
        case Init():
            return _init(recipe, container)


def _blank(recipe: Blank, container: InputContainer | None) -> bytes:
    """Return the blank for a segment; blanks in the source's own codec need `container`."""
    match recipe.of:
        case CutVideo() as segment if container is not None:
            return cut_still(segment, container)
        case EncodeVideo() as segment:
            return encode_black(segment)
        case EncodeAudio() as segment:
            return encode_silence(segment)
        case CutSubtitles():
            return empty_subtitles()
        case CutAudio() as segment if container is not None:
            return cut_silence(segment, container)
        case _:
            raise ValueError("this blank can't be made without its source")


def _init(recipe: Init, container: InputContainer) -> bytes:
    match recipe.of:
        case CutVideo() as segment:
            return video_init(segment, container)
        case EncodeVideo() as segment:
            return encoded_init(segment)
        case CutAudio() as segment:
            return audio_init(segment, container)
        case EncodeAudio() as segment:
            return encoded_audio_init(segment)
