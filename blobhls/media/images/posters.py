"""Poster images: artwork files, a frame of the video, or a neutral placeholder.

The result is a baseline JPEG without metadata, or WebP where parts may be transparent; the same
input gives the same bytes. Runs in a worker process, since artwork is as untrusted as any file.
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
from blobhls.media.images.image_file import check_pixels, flattened, opened_image, webp
from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack

_QUALITY: Final = 85
_POSTER: Final = (400, 600)  # pixels, width and height
_FRAME_POSTER: Final = (600, 900)  # of a poster made from a frame
_BLURRED: Final = (60, 90)  # scaled down to this and up again, the background has no details
_SHADE: Final = 0.5  # of the original brightness
# Width by height up to which a frame alone fills a poster.
_MAX_UPRIGHT_RATIO: Final = Fraction(3, 4)
_POSITIONS: Final = (Fraction(1, 10), Fraction(13, 100), Fraction(16, 100), Fraction(1, 5))
_MAX_PACKETS: Final = 90  # decoded in search of a frame that is not dark
_STEP: Final = 8  # every n-th frame is examined in that search
_THUMB: Final = (64, 36)
_MAX_BAR_LUMA: Final = 24  # maximum luma of black bars; coding leaves them not quite black
_DARK: Final = 40.0  # mean luma below which a frame counts as black, of 255


def artwork_jpeg(path: Path, max_width: int, max_height: int) -> bytes:
    """Return a JPEG, PNG or WebP file as a JPEG of at most this size in pixels.

    Raises `SourceBroken` for other, damaged or too large files, or `SourceOffline`.
    """
    with opened_image(path) as image:
        check_pixels(image, path.name)
        flat = flattened(ImageOps.exif_transpose(image))
    flat.thumbnail((max_width, max_height), Image.Resampling.LANCZOS)
    return _jpeg(flat)


def _jpeg(image: Image.Image) -> bytes:
    result = io.BytesIO()
    # A fresh copy of the pixels, without the file's metadata.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    bare.save(result, "JPEG", quality=_QUALITY, progressive=False, optimize=False)
    return result.getvalue()


def logo_webp(path: Path, max_width: int, max_height: int) -> bytes:
    """Return an image file as WebP that keeps its transparency; raises as `artwork_jpeg` does."""
    with opened_image(path) as image:
        check_pixels(image, path.name)
        logo = ImageOps.exif_transpose(image).convert("RGBA")
    logo.thumbnail((max_width, max_height), Image.Resampling.LANCZOS)
    return webp(logo, _QUALITY)


def frame_jpeg(source: Path, probe: Probe, max_width: int) -> bytes:
    """Return a representative frame from the first fifth of a video, as wide as shown at most.

    It is the most detailed of a few candidates, and not a black one if there is another. Raises
    `SourceBroken` where no frame can be decoded, or `SourceOffline`.
    """
    return _jpeg(_best_frame(source, probe, max_width))


def poster_jpeg(source: Path, probe: Probe) -> bytes:
    """Return a 2:3 poster: a frame of the video in front of a blurred copy of itself.

    Cropping a frame to that shape would lose most of it. Raises `SourceBroken` where no frame can
    be decoded, or `SourceOffline`.
    """
    frame = _without_bars(_best_frame(source, probe, _FRAME_POSTER[0]))
    if Fraction(*frame.size) <= _MAX_UPRIGHT_RATIO:
        return _jpeg(ImageOps.fit(frame, _FRAME_POSTER, Image.Resampling.LANCZOS))
    small = ImageOps.fit(frame, _BLURRED).filter(ImageFilter.GaussianBlur(6))
    background = small.resize(_FRAME_POSTER, Image.Resampling.BICUBIC).point(
        lambda shade: shade * _SHADE
    )
    foreground = ImageOps.contain(frame, _FRAME_POSTER, Image.Resampling.LANCZOS)
    background.paste(
        foreground,
        ((_FRAME_POSTER[0] - foreground.width) // 2, (_FRAME_POSTER[1] - foreground.height) // 2),
    )
    return _jpeg(background)


def _without_bars(frame: Image.Image) -> Image.Image:
    """Return a frame without black bars, unless little else would be left."""
    box = frame.convert("L").point(lambda shade: 255 if shade > _MAX_BAR_LUMA else 0).getbbox()
    if box is None or (box[2] - box[0]) * (box[3] - box[1]) * 2 < frame.width * frame.height:
        return frame
    return frame.crop(box)


def _best_frame(source: Path, probe: Probe, max_width: int) -> Image.Image:
    video = probe.video
    if video is None:
        raise SourceBroken("it has no video to show")
    size = _stored_size(video, max_width)
    with opened(source) as container:
        try:
            found = [
                image
                for key in _candidates(video)
                if (image := _frame_from(container, probe, video, key, size)) is not None
            ]
        except av.FFmpegError as error:
            raise SourceBroken(explain(error)) from error
    if not found:
        raise SourceBroken("no frame of it could be decoded")
    return max(found, key=_interest).rotate(video.rotation, expand=True)


def _stored_size(video: VideoTrack, max_width: int) -> tuple[int, int]:
    """Return width and height in square pixels, before rotation."""
    width, height = video.display_size
    scaled = min(max_width, width)
    size = max(1, scaled), max(1, round(height * scaled / width))
    return size[::-1] if video.rotation % 180 else size


def _candidates(video: VideoTrack) -> list[KeyFrame]:
    """Return the key frames at or before a few positions of the video."""
    positions = (video.start + round((video.stop - video.start) * part) for part in _POSITIONS)
    chosen = (
        max((k for k in video.key_frames if k.pts <= at), default=None, key=_pts)
        for at in positions
    )
    return list(dict.fromkeys(key or video.key_frames[0] for key in chosen))


def _pts(key: KeyFrame) -> int:
    return key.pts


def _frame_from(
    container: InputContainer, probe: Probe, video: VideoTrack, key: KeyFrame, size: tuple[int, int]
) -> Image.Image | None:
    """Return a key frame, or a frame soon after it if the key frame is dark."""
    stream = container.streams[video.stream]
    seek_to(container, stream, key.pts, key.position if probe.by_position else -1)
    best: Image.Image | None = None
    for count, packet in enumerate(readable_packets(container, stream)):
        for frame in _decoded(packet):
            if best is not None and count % _STEP:
                continue
            small = frame.reformat(width=size[0], height=size[1], format="rgb24")
            image = Image.frombytes("RGB", size, _packed(small))
            best = max(best or image, image, key=_interest)
            if not _is_dark(best):
                return best
        if count > _MAX_PACKETS:
            break
    return best


def _packed(frame: av.VideoFrame) -> bytes:
    """Return the pixels of an RGB frame without the padding of its rows."""
    plane = frame.planes[0]
    data, width = bytes(plane), 3 * frame.width
    return b"".join(data[at : at + width] for at in range(0, len(data), plane.line_size))


def _decoded(packet: Packet[Stream]) -> list[av.VideoFrame]:
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return []
    return [f for f in frames if isinstance(f, av.VideoFrame) and not f.is_corrupt]


def _interest(image: Image.Image) -> tuple[bool, float]:
    """Rank a frame: not dark before dark, then by the spread of its brightness."""
    return not _is_dark(image), ImageStat.Stat(image.convert("L").resize(_THUMB)).stddev[0]


def _is_dark(image: Image.Image) -> bool:
    return ImageStat.Stat(image.convert("L").resize(_THUMB)).mean[0] < _DARK


def placeholder_jpeg() -> bytes:
    """Return a dark 2:3 poster for titles without artwork, with a film frame drawn on it."""
    width, height = _POSTER
    image = Image.new("RGB", _POSTER)
    draw = ImageDraw.Draw(image)
    for y in range(height):
        shade = 22 + 26 * y // height
        draw.line((0, y, width, y), fill=(shade, shade, shade + 5))
    middle, line = height // 2, (96, 96, 106)
    draw.rounded_rectangle((90, middle - 80, 310, middle + 80), 14, outline=line, width=6)
    draw.polygon(((175, middle - 42), (175, middle + 42), (245, middle)), fill=line)
    return _jpeg(image)
