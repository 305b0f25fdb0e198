"""What a track is for: by the flags of its container, or by its title where they are not set. Pure.

Many files say "Commentary" or "SDH" in a title and set no flag.
"""

from __future__ import annotations

import re
from typing import Final

from blobhls.media.probe_values import AudioTrack, SubtitleTrack

DESCRIBES_VIDEO: Final = "public.accessibility.describes-video"
TRANSCRIBES: Final = (
    "public.accessibility.transcribes-spoken-dialog",
    "public.accessibility.describes-music-and-sound",
)
# Not of the film itself: nothing that is chosen because of its language.
AUXILIARY: Final = "public.auxiliary-content"

_COMMENTARY: Final = re.compile(r"\b(?:commentar(?:y|ies)|kommentar|commentaire)\b")
_DESCRIBED: Final = re.compile(
    r"\b(?:audio[- ]?descripti(?:on|ve)|descriptive|described video|audiodeskription)\b"
)
_FORCED: Final = re.compile(r"(?<!non[- ])(?<!not )\bforced\b")
_IMPAIRED: Final = re.compile(
    r"\b(?:sdh|cc|closed captions?|hard[- ]of[- ]hearing|hearing[- ]impaired)\b"
)
_LOOK: Final = 200  # characters of a title


def is_commentary(track: AudioTrack | SubtitleTrack) -> bool:
    """Say whether people talk about the film in it."""
    flagged = isinstance(track, AudioTrack) and track.commentary
    return flagged or _says(_COMMENTARY, track)


def is_described(audio: AudioTrack) -> bool:
    """Say whether somebody tells what is to be seen."""
    return audio.described or _says(_DESCRIBED, audio)


def is_forced(text: SubtitleTrack) -> bool:
    """Say whether it holds only what everybody has to read."""
    return text.forced or _says(_FORCED, text)


def is_for_the_deaf(text: SubtitleTrack) -> bool:
    """Say whether it tells of music and noises too."""
    return text.hearing_impaired or _says(_IMPAIRED, text)


def sound_characteristics(audio: AudioTrack) -> tuple[str, ...]:
    """Return `CHARACTERISTICS` of a sound track (RFC 8216 §4.3.4.1)."""
    described = (DESCRIBES_VIDEO,) if is_described(audio) else ()
    return (*described, AUXILIARY) if is_commentary(audio) else described


def text_characteristics(text: SubtitleTrack) -> tuple[str, ...]:
    """Return `CHARACTERISTICS` of a subtitle track (RFC 8216 §4.3.4.1)."""
    impaired = TRANSCRIBES if is_for_the_deaf(text) else ()
    return (*impaired, AUXILIARY) if is_commentary(text) else impaired


def _says(pattern: re.Pattern[str], track: AudioTrack | SubtitleTrack) -> bool:
    return pattern.search((track.title or "")[:_LOOK].lower()) is not None
