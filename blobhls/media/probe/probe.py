"""What is in a file: tracks, where they begin and end, and where the video can be cut.

Key frames come from the container's index where it has one: a seek and one packet each.
Without an index the packets are read once, without decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from blobhls.errors import SourceBroken
from blobhls.media.bitstream import adts, dolby
from blobhls.media.container.matroska import header_size
from blobhls.media.container.programs import of_one_program
from blobhls.media.container.source import opened, readable
from blobhls.media.plan import codecs
from blobhls.media.probe.audio_tail import staying
from blobhls.media.probe.chapters import read_chapters
from blobhls.media.probe.dolby_vision import dolby_vision, has_base
from blobhls.media.probe.first_picture import glance
from blobhls.media.probe.key_frames import Survey, peak_rate, survey
from blobhls.media.probe.picture_facts import Turn, peak_light, said, turn
from blobhls.media.probe.subtitle_tracks import cues_seen_long, subtitle_track
from blobhls.media.probe_values import (
    STEREO,
    AudioTrack,
    Probe,
    VideoTrack,
)
from blobhls.recipe import Ratio

# Formats whose time seeks land on any packet, not on a key frame.
_BY_POSITION: Final = frozenset({"mpegts", "mpeg"})
_UNTIMED: Final = frozenset({"h264", "hevc"})
_MAX_RATE: Final = 240  # pictures a second; higher "base rates" are artefacts of odd clocks
# Seconds. A plan names every segment; files that state three centuries are a few bytes long.
_LONGEST: Final = 100 * 3600
_LONGEST_HEADER: Final = 1 << 30  # bytes
_UNSAID: Final = 2  # ISO/IEC 23091-2, of all three
_MAX_SIDE: Final = 16_384  # pixels; H.264 level 6.2 and libx264 end here


def probe(path: Path) -> Probe:
    """Probe a file; raises `SourceBroken` with a reason, or `SourceOffline`."""
    with probed(path) as (_, found):
        return found


@contextmanager
def probed(path: Path) -> Iterator[tuple[InputContainer, Probe]]:
    """Probe a file and leave it open, for what begins with a seek; raises as `probe`."""
    size = path.stat().st_size if path.exists() else 0
    _refuse_endless_header(path)
    with _opened(path) as container:
        yield container, _probed(container, size)


def _probed(container: InputContainer, size: int) -> Probe:
    video = _main_video(list(container.streams))
    streams = of_one_program(container, video)
    sounds = [s for s in streams if isinstance(s, AudioStream) and _decodable(s)]
    if video is None and not sounds:
        raise SourceBroken("it has no video or audio that can be decoded")
    if container.format.name in _UNTIMED:
        raise SourceBroken("its pictures have no times: a raw stream has to be put in a container")
    found = survey(container, video, size)
    seen = None if video is None else _video_track(container, video, found)
    if seen is not None and not found.joins:
        place = seen.key_frames[-1].position if by_position(container) else -1
        seen = staying(seen, container, sounds, found.spans, place)
    audio = tuple(t for s in sounds if (t := _audio_track(container, s, found)) is not None)
    if seen is None and not audio:
        raise SourceBroken("no picture and no sound could be read from it")
    texts = [s for s in streams if isinstance(s, SubtitleStream)]
    long = cues_seen_long(container) if texts else {}
    result = Probe(
        container=container.format.name,
        size=size,
        video=seen,
        audio=audio,
        text=tuple(subtitle_track(s, long.get(s.index, ()), found) for s in texts),
        by_position=by_position(container),
        chapters=read_chapters(container),
    )
    if result.duration > _LONGEST:
        raise SourceBroken(f"it claims to last longer than {_LONGEST // 3600} hours")
    return result


def _refuse_endless_header(path: Path) -> None:
    """Raise `SourceBroken` where opening would read more than a gigabyte, byte by byte.

    libav reads attachments of up to 256 MB as they are, and looks for the end of larger ones in
    all of their bytes: ten seconds a gigabyte, each time that the file is opened.
    """
    with suppress(OSError):  # told with its reason where the file is opened
        size = header_size(path)
        if size > _LONGEST_HEADER:
            raise SourceBroken(f"it has {size >> 30} GB of attachments or tags")


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """Open a file; where it does not say how fast its pictures go, some are decoded."""
    with opened(path, decoding=False) as container:
        video = _main_video(list(container.streams))
        if video is None or _believable(video.average_rate, video.guessed_rate):
            yield container
            return
    with opened(path) as container:
        yield container


def by_position(container: InputContainer) -> bool:
    """Say whether a format's time seeks land on any packet, not on a key frame."""
    return container.format.name in _BY_POSITION


def _decodable(stream: Stream) -> bool:
    return stream.codec_context is not None


def _main_video(streams: list[Stream]) -> VideoStream | None:
    """Return the first video stream that is a film, not a cover or a thumbnail track."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    found = [
        s
        for s in streams
        if isinstance(s, VideoStream) and _decodable(s) and not s.disposition & still
    ]
    for stream in found:
        if max(stream.codec_context.width, stream.codec_context.height) > _MAX_SIDE:
            raise SourceBroken(f"its picture is larger than {_MAX_SIDE} pixels")
    return next((s for s in found if s.codec_context.width > 0), None)


def _video_track(container: InputContainer, video: VideoStream, found: Survey) -> VideoTrack | None:
    if not found.key_frames or video.index not in found.spans:
        return None
    context = video.codec_context
    first = found.key_frames[0]
    frame = glance(container, video, first.pts, first.position if by_position(container) else -1)
    base = video.time_base or Fraction(1, 1000)
    average = _rate(video.average_rate, video.guessed_rate)
    dolby = dolby_vision(video)
    if not has_base(dolby):
        raise SourceBroken("its picture is Dolby Vision without a base layer that others can show")
    held = turn(frame) if frame else Turn(0, mirrored=False)
    return VideoTrack(
        stream=video.index,
        codec=video.codec_context.codec.canonical_name,
        codecs=_video_codecs(video),
        profile=context.profile or "",
        width=frame.width if frame else context.width,
        height=frame.height if frame else context.height,
        aspect=Ratio.of(_aspect(video)),
        pixel_format=(frame.format.name if frame else context.pix_fmt) or "",
        frame_rate=Ratio.of(average),
        tick_rate=Ratio.of(max(average, _rate(video.base_rate, average))),
        base=Ratio.of(base),
        start=found.key_frames[0].pts,
        stop=found.spans[video.index][1],
        rotation=held.rotation,
        interlaced=context.field_order > 1 or bool(frame and frame.interlaced_frame),
        transfer=said(frame.color_trc if frame else _UNSAID, context.color_trc),
        steady=found.steady,
        key_frames=found.key_frames,
        peak_rate=peak_rate(found.key_frames, base),
        captions=found.captions,
        primaries=said(frame.color_primaries if frame else _UNSAID, context.color_primaries),
        matrix=said(frame.colorspace if frame else _UNSAID, context.colorspace),
        mirrored=held.mirrored,
        peak=peak_light(frame) if frame else 0,
        dolby=dolby,
        joins=found.joins.get(video.index, ()),
        decode_times=container.format.name == "avi" and context.codec.canonical_name == "mpeg4",
    )


def _rate(*candidates: Fraction | None) -> Fraction:
    """Return the first believable frame rate."""
    return next(iter(_believable(*candidates)), Fraction(25))


def _believable(*rates: Fraction | None) -> list[Fraction]:
    return [rate for rate in rates if rate and 0 < rate <= _MAX_RATE]


def _aspect(video: VideoStream) -> Fraction:
    aspect = video.sample_aspect_ratio
    return aspect if aspect and Fraction(1, 10) < aspect < 10 else Fraction(1)


def _video_codecs(video: VideoStream) -> str | None:
    extradata = bytes(video.codec_context.extradata or b"")
    match video.codec_context.codec.canonical_name:
        case "h264":
            return codecs.avc1(extradata)
        case "hevc":
            return codecs.hvc1(extradata)
        case "av1":
            return codecs.av01(extradata)
        case "vp9":
            return _vp9_codecs(video)
        case _:
            return None


def _vp9_codecs(video: VideoStream) -> str | None:
    context = video.codec_context
    if not context.format:
        return None
    rate = _rate(video.average_rate, video.guessed_rate)
    depth = context.format.components[0].bits
    return codecs.vp09(context.profile, depth, context.width * context.height, rate)


def _audio_track(
    container: InputContainer, stream: AudioStream, found: Survey
) -> AudioTrack | None:
    span = found.spans.get(stream.index)
    context = stream.codec_context
    if span is None or not context.sample_rate or not context.channels:
        return None
    flags = stream.disposition
    codec = context.codec.canonical_name
    return AudioTrack(
        stream=stream.index,
        codec=codec,
        codecs=_audio_codecs(container, stream),
        channels=context.channels,
        sample_rate=context.sample_rate,
        frame_size=dolby.FRAME if codec in dolby.CODECS else context.frame_size,
        base=Ratio.of(stream.time_base or Fraction(1, context.sample_rate)),
        start=span[0],
        stop=span[1],
        language=stream.language,
        title=stream.metadata.get("title"),
        default=bool(flags & Disposition.default),
        commentary=bool(flags & Disposition.comment),
        described=bool(flags & (Disposition.visual_impaired | Disposition.descriptions)),
        bit_rate=context.bit_rate or 0,
        objects="Atmos" in (context.profile or ""),
        joins=found.joins.get(stream.index, ()),
    )


def _audio_codecs(container: InputContainer, stream: AudioStream) -> str | None:
    """Return the RFC 6381 string of sound that can be cut; None where it has to be encoded."""
    context = stream.codec_context
    codec = context.codec.canonical_name
    if codec == "aac":
        extradata = bytes(context.extradata or b"")
        return codecs.mp4a(extradata, context.profile) if adts.can_carry(extradata) else None
    if codec not in dolby.CODECS or context.channels <= STEREO:
        return None  # of two channels it is offered as AAC alone, which everything plays
    container.seek(container.start_time or 0)
    first = next(readable(container, stream), None)
    fits = first is not None and dolby.can_cut(bytes(first), codec)
    return dolby.CODECS[codec] if fits else None
