"""Which pictures stand over the seek bar, and when: tiles on sheets, and WebVTT that names them.

Pure. Only key frames are shown: to reach any other picture takes a hundred times as long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack
from blobhls.recipe import Join

LAYOUT: Final = 1
"""To be raised when anything here changes: what was made before is made anew then."""

COLUMNS: Final = 6
_TILES: Final = COLUMNS * 6  # on a sheet: six minutes of a film, about 100 KB
_MOST: Final = 1_000  # tiles of a video, however long it is
_FINEST, _USUAL = Fraction(2), Fraction(10)  # seconds from tile to tile
_FEW: Final = 60  # tiles that a short video has if its key frames allow it
_SIDE: Final = 160  # pixels of the longer side


class Tile(msgspec.Struct, frozen=True):
    """A picture, and the time for which it stands."""

    key: KeyFrame
    start: Fraction  # seconds of the timeline
    stop: Fraction


class Sheet(msgspec.Struct, frozen=True):
    """What a worker needs to know to make one: tiles in rows, `COLUMNS` in each."""

    stream: int
    keys: tuple[KeyFrame, ...]  # one a tile
    width: int  # of a tile, in pixels, as it is stored: not turned yet
    height: int
    rotation: int  # degrees
    by_position: bool
    joins: tuple[Join, ...] = ()  # of the stream, in a file that has several clocks

    @property
    def tile_size(self) -> tuple[int, int]:
        """Width and height of a tile as it is seen."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)


class Previews(msgspec.Struct, frozen=True):
    """All of a video; `tiles[n]` are those of `sheets[n]`. Both empty without a picture."""

    sheets: tuple[Sheet, ...]
    tiles: tuple[tuple[Tile, ...], ...]


def plan_previews(probe: Probe) -> Previews:
    """Choose tiles and lay them out."""
    video = probe.video
    if video is None or not video.key_frames:
        return Previews((), ())
    tiles = _tiles(video)
    pages = tuple(tuple(tiles[at : at + _TILES]) for at in range(0, len(tiles), _TILES))
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
    """Return the WebVTT of a video; `names[n]` is that of the n-th sheet.

    A cue's text is a name and the place of a tile on it (Media Fragments 1.0 §4.2.2).
    """
    blocks = ["WEBVTT", ""]
    for sheet, tiles, name in zip(previews.sheets, previews.tiles, names, strict=True):
        width, height = sheet.tile_size
        for number, tile in enumerate(tiles):
            row, column = divmod(number, COLUMNS)
            place = f"{column * width},{row * height},{width},{height}"
            blocks += [f"{_stamp(tile.start)} --> {_stamp(tile.stop)}", f"{name}#xywh={place}", ""]
    return "\n".join(blocks)


def _tiles(video: VideoTrack) -> list[Tile]:
    base = video.base.value
    length = max((video.stop - video.start) * base, Fraction(1, 1000))
    step = max(min(_USUAL, max(_FINEST, length / _FEW)), length / _MOST)
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
    scale = Fraction(_SIDE, max(width, height, 1))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return size[::-1] if video.rotation % 180 else size


def _stamp(seconds: Fraction) -> str:
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}.{milliseconds:03d}"
