"""Previews over the seek bar: which frames they show, on which sheets, and the WebVTT for them.

Pure. Only key frames are used: reaching any other frame takes a hundred times as long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack
from blobhls.recipe import Join

LAYOUT_VERSION: Final = 1
"""Raised when anything here changes: previews stored under a lower number are rendered anew."""

COLUMNS: Final = 6
_TILES_PER_SHEET: Final = COLUMNS * 6  # on a sheet: six minutes of video, about 100 KB
_MAX_TILES: Final = 1_000  # tiles of a video, however long it is
_MIN_STEP, _USUAL_STEP = Fraction(2), Fraction(10)  # seconds between tiles, at least and normally
_MIN_TILES: Final = 60  # tiles of a short video, if its key frames allow it
_MAX_SIDE: Final = 160  # pixels of the longer side


class Tile(msgspec.Struct, frozen=True):
    """A frame, and the span of the timeline that it is shown for."""

    key: KeyFrame
    start: Fraction  # seconds of the timeline
    stop: Fraction


class Sheet(msgspec.Struct, frozen=True):
    """What a worker needs to render one sheet: tiles in rows of `COLUMNS`."""

    stream: int
    keys: tuple[KeyFrame, ...]  # one a tile
    width: int  # of a tile, in pixels, before rotation
    height: int
    rotation: int  # degrees
    by_position: bool
    joins: tuple[Join, ...] = ()  # of the stream, where the file has several clocks

    @property
    def tile_size(self) -> tuple[int, int]:
        """Width and height of a tile after rotation."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)


class Previews(msgspec.Struct, frozen=True):
    """All sheets of a video; `tiles[n]` belong to `sheets[n]`. Both are empty without video."""

    sheets: tuple[Sheet, ...]
    tiles: tuple[tuple[Tile, ...], ...]


def plan_previews(probe: Probe) -> Previews:
    """Choose the tiles and arrange them on sheets."""
    video = probe.video
    if video is None or not video.key_frames:
        return Previews((), ())
    tiles = _tiles(video)
    pages = tuple(
        tuple(tiles[at : at + _TILES_PER_SHEET]) for at in range(0, len(tiles), _TILES_PER_SHEET)
    )
    width, height = _stored_size(video)
    sheets = tuple(
        Sheet(
            video.stream,
            tuple(tile.key for tile in page),
            width,
            height,
            video.rotation,
            probe.by_position,
            video.joins,
        )
        for page in pages
    )
    return Previews(sheets, pages)


def previews_vtt(previews: Previews, names: Sequence[str]) -> str:
    """Return the WebVTT of a video; `names[n]` is the name of sheet n.

    A cue's text is a sheet's name and the tile's place on it (Media Fragments 1.0 §4.2.2).
    """
    blocks = ["WEBVTT", ""]
    for sheet, tiles, name in zip(previews.sheets, previews.tiles, names, strict=True):
        width, height = sheet.tile_size
        for number, tile in enumerate(tiles):
            row, column = divmod(number, COLUMNS)
            place = f"{column * width},{row * height},{width},{height}"
            blocks += [
                f"{_timestamp(tile.start)} --> {_timestamp(tile.stop)}",
                f"{name}#xywh={place}",
                "",
            ]
    return "\n".join(blocks)


def _tiles(video: VideoTrack) -> list[Tile]:
    base = video.base.value
    length = max((video.stop - video.start) * base, Fraction(1, 1000))
    step = max(min(_USUAL_STEP, max(_MIN_STEP, length / _MIN_TILES)), length / _MAX_TILES)
    stamps = [key.pts for key in video.key_frames]
    found: list[Tile] = []
    for number in range(-(-length // step)):
        start, stop = number * step, min(length, (number + 1) * step)
        middle = video.start + (start + stop) / 2 / base
        key = video.key_frames[max(0, bisect_right(stamps, middle) - 1)]
        if found and found[-1].key == key:
            found[-1] = Tile(key, found[-1].start, stop)
        else:
            found.append(Tile(key, start, stop))
    return found


def _stored_size(video: VideoTrack) -> tuple[int, int]:
    width, height = video.display_size
    scale = Fraction(_MAX_SIDE, max(width, height, 1))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return size[::-1] if video.rotation % 180 else size


def _timestamp(seconds: Fraction) -> str:
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}.{milliseconds:03d}"
