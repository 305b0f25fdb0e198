"""Generated clips: a moving test pattern with a timecode, beeps and subtitles.

They fill the demo library, and replace real files in tests. On every full second the pattern
flashes and each audio track beeps at its own pitch, so that tracks can be told apart, and the
offset of audio and video seen and heard.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import SubtitleSet
from av.video.stream import VideoStream

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.demo_clips.test_pattern import TestPattern, draw_frame, prepare_pattern

if TYPE_CHECKING:  # this name does not exist at run time
    from av.container.core import Chapter

_FORMATS: Final = {
    ".mp4": "mp4", ".mov": "mov", ".mkv": "matroska",
    ".webm": "webm", ".ts": "mpegts", ".avi": "avi",
}  # fmt: skip
_SUBTITLE_CODECS: Final = {
    ".mp4": "mov_text", ".mov": "mov_text", ".mkv": "subrip", ".webm": "webvtt",
}  # fmt: skip
_ENCODER_OPTIONS: Final = {
    "libx264": {"preset": "ultrafast", "crf": "26"},
    "libx265": {"preset": "ultrafast", "crf": "28", "x265-params": "log-level=error"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12"},
}

# libavcodec's text subtitle encoders only accept ASS, with at least this header.
_ASS_HEADER: Final = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname\r\n"
    b"Style: Default,Arial\r\n\r\n[Events]\r\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)
_MILLISECOND: Final = Fraction(1, 1000)
_CUE_MILLISECONDS: Final = 900

_LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1(side)"}
_BEEP_SECONDS: Final = 0.08
_BEEP_LEVEL: Final = 6000  # of 32767
_PITCHES: Final = (880, 660, 550, 440)  # Hz, by number of the audio track


def make_clip(path: Path, clip: Clip) -> None:
    """Write `clip` to `path`, whose suffix is one of mp4, mov, mkv, webm, ts or avi.

    The file appears under its name only when it is complete. Raises `ValueError` for another
    suffix, and for subtitles in a container without them (ts, avi).
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS or (clip.subtitles and suffix not in _SUBTITLE_CODECS):
        raise ValueError(f"no such clip in a {suffix or 'nameless'} file")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    with av.open(unfinished, "w", format=_FORMATS[suffix]) as container:
        container.metadata["title"] = clip.title
        container.set_chapters(_chapters(clip))
        writers: list[Iterator[None]] = [_video(container, clip)]
        writers += [
            _audio(container, track, number, clip.seconds)
            for number, track in enumerate(clip.audio)
        ]
        writers += [
            _subtitles(container, _SUBTITLE_CODECS[suffix], language, clip)
            for language in clip.subtitles
        ]
        # A second of each in turn, so that the muxer need not hold a whole track to interleave it.
        for _ in range(clip.seconds + 2):
            for writer in writers:
                next(writer, None)
    unfinished.replace(path)


def _chapters(clip: Clip) -> list[Chapter]:
    """Divide a clip into its chapters, at whole milliseconds."""
    marks = [clip.seconds * 1000 * n // len(clip.chapters) for n in range(len(clip.chapters))]
    spans = pairwise([*marks, clip.seconds * 1000])
    return [
        {
            "id": n,
            "start": start,
            "end": stop,
            "time_base": _MILLISECOND,
            "metadata": {"title": title},
        }
        for n, ((start, stop), title) in enumerate(zip(spans, clip.chapters, strict=True))
    ]


def _video(container: OutputContainer, clip: Clip) -> Iterator[None]:
    """Add the video stream, then encode one second of it at each further step."""
    stream = _video_stream(container, clip)
    yield
    pattern = prepare_pattern(clip.title, clip.size, clip.hue)
    for second in range(clip.seconds):
        first = math.ceil(second * clip.fps)
        for number in range(first, math.ceil((second + 1) * clip.fps)):
            container.mux(stream.encode(_frame(pattern, number, clip)))
        yield
    container.mux(stream.encode(None))


def _video_stream(container: OutputContainer, clip: Clip) -> VideoStream:
    options = _ENCODER_OPTIONS.get(clip.video_codec, {}) | clip.video_options
    stream = cast("VideoStream", container.add_stream(clip.video_codec, clip.fps, options))
    stream.width, stream.height = clip.size
    stream.pix_fmt = clip.pixel_format
    stream.gop_size = round(clip.gop_seconds * clip.fps)
    stream.codec_context.max_b_frames = clip.b_frames
    return stream


def _frame(pattern: TestPattern, number: int, clip: Clip) -> av.VideoFrame:
    seconds = number / clip.fps
    image = draw_frame(pattern, seconds, flash=seconds % 1 < _BEEP_SECONDS)
    # Pillow keeps RGB in four bytes a pixel, so RGBX is a plain copy.
    drawn = av.VideoFrame.from_bytes(image.tobytes("raw", "RGBX"), *clip.size, format="rgba")
    frame = drawn.reformat(format=clip.pixel_format)
    frame.pts, frame.time_base = number, 1 / clip.fps
    return frame


def _audio(
    container: OutputContainer, track: AudioTrack, number: int, seconds: int
) -> Iterator[None]:
    """Add an audio stream, then encode one second of it at each further step."""
    layout = _LAYOUTS[track.channels]
    stream = cast("AudioStream", container.add_stream(track.codec, track.rate, layout=layout))
    stream.metadata["language"] = track.language
    if track.title:
        stream.metadata["title"] = track.title
    yield
    samples = _beep(_PITCHES[number % len(_PITCHES)], track)
    for second in range(seconds):
        frame = av.AudioFrame(format="s16", layout=layout, samples=track.rate)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.time_base = track.rate, Fraction(1, track.rate)
        frame.pts = second * track.rate
        container.mux(stream.encode(frame))
        yield
    container.mux(stream.encode(None))


def _beep(pitch: int, track: AudioTrack) -> bytes:
    """Return one second, a short tone and silence, as interleaved 16-bit samples."""
    tone = int(_BEEP_SECONDS * track.rate)
    second = array("h", bytes(2 * track.channels * track.rate))
    for index in range(tone):
        fade = min(index, tone - index) / tone * 2  # no click at either end
        level = int(_BEEP_LEVEL * fade * math.sin(2 * math.pi * pitch * index / track.rate))
        for channel in range(track.channels):
            second[index * track.channels + channel] = level
    return second.tobytes()


def _subtitles(container: OutputContainer, codec: str, language: str, clip: Clip) -> Iterator[None]:
    """Add a subtitle stream, then write one cue of it at each further step."""
    stream = cast("SubtitleStream", container.add_stream(codec))
    context = stream.codec_context
    context.subtitle_header = _ASS_HEADER
    stream.time_base = _MILLISECOND
    stream.metadata["language"] = language
    yield
    for second in range(clip.seconds):
        cue = f"0,0,Default,,0,0,0,,{clip.title}: second {second} ({language})"
        packet = context.encode_subtitle(SubtitleSet.create(cue.encode(), 0, _CUE_MILLISECONDS))
        packet.stream, packet.time_base = stream, _MILLISECOND
        packet.pts = packet.dts = second * 1000
        packet.duration = _CUE_MILLISECONDS
        container.mux(packet)
        yield
