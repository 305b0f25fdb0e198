"""Whether an encoder works on this machine: it does if it encodes a segment."""

from __future__ import annotations

import av

from blobhls.media.container.source import explain
from blobhls.media.video.encoder import encode_black
from blobhls.recipe import MPEG_CLOCK, EncodeVideo, Ratio, Track, Window

_FRAME = MPEG_CLOCK // 25
_FRAMES = 5


def check_encoder(profile: str) -> str:
    """Return why the encoder of a profile can't be used here, or "" where it can.

    The check encodes a segment. A driver may crash, so this has to run in a worker process.
    """
    track = Track("", 0, Ratio(1, MPEG_CLOCK), Ratio(0, 1))
    try:
        window = Window(0, _FRAMES * _FRAME)
        encode_black(EncodeVideo(track, window, "ts", profile, 640, 360, 30, _FRAME))
    except (av.FFmpegError, ValueError, TypeError) as error:
        return explain(error)
    return ""
