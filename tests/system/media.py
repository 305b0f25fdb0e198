"""Which files are played: a slice of the corpus, all of it, or generated clips; and what is odd.

With `BLOBHLS_CORPUS` the slice below, which has each kind of file, and of each video the lowest
step of the ladder. With `BLOBHLS_WHOLE_CORPUS=1` as well every file and every rendition, which
takes an hour or so. Without a corpus the clips that `tests/conftest.py` generates.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

CLIPS: Final = {
    "plain.mp4": "clip_mp4",
    "two-audio.mkv": "clip_mkv_two_audio_srt",
    "surround.mkv": "clip_surround",
    "plain.ts": "clip_ts",
    "vp9.webm": "clip_webm",
    "mpeg4.avi": "clip_avi",
    "hevc.mp4": "clip_hevc",
    "open-gop.mkv": "clip_open_gop",
    "silent.mp4": "clip_silent",
}
"""Generated clips: file name → fixture."""

_CLIPS_BESIDE_CORPUS: Final = (
    "two-audio.mkv",
    "open-gop.mkv",
    "surround.mkv",
)  # kinds that it has not

_SLICE: Final = (
    "960x720_seg0.ts",  # H.264 and AAC in TS, sound begins before the picture
    "annex-b-truncated.mp4",  # Annex B in MP4, ends in the middle of a picture
    "av1_video.mkv",
    "bbb_firstpts_10s.mp4",
    "corrupted.mp4",
    "demo.avi",  # MPEG-4 part 2 and MP3
    "demo.mpg",  # MPEG-1 and MP2
    "demo.ogv",  # Theora and Vorbis
    "edts.mp4",  # edit list
    "flower.mp4",  # H.264 with B-frames and AAC in MP4
    "h265_10bits.mp4",
    "hevc.ts",  # HEVC and AAC 5.1 in TS
    "kphotoalbum_movie.avi",  # Motion JPEG and PCM
    "multiple-aac-tracks.mp4",  # sound alone
    "nasa_13013.mp4",  # two pictures, two sounds, two subtitles
    "no_duration.webm",  # VP9 and Opus with irregular times, no duration stated
    "rotate-buck-bunny.mp4",
    "sample_eac3joc.ts",
    "sample_h264_iframes_only.ts",
    "sample_with_srt.mkv",  # AC-3, SRT
    "sar_2x1.mp4",
    "VID_20191220_170832.mp4",  # variable frame rate
)


class Exceptional(msgspec.Struct, frozen=True):
    """What is not as ffmpeg 5.1 plays the file, or not as a sound rendition is, and why."""

    reason: str
    pictures: tuple[int, ...] = ()  # how many may be shown, instead of what ffmpeg 5.1 decodes
    readable: bool = True  # by ffmpeg 5.1
    faults: frozenset[str] = frozenset()  # rules of the oracle that the source breaks itself
    plays: bool = True  # else the server has to refuse it
    noticed: bool = False  # ffmpeg 5.1 takes its irregular times for joins that don't fit


EXCEPTIONS: Final = {
    "annex-b-truncated.mp4": Exceptional(
        "the file ends in the middle of its last frame, which is left out", pictures=(5,)
    ),
    "decode_error_vp9.webm": Exceptional(
        "nothing of its first five seconds decodes: one frame is shown for them",
        pictures=(127,),
        faults=frozenset({"pts-gap"}),
    ),
    "ocean.mp4": Exceptional(
        "its 84th audio frame is stated to last 3053 samples instead of 1024",
        faults=frozenset({"audio-grid"}),
    ),
    "pixel_aspect_ratio.mp4": Exceptional(
        "its frames come in pairs 1 µs apart, in another order than their times; its first key "
        "frame refers to others: it is encoded, as no browser plays it cut",
        pictures=(712,),
        faults=frozenset({"pts-gap"}),
        noticed=True,
    ),
    "portrait_4k60.mp4": Exceptional(
        "its first audio frame is stated to last 1691 samples instead of 1024",
        faults=frozenset({"audio-grid"}),
    ),
    **dict.fromkeys(
        ("sample_with_pgs_subtitles.mkv", "sample_with_vobsub.mkv"),
        Exceptional(
            "it states 25 frames a second and has 600, so low rungs keep them all", pictures=(30,)
        ),
    ),
    "sample_missing_stsd.mp4": Exceptional(
        "ffmpeg 5.1 rejects the whole file for its unknown audio", pictures=(30,), readable=False
    ),
    "sample_partially_fragmented.mp4": Exceptional(
        "its audio has packets without times where the fragments begin",
        faults=frozenset({"audio-grid"}),
    ),
    "sample_vvc.mp4": Exceptional(
        "ffmpeg 5.1 has no decoder for VVC, PyAV's FFmpeg 8 has", pictures=(120,), readable=False
    ),
    "sample_with_invalid_nalu.mp4": Exceptional(
        "one frame is damaged: concealed where it is cut to TS, left out where it is encoded",
        pictures=(29, 30),
    ),
    "bipbop_200flips.ts": Exceptional(
        "200 flipped bits: one decoder shows a damaged frame, another does not",
        pictures=(598, 599),
    ),
    "demo_head60.mp4": Exceptional(
        "its first 60 %: the index of its frames was at the end", plays=False
    ),
    "empty.mkv": Exceptional("an empty file", plays=False),
    "text_named.mp4": Exceptional("a text file", plays=False),
}
"""Every file of the corpus that is no clean one, as far as it shows."""


class Choice(msgspec.Struct, frozen=True):
    """What to play."""

    names: tuple[str, ...]  # of files
    corpus: Path | None
    whole: bool  # every file and every rendition

    def find(self, name: str, clip: Callable[[str], Path]) -> Path:
        """Return where a file is; `clip` makes the clip of a fixture."""
        return clip(CLIPS[name]) if name in CLIPS or self.corpus is None else self.corpus / name


def chosen() -> Choice:
    """Return what the environment asks for."""
    folder = os.environ.get("BLOBHLS_CORPUS")
    if not folder:
        return Choice(tuple(CLIPS), None, whole=False)
    corpus = Path(folder)
    whole = os.environ.get("BLOBHLS_WHOLE_CORPUS") == "1"
    names = sorted(_media_files(corpus)) if whole else _SLICE
    return Choice((*names, *_CLIPS_BESIDE_CORPUS), corpus, whole)


def corpus_files() -> dict[str, Path]:
    """Return every file of the corpus by its path in there, the damaged ones last."""
    folder = os.environ.get("BLOBHLS_CORPUS")
    if not folder:
        return {}
    corpus = Path(folder)
    whole = {name: corpus / name for name in _media_files(corpus)}
    damaged = {f"derived/{name}": path for name, path in _files(corpus / "derived").items()}
    return whole | damaged


def _media_files(corpus: Path) -> list[str]:
    return [name for name in _files(corpus) if not name.endswith(".md")]


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
