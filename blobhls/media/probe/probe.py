"""The tracks of a file: where they begin and end, and where the video can be cut.

Key frames come from the container's index where there is one: a seek and one packet each. Without
an index, all packets are read once, without decoding.
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
from blobhls.media.container.programs import program_streams
from blobhls.media.container.source import opened, readable_packets
from blobhls.media.plan import codecs
from blobhls.media.probe.audio_tail import with_audio_tail
from blobhls.media.probe.chapters import read_chapters
from blobhls.media.probe.dolby_vision import dolby_vision, has_base
from blobhls.media.probe.first_frame import inspect_first_frame
from blobhls.media.probe.frame_facts import Orientation, code_point, orientation_of, peak_light
from blobhls.media.probe.key_frames import PacketFacts, packet_facts, peak_rate
from blobhls.media.probe.subtitle_tracks import long_cues_by_stream, subtitle_track
from blobhls.media.probe_values import STEREO, AudioTrack, Probe, VideoTrack
from blobhls.recipe import Ratio

# Formats whose time seeks land on any packet, not on a key frame.
_BY_POSITION: Final = frozenset({"mpegts", "mpeg"})
_RAW_FORMATS: Final = frozenset({"h264", "hevc"})
_MAX_RATE: Final = 240  # frames a second; higher "base rates" are artefacts of odd clocks
# Seconds. A plan names every segment; a file that states three centuries may be a few bytes long.
_MAX_SECONDS: Final = 100 * 3600
_MAX_HEADER: Final = 1 << 30  # bytes
_UNSPECIFIED: Final = 2  # ISO/IEC 23091-2: unspecified, for primaries, transfer and matrix
_MAX_SIDE: Final = 16_384  # pixels; the limit of H.264 level 6.2 and libx264


def probe(path: Path) -> Probe:
    """Probe a file; raises `SourceBroken` with a reason, or `SourceOffline`."""
    with probed(path) as (_, found):
        return found


@contextmanager
def probed(path: Path) -> Iterator[tuple[InputContainer, Probe]]:
    """Probe a file and leave it open for a caller that seeks first; raises as `probe` does."""
    size = path.stat().st_size if path.exists() else 0
    _refuse_endless_header(path)
    with _opened_with_rate(path) as container:
        yield container, _probed(container, size)


def _probed(container: InputContainer, size: int) -> Probe:
    video = _main_video(list(container.streams))
    streams = program_streams(container, video)
    audio_streams = [s for s in streams if isinstance(s, AudioStream) and _decodable(s)]
    if video is None and not audio_streams:
        raise SourceBroken("it has no video or audio track that can be decoded")
    if container.format.name in _RAW_FORMATS:
        raise SourceBroken("its frames have no time stamps: a raw stream needs a container")
    found = packet_facts(container, video, size)
    video_track = None if video is None else _video_track(container, video, found)
    if video_track is not None and not found.joins:
        place = video_track.key_frames[-1].position if by_position(container) else -1
        video_track = with_audio_tail(video_track, container, audio_streams, found.spans, place)
    audio = tuple(t for s in audio_streams if (t := _audio_track(container, s, found)) is not None)
    if video_track is None and not audio:
        raise SourceBroken("no frame and no audio could be read from it")
    subtitle_streams = [s for s in streams if isinstance(s, SubtitleStream)]
    long = long_cues_by_stream(container) if subtitle_streams else {}
    result = Probe(
        container=container.format.name,
        size=size,
        video=video_track,
        audio=audio,
        subtitles=tuple(subtitle_track(s, long.get(s.index, ()), found) for s in subtitle_streams),
        by_position=by_position(container),
        chapters=read_chapters(container),
    )
    if result.duration > _MAX_SECONDS:
        raise SourceBroken(f"it claims to last longer than {_MAX_SECONDS // 3600} hours")
    return result


def _refuse_endless_header(path: Path) -> None:
    """Raise `SourceBroken` where opening would read more than a gigabyte, byte by byte.

    libav loads attachments of up to 256 MB, and scans every byte of larger ones for their end: ten
    seconds a gigabyte, each time the file is opened.
    """
    with suppress(OSError):  # reported with its reason where the file is opened
        size = header_size(path)
        if size > _MAX_HEADER:
            raise SourceBroken(f"it has {size >> 30} GB of attachments or tags")


@contextmanager
def _opened_with_rate(path: Path) -> Iterator[InputContainer]:
    """Open a file; where it states no frame rate, libav decodes some frames to find it."""
    with opened(path, decoding=False) as container:
        video = _main_video(list(container.streams))
        if video is None or _plausible(video.average_rate, video.guessed_rate):
            yield container
            return
    with opened(path) as container:
        yield container


def by_position(container: InputContainer) -> bool:
    """Say whether seeks by time land on any packet in this format, not on a key frame."""
    return container.format.name in _BY_POSITION


def _decodable(stream: Stream) -> bool:
    return stream.codec_context is not None


def _main_video(streams: list[Stream]) -> VideoStream | None:
    """Return the first video stream that is neither cover art nor a thumbnail track."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    found = [
        s
        for s in streams
        if isinstance(s, VideoStream) and _decodable(s) and not s.disposition & still
    ]
    for stream in found:
        if max(stream.codec_context.width, stream.codec_context.height) > _MAX_SIDE:
            raise SourceBroken(f"its video is larger than {_MAX_SIDE} pixels")
    return next((s for s in found if s.codec_context.width > 0), None)


def _video_track(
    container: InputContainer, video: VideoStream, found: PacketFacts
) -> VideoTrack | None:
    if not found.key_frames or video.index not in found.spans:
        return None
    context = video.codec_context
    first = found.key_frames[0]
    frame = inspect_first_frame(
        container, video, first.pts, first.position if by_position(container) else -1
    )
    base = video.time_base or Fraction(1, 1000)
    average = _rate(video.average_rate, video.guessed_rate)
    dolby = dolby_vision(video)
    if not has_base(dolby):
        raise SourceBroken("its video is Dolby Vision without a base layer for other decoders")
    orientation = orientation_of(frame) if frame else Orientation(0, mirrored=False)
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
        rotation=orientation.rotation,
        interlaced=context.field_order > 1 or bool(frame and frame.interlaced_frame),
        transfer=code_point(frame.color_trc if frame else _UNSPECIFIED, context.color_trc),
        steady=found.steady,
        key_frames=found.key_frames,
        peak_rate=peak_rate(found.key_frames, base),
        captions=found.captions,
        primaries=code_point(
            frame.color_primaries if frame else _UNSPECIFIED, context.color_primaries
        ),
        matrix=code_point(frame.colorspace if frame else _UNSPECIFIED, context.colorspace),
        mirrored=orientation.mirrored,
        peak=peak_light(frame) if frame else 0,
        dolby=dolby,
        joins=found.joins.get(video.index, ()),
        decode_times=container.format.name == "avi" and context.codec.canonical_name == "mpeg4",
    )


def _rate(*candidates: Fraction | None) -> Fraction:
    """Return the first plausible frame rate, or 25."""
    return next(iter(_plausible(*candidates)), Fraction(25))


def _plausible(*rates: Fraction | None) -> list[Fraction]:
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
    container: InputContainer, stream: AudioStream, found: PacketFacts
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
        frame_size=dolby.FRAME_SAMPLES if codec in dolby.CODECS else context.frame_size,
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
    """Return the RFC 6381 string of audio that can be cut; None where it has to be encoded."""
    context = stream.codec_context
    codec = context.codec.canonical_name
    if codec == "aac":
        extradata = bytes(context.extradata or b"")
        return codecs.mp4a(extradata, context.profile) if adts.can_carry(extradata) else None
    if codec not in dolby.CODECS or context.channels <= STEREO:
        return None  # up to two channels, it is offered only as AAC, which every player decodes
    container.seek(container.start_time or 0)
    first = next(readable_packets(container, stream), None)
    fits = first is not None and dolby.can_cut(bytes(first), codec)
    return dolby.CODECS[codec] if fits else None
