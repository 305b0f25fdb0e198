"""The role of a track: from the container's flags, or from its title where no flag is set. Pure.

Many files write "Commentary" or "SDH" into a title and set no flag.
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
# Not the film itself: never chosen merely because of its language.
AUXILIARY: Final = "public.auxiliary-content"

_COMMENTARY: Final = re.compile(r"\b(?:commentar(?:y|ies)|kommentar|commentaire)\b")
_DESCRIPTION: Final = re.compile(
    r"\b(?:audio[- ]?descripti(?:on|ve)|descriptive|described video|audiodeskription)\b"
)
_FORCED: Final = re.compile(r"(?<!non[- ])(?<!not )\bforced\b")
_SDH: Final = re.compile(
    r"\b(?:sdh|cc|closed captions?|hard[- ]of[- ]hearing|hearing[- ]impaired)\b"
)
_MAX_TITLE: Final = 200  # characters of a title


def is_commentary(track: AudioTrack | SubtitleTrack) -> bool:
    """Say whether the track is a commentary on the film."""
    flagged = isinstance(track, AudioTrack) and track.commentary
    return flagged or _title_matches(_COMMENTARY, track)


def is_described(audio: AudioTrack) -> bool:
    """Say whether the track is an audio description for blind viewers."""
    return audio.described or _title_matches(_DESCRIPTION, audio)


def is_forced(track: SubtitleTrack) -> bool:
    """Say whether the track holds only the subtitles that every viewer needs."""
    return track.forced or _title_matches(_FORCED, track)


def is_for_hearing_impaired(track: SubtitleTrack) -> bool:
    """Say whether the track also describes music and noises (SDH)."""
    return track.hearing_impaired or _title_matches(_SDH, track)


def audio_characteristics(audio: AudioTrack) -> tuple[str, ...]:
    """Return the `CHARACTERISTICS` of an audio track (RFC 8216 §4.3.4.1)."""
    described = (DESCRIBES_VIDEO,) if is_described(audio) else ()
    return (*described, AUXILIARY) if is_commentary(audio) else described


def subtitle_characteristics(track: SubtitleTrack) -> tuple[str, ...]:
    """Return the `CHARACTERISTICS` of a subtitle track (RFC 8216 §4.3.4.1)."""
    sdh = TRANSCRIBES if is_for_hearing_impaired(track) else ()
    return (*sdh, AUXILIARY) if is_commentary(track) else sdh


def _title_matches(pattern: re.Pattern[str], track: AudioTrack | SubtitleTrack) -> bool:
    return pattern.search((track.title or "")[:_MAX_TITLE].lower()) is not None
