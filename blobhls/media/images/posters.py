"""Pictures for people: artwork beside a film, a frame of it, or a neutral card.

What comes out is a baseline JPEG without metadata, or WebP where something may be transparent; the
same bytes for the same input. Runs in a worker process: artwork is as hostile as any other file.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat

from blobhls.errors import SourceBroken
from blobhls.media.container.source import explain, opened, readable_packets, seek_to
from blobhls.media.images.image_file import check_pixels, flattened, opened_picture, webp
from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack

_QUALITY: Final = 85
_POSTER: Final = (400, 600)  # pixels, width and height
_FRAMED: Final = (600, 900)  # of a poster made of a frame
_BLURRED: Final = (60, 90)  # scaled down to this and up again, nothing in it draws the eye
_SHADE: Final = 0.5  # of the brightness that it has
_UPRIGHT: Final = Fraction(3, 4)  # width by height up to which a frame fills a poster by itself
_PLACES: Final = (Fraction(1, 10), Fraction(13, 100), Fraction(16, 100), Fraction(1, 5))
_MAX_PACKETS: Final = 90  # that may be decoded until a picture comes that is not dark
_STEP: Final = 8  # one picture in so many is looked at then
_THUMB: Final = (64, 36)
_BAR: Final = 24  # luma of bars around a picture at most; coding leaves them not quite black
_DARK: Final = 40.0  # mean luma below which a frame counts as black, of 255


def artwork_jpeg(path: Path, max_width: int, max_height: int) -> bytes:
    """Return a JPEG, PNG or WebP file as a JPEG no larger than so many pixels.

    Raises `SourceBroken` for what is no picture or too large a one, or `SourceOffline`.
    """
    with opened_picture(path) as picture:
        check_pixels(picture, path.name)
        flat = flattened(ImageOps.exif_transpose(picture))
    flat.thumbnail((max_width, max_height), Image.Resampling.LANCZOS)
    return _jpeg(flat)


def _jpeg(picture: Image.Image) -> bytes:
    result = io.BytesIO()
    # A fresh copy of the pixels: nothing the file said about itself goes along.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    bare.save(result, "JPEG", quality=_QUALITY, progressive=False, optimize=False)
    return result.getvalue()


def logo_webp(path: Path, max_width: int, max_height: int) -> bytes:
    """Return a picture file as WebP that keeps what is transparent; else as `artwork_jpeg`."""
    with opened_picture(path) as picture:
        check_pixels(picture, path.name)
        shown = ImageOps.exif_transpose(picture).convert("RGBA")
    shown.thumbnail((max_width, max_height), Image.Resampling.LANCZOS)
    return webp(shown, _QUALITY)


def frame_jpeg(source: Path, probe: Probe, max_width: int) -> bytes:
    """Return a telling frame from the first fifth of a film, as wide as it is shown at most.

    The one with most detail of a few, and no black one if it can be helped. Raises `SourceBroken`
    where no frame can be decoded, or `SourceOffline`.
    """
    return _jpeg(_telling_frame(source, probe, max_width))


def poster_jpeg(source: Path, probe: Probe) -> bytes:
    """Return a poster, two by three, with a frame of a film before a blurred one of it.

    Cut to that shape, a frame would lose most of what is in it. Raises as `frame_jpeg`.
    """
    frame = _unboxed(_telling_frame(source, probe, _FRAMED[0]))
    if Fraction(*frame.size) <= _UPRIGHT:
        return _jpeg(ImageOps.fit(frame, _FRAMED, Image.Resampling.LANCZOS))
    small = ImageOps.fit(frame, _BLURRED).filter(ImageFilter.GaussianBlur(6))
    ground = small.resize(_FRAMED, Image.Resampling.BICUBIC).point(lambda shade: shade * _SHADE)
    seen = ImageOps.contain(frame, _FRAMED, Image.Resampling.LANCZOS)
    ground.paste(seen, ((_FRAMED[0] - seen.width) // 2, (_FRAMED[1] - seen.height) // 2))
    return _jpeg(ground)


def _unboxed(frame: Image.Image) -> Image.Image:
    """Return a frame without black bars, unless little else would be left."""
    box = frame.convert("L").point(lambda shade: 255 if shade > _BAR else 0).getbbox()
    if box is None or (box[2] - box[0]) * (box[3] - box[1]) * 2 < frame.width * frame.height:
        return frame
    return frame.crop(box)


def _telling_frame(source: Path, probe: Probe, max_width: int) -> Image.Image:
    video = probe.video
    if video is None:
        raise SourceBroken("it has no picture to show")
    size = _shown_size(video, max_width)
    with opened(source) as container:
        try:
            found = [
                picture
                for key in _places(video)
                if (picture := _frame_from(container, probe, video, key, size)) is not None
            ]
        except av.FFmpegError as error:
            raise SourceBroken(explain(error)) from error
    if not found:
        raise SourceBroken("no picture of it could be decoded")
    return max(found, key=_interest).rotate(video.rotation, expand=True)


def _shown_size(video: VideoTrack, max_width: int) -> tuple[int, int]:
    """Return width and height of square pixels, as stored: not turned yet."""
    width, height = video.display_size
    scaled = min(max_width, width)
    size = max(1, scaled), max(1, round(height * scaled / width))
    return size[::-1] if video.rotation % 180 else size


def _places(video: VideoTrack) -> list[KeyFrame]:
    """Return the key frames at or before a few places of the film."""
    places = (video.start + round((video.stop - video.start) * part) for part in _PLACES)
    chosen = (
        max((k for k in video.key_frames if k.pts <= at), default=None, key=_when) for at in places
    )
    return list(dict.fromkeys(key or video.key_frames[0] for key in chosen))


def _when(key: KeyFrame) -> int:
    return key.pts


def _frame_from(
    container: InputContainer, probe: Probe, video: VideoTrack, key: KeyFrame, size: tuple[int, int]
) -> Image.Image | None:
    """Return the picture of a key frame, or one soon after it if that one is dark."""
    stream = container.streams[video.stream]
    seek_to(container, stream, key.pts, key.position if probe.by_position else -1)
    best: Image.Image | None = None
    for count, packet in enumerate(readable_packets(container, stream)):
        for frame in _decoded(packet):
            if best is not None and count % _STEP:
                continue
            small = frame.reformat(width=size[0], height=size[1], format="rgb24")
            picture = Image.frombytes("RGB", size, _packed(small))
            best = max(best or picture, picture, key=_interest)
            if not _is_dark(best):
                return best
        if count > _MAX_PACKETS:
            break
    return best


def _packed(frame: av.VideoFrame) -> bytes:
    """Return the pixels of an RGB frame without what pads its rows."""
    plane = frame.planes[0]
    data, width = bytes(plane), 3 * frame.width
    return b"".join(data[at : at + width] for at in range(0, len(data), plane.line_size))


def _decoded(packet: Packet[Stream]) -> list[av.VideoFrame]:
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return []
    return [f for f in frames if isinstance(f, av.VideoFrame) and not f.is_corrupt]


def _interest(picture: Image.Image) -> tuple[bool, float]:
    """Rank a frame: not dark before dark, then by the spread of its brightness."""
    return not _is_dark(picture), ImageStat.Stat(picture.convert("L").resize(_THUMB)).stddev[0]


def _is_dark(picture: Image.Image) -> bool:
    return ImageStat.Stat(picture.convert("L").resize(_THUMB)).mean[0] < _DARK


def placeholder_jpeg() -> bytes:
    """Return a dark poster for what has no picture: two by three, with a film frame drawn on it."""
    width, height = _POSTER
    picture = Image.new("RGB", _POSTER)
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        shade = 22 + 26 * y // height
        draw.line((0, y, width, y), fill=(shade, shade, shade + 5))
    middle, line = height // 2, (96, 96, 106)
    draw.rounded_rectangle((90, middle - 80, 310, middle + 80), 14, outline=line, width=6)
    draw.polygon(((175, middle - 42), (175, middle + 42), (245, middle)), fill=line)
    return _jpeg(picture)
