"""The files that are played, and their server."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from tests.system.media import Choice, chosen
from tests.system.server import Server

# Each has a kind of trouble of its own, none is longer than half a minute.
_SLICE: Final = (
    "960x720_seg0.ts",  # H.264 and AAC in TS, sound begins before the picture
    "VID_20191220_170832.mp4",  # variable frame rate
    "av1_video.mkv",  # fMP4
    "decode_error_vp9.webm",  # one picture through five seconds that don't decode
    "edts.mp4",  # edit list
    "flower.mp4",  # H.264 with B-frames, AAC
    "h265_10bits.mp4",  # HEVC in fMP4, which Chromium on this kind of machine does not play
    "kphotoalbum_movie.avi",  # Motion JPEG and PCM
    "multiple-aac-tracks.mp4",  # sound alone
    "nasa_13013.mp4",  # two sounds, two subtitles
    "no_duration.webm",  # VP9 and Opus with irregular times
    "rotate-buck-bunny.mp4",
    "surround.mkv",  # a generated clip: AAC for players without E-AC-3
    "two-audio.mkv",  # a generated clip: several windows, time stamps rounded to a millisecond
)
CAPTIONED: Final = "captioned.mp4"
"""A generated clip with closed captions in its pictures, beside what is played otherwise."""
FLASHING: Final = "flashing.mp4"
"""A generated film in which picture and sound can be measured against each other."""

_CLIPS: Final = (
    "plain.mp4",
    "surround.mkv",
    "two-audio.mkv",
    "hevc.mp4",
)  # where there is no corpus

BlossomApp = Literal["open", "sealed"]


def what_to_play() -> Choice:
    """Return the slice, or with `BLOBHLS_WHOLE_CORPUS=1` every file."""
    choice = chosen()
    if choice.corpus is None:
        return msgspec.structs.replace(choice, names=_CLIPS)
    if not choice.whole:
        return msgspec.structs.replace(choice, names=_SLICE)
    return choice


class Masters(msgspec.Struct, frozen=True, eq=False):
    """A server, and the master playlist of every video on both faces."""

    server: Server
    opened: dict[str, str]  # file → URL
    sealed: dict[str, str]

    def of(self, face: BlossomApp) -> dict[str, str]:
        """Return URL by file."""
        return self.opened if face == "open" else self.sealed
