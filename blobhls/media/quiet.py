"""Silent AAC frames, for the holes of sound that is cut."""

from __future__ import annotations

from typing import Final

import av
from av.audio.frame import AudioFrame

from blobhls.media.adts import Configuration
from blobhls.recipe import AAC_FRAME

_LAYOUTS: Final = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
_BITRATE: Final = 64_000  # bits a second; silence takes a few bytes whatever it is
_SETTLED: Final = 4  # frames after which the encoder has nothing left to forget


def silent_frame(like: Configuration) -> bytes:
    """Return a silent frame, without header, that decodes between others of `like`.

    Raises `ValueError` where `like` has no channels or rate that the encoder knows.
    """
    layout = _LAYOUTS.get(like.channels)
    if layout is None or not like.rate:
        raise ValueError("there is no silence for sound of these channels")
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = like.rate, layout, "fltp"
    encoder.bit_rate = _BITRATE
    encoder.flags |= av.codec.context.Flags.bitexact
    frame = AudioFrame("fltp", layout, AAC_FRAME)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    coded = []
    for number in range(_SETTLED):
        frame.sample_rate, frame.pts = like.rate, number * AAC_FRAME
        coded += encoder.encode(frame)
    return bytes((coded + encoder.encode(None))[-1])
