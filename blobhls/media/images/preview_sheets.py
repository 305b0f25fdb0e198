"""Sheets of preview tiles for the seek bar. Runs in a worker process."""

from __future__ import annotations

import io
from itertools import islice
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from blobhls.errors import SourceBroken
from blobhls.media.container.source import opened, packets
from blobhls.media.plan.preview_plan import COLUMNS, Sheet
from blobhls.media.probe_values import KeyFrame

_MAX_PACKETS: Final = 300  # read for one tile, at most
_QUALITY: Final = 70  # of the JPEG
_BACKGROUND: Final = (17, 17, 17)  # where no frame could be decoded


def sheet_jpeg(source: Path, sheet: Sheet) -> bytes:
    """Return rows of tiles as a JPEG without metadata.

    A tile that can't be decoded repeats the one before it. Raises `SourceBroken` where none can be
    decoded, or `SourceOffline`.
    """
    width, height = sheet.tile_size
    rows = -(-len(sheet.keys) // COLUMNS)
    canvas = Image.new("RGB", (min(COLUMNS, len(sheet.keys)) * width, rows * height), _BACKGROUND)
    tile: Image.Image | None = None
    with opened(source) as container:
        for number, key in enumerate(sheet.keys):
            tile = _tile(container, sheet, key) or tile
            if tile is not None:
                row, column = divmod(number, COLUMNS)
                canvas.paste(tile, (column * width, row * height))
    if tile is None:
        raise SourceBroken("no frame of it could be decoded")
    result = io.BytesIO()
    canvas.save(result, "JPEG", quality=_QUALITY, progressive=False, optimize=False)
    return result.getvalue()


def _tile(container: InputContainer, sheet: Sheet, key: KeyFrame) -> Image.Image | None:
    """Return a key frame as it is shown, or None where it can't be decoded."""
    streams = container.streams
    stream = streams[sheet.stream] if sheet.stream < len(streams) else None
    if not isinstance(stream, VideoStream):
        raise SourceBroken("the file has been replaced")
    try:
        frame = _frame(container, stream, key, sheet)
        if frame is None:
            return None
        # Scaled by libav: the full frame never becomes a Python object.
        small = frame.reformat(width=sheet.width, height=sheet.height, format="rgb24")
        (plane,) = small.planes
        size = (sheet.width, sheet.height)
        image = Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)
        return image.rotate(sheet.rotation, expand=True)
    except (av.FFmpegError, ValueError):  # a damaged frame costs one tile
        return None


def _frame(
    container: InputContainer, stream: VideoStream, key: KeyFrame, sheet: Sheet
) -> av.VideoFrame | None:
    decoder = stream.codec_context
    position = key.position if sheet.by_position else -1
    for packet in islice(packets(container, stream, key.pts, position, sheet.joins), _MAX_PACKETS):
        if not packet.is_keyframe:
            continue
        # A decoder that reorders frames keeps this one back until it is flushed.
        frames = [*decoder.decode(packet), *decoder.decode(None)]
        decoder.flush_buffers()
        found = next((frame for frame in frames if isinstance(frame, av.VideoFrame)), None)
        if found is not None:
            return found
    return None
