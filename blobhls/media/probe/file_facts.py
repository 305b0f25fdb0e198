"""Facts about an uploaded file: its displayed size, its duration and a blurhash.

For the `nip94` tags of BUD-08. Runs in a worker process, since uploads may be hostile.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, cast

import msgspec
from PIL import Image

from blobhls.errors import BlobhlsError
from blobhls.media.bitstream.signatures import SNIFFED, sniff
from blobhls.media.images.image_file import MAX_PIXELS, STILLS, flattened, opened_image
from blobhls.media.images.posters import frame_jpeg
from blobhls.media.probe.probe import probe
from blobhls.media.results import FileFacts

_FORMATS: Final = (*STILLS, "GIF")
_IMAGE_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
_ORIENTATION: Final = 0x0112  # Exif 2.3 §4.6.4 A; from 5 on, width and height are swapped
# The operation that undoes each orientation.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BLUR_SIDE: Final = 32  # pixels; a blurhash shows no more detail
_COMPONENTS: Final = (4, 3)  # cosines across and down; 28 characters
# A transport stream has no index: all of it would have to be read, and most uploads are segments.
_UNINDEXED: Final = ("video/mp2t", "video/iso.segment")
# Containers whose media type depends on whether they hold video.
_AUDIO_TYPES: Final = {
    "video/mp4": "audio/mp4",
    "video/webm": "audio/webm",
    "video/x-matroska": "audio/x-matroska",
    "video/ogg": "audio/ogg",
}

_Encode = Callable[[list[list[tuple[int, ...]]], int, int], str]


def facts_of(path: Path, media_type: str) -> FileFacts:
    """Return the facts of a file that its sender declares as `media_type`.

    Unknown facts are None. A damaged file has no facts; that is not an error.
    """
    try:
        with path.open("rb") as file:
            sniffed = sniff(file.read(SNIFFED))
    except OSError:
        return FileFacts()
    kind = sniffed or media_type.partition(";")[0].strip().lower()
    try:
        if kind in _IMAGE_TYPES:
            return _image_facts(path, sniffed)
        if kind.startswith(("video/", "audio/")) and kind not in _UNINDEXED:
            return _media_facts(path, sniffed)
    except MemoryError:
        raise  # the process can't continue
    except Exception:  # noqa: S110 - a file may make a decoder fail in any way: no facts then
        pass
    return FileFacts(media_type=sniffed)


def _image_facts(path: Path, sniffed: str | None) -> FileFacts:
    with opened_image(path, _FORMATS) as image:
        width, height = image.size
        large = width * height > MAX_PIXELS
        # Where it does not precede the pixels, finding it would decode them all.
        known = not large or "exif" in image.info
        orientation = image.getexif().get(_ORIENTATION, 1) if known else 1
        if orientation in range(5, 9):
            width, height = height, width
        facts = FileFacts(width=width, height=height, media_type=sniffed)
        if large:
            return facts
        image.draft("RGB", (_BLUR_SIDE, _BLUR_SIDE))  # of a JPEG, only an eighth is decoded
        thumbnail = flattened(image).resize(_blur_size(image.size), Image.Resampling.BOX)
        transpose = _UPRIGHT.get(orientation)
        blur = blurhash(thumbnail if transpose is None else thumbnail.transpose(transpose))
        return msgspec.structs.replace(facts, blurhash=blur)


def _media_facts(path: Path, sniffed: str | None) -> FileFacts:
    found = probe(path)
    duration = float(found.duration)
    if found.video is None:
        kind = _AUDIO_TYPES.get(sniffed or "", sniffed)
        return FileFacts(duration=duration, media_type=kind)
    width, height = found.video.display_size
    blur: str | None = None
    try:
        with Image.open(io.BytesIO(frame_jpeg(path, found, 2 * _BLUR_SIDE))) as frame:
            blur = blurhash(frame.resize(_blur_size(frame.size), Image.Resampling.BOX))
    except BlobhlsError:
        pass  # no frame can be decoded; the other facts still hold
    return FileFacts(width, height, duration, blur, sniffed)


def _blur_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _BLUR_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def blurhash(image: Image.Image) -> str:
    """Return the blurhash (https://blurha.sh) of an RGB image of a few hundred pixels."""
    # The package has no types; imported here, it costs nothing until an image is uploaded.
    encode = cast(_Encode, import_module("blurhash").encode)
    data, width = image.tobytes(), image.width
    pixels = [tuple(data[at : at + 3]) for at in range(0, len(data), 3)]
    rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    return encode(rows, *_COMPONENTS)
