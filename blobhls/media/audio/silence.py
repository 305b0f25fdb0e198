"""Silent coded frames, for gaps in audio that is cut."""

from __future__ import annotations

from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext

from blobhls.media.audio.alignment import FORMAT, silent_frame
from blobhls.media.bitstream import adts, dolby
from blobhls.media.bitstream.adts import Configuration
from blobhls.recipe import AAC_FRAME

_LAYOUTS: Final = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
_BITRATE: Final = 64_000  # bits a second of AAC; silence takes a few bytes at any rate
_WARM_UP_FRAMES: Final = 4  # frames after which the encoder's state no longer changes


def silence_like(frame: bytes, extradata: bytes) -> bytes:
    """Return a silent frame that fits between frames like `frame`.

    `frame`: one of the track, empty where it has none; `extradata` of its stream. Raises
    `ValueError` where there is no silence in this codec.
    """
    if (dolby_header := dolby.parse_header(frame)) is not None:
        return silent_dolby_frame(dolby_header)
    if not adts.is_adts(frame):
        return silent_aac_frame(adts.parse(extradata))
    like = adts.from_header(frame)
    data = silent_aac_frame(like)
    return adts.header(like, len(data)) + data


def silent_aac_frame(like: Configuration) -> bytes:
    """Return a silent AAC frame, without header, that decodes between frames of `like`.

    Raises `ValueError` where the encoder does not support the channels or rate of `like`.
    """
    layout = _LAYOUTS.get(like.channels)
    if layout is None or not like.rate:
        raise ValueError("there is no silence for audio with these channels")
    return _coded("aac", like.rate, layout, _BITRATE, AAC_FRAME)


def silent_dolby_frame(like: dolby.Header) -> bytes:
    """Return a silent AC-3 or E-AC-3 frame of the same rate, channels and size.

    Channels of a dependent substream (7.1) are left out. Raises `ValueError` where the encoder does
    not support the channels of `like`.
    """
    if not like.layout or like.samples != dolby.FRAME_SAMPLES:
        raise ValueError("there is no silence for audio with these channels")
    return _coded(like.codec, like.rate, like.layout, like.bitrate, like.samples)


def _coded(codec: str, rate: int, layout: str, bitrate: int, samples: int) -> bytes:
    encoder = av.CodecContext.create(codec, "w")
    if not isinstance(encoder, AudioCodecContext):
        raise TypeError(f"{codec} does not encode audio")
    encoder.sample_rate, encoder.layout, encoder.format = rate, layout, FORMAT
    encoder.bit_rate = bitrate
    encoder.flags |= av.codec.context.Flags.bitexact
    frame = silent_frame(layout, samples)
    coded = []
    for number in range(_WARM_UP_FRAMES):
        frame.sample_rate, frame.pts = rate, number * samples
        coded += encoder.encode(frame)
    return bytes((coded + encoder.encode(None))[-1])
