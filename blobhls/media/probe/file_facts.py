"""What can be said of an uploaded file: its size as shown, its duration, a blur to stand in.

For the `nip94` tags of BUD-08. Runs in a worker process: nothing is as hostile as an upload.
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
from blobhls.media.images.image_file import MOST_PIXELS, STILLS, flattened, opened_picture
from blobhls.media.images.posters import frame_jpeg
from blobhls.media.probe.probe import probe
from blobhls.media.results import FileFacts

_FORMATS: Final = (*STILLS, "GIF")
_PICTURES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
_ORIENTATION: Final = 0x0112  # Exif 2.3 §4.6.4 A; from 5 on, width and height change places
# What undoes each orientation.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SMALL: Final = 32  # pixels; a blurhash shows no more
_COMPONENTS: Final = (4, 3)  # cosines across and down; 28 characters
# A transport stream has no index: all of it would be read, and most are segments.
_UNINDEXED: Final = ("video/mp2t", "video/iso.segment")
# Containers whose type depends on whether there is a picture in them.
_SOUND_TYPES: Final = {
    "video/mp4": "audio/mp4",
    "video/webm": "audio/webm",
    "video/x-matroska": "audio/x-matroska",
    "video/ogg": "audio/ogg",
}

_Encode = Callable[[list[list[tuple[int, ...]]], int, int], str]


def facts_of(path: Path, media_type: str) -> FileFacts:
    """Return what can be said of a file that its sender calls a `media_type`.

    What can't be told is None: a bad file has no facts, and that is no error.
    """
    try:
        with path.open("rb") as file:
            sniffed = sniff(file.read(SNIFFED))
    except OSError:
        return FileFacts()
    kind = sniffed or media_type.partition(";")[0].strip().lower()
    try:
        if kind in _PICTURES:
            return _of_picture(path, sniffed)
        if kind.startswith(("video/", "audio/")) and kind not in _UNINDEXED:
            return _of_film(path, sniffed)
    except MemoryError:
        raise  # the process can't go on
    except Exception:  # noqa: S110 - whatever a file makes of a decoder, it has no facts then
        pass
    return FileFacts(media_type=sniffed)


def _of_picture(path: Path, sniffed: str | None) -> FileFacts:
    with opened_picture(path, _FORMATS) as picture:
        width, height = picture.size
        large = width * height > MOST_PIXELS
        # Where it did not come before the pixels, they would all be decoded to find it.
        known = not large or "exif" in picture.info
        orientation = picture.getexif().get(_ORIENTATION, 1) if known else 1
        if orientation in range(5, 9):
            width, height = height, width
        facts = FileFacts(width=width, height=height, media_type=sniffed)
        if large:
            return facts
        picture.draft("RGB", (_SMALL, _SMALL))  # of a JPEG, an eighth is decoded
        small = flattened(picture).resize(_blur_size(picture.size), Image.Resampling.BOX)
        turn = _TURNS.get(orientation)
        blur = blurhash(small if turn is None else small.transpose(turn))
        return msgspec.structs.replace(facts, blurhash=blur)


def _of_film(path: Path, sniffed: str | None) -> FileFacts:
    found = probe(path)
    duration = float(found.duration)
    if found.video is None:
        kind = _SOUND_TYPES.get(sniffed or "", sniffed)
        return FileFacts(duration=duration, media_type=kind)
    width, height = found.video.display_size
    blur: str | None = None
    try:
        with Image.open(io.BytesIO(frame_jpeg(path, found, 2 * _SMALL))) as frame:
            blur = blurhash(frame.resize(_blur_size(frame.size), Image.Resampling.BOX))
    except BlobhlsError:
        pass  # no frame of it can be decoded; the rest is true all the same
    return FileFacts(width, height, duration, blur, sniffed)


def _blur_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _SMALL / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def blurhash(picture: Image.Image) -> str:
    """Return the blurhash (https://blurha.sh) of an RGB picture of a few hundred pixels."""
    # The package has no types; imported here, it costs nothing where no picture comes.
    encode = cast(_Encode, import_module("blurhash").encode)
    data, width = picture.tobytes(), picture.width
    pixels = [tuple(data[at : at + 3]) for at in range(0, len(data), 3)]
    rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    return encode(rows, *_COMPONENTS)
