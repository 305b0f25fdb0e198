"""Names of audio and subtitle renditions: one for URLs, one for viewers."""

from __future__ import annotations

import re
from typing import Final

from blobhls.media.plan.languages import NAMES, TAGS
from blobhls.media.plan.roles import is_commentary, is_described, is_for_hearing_impaired, is_forced
from blobhls.media.probe_values import AudioTrack, SubtitleTrack

# More channels get a downmix of the same name.
_CHANNEL_NOTES: Final = {1: " (mono)", 2: " (stereo)"}
_NO_LANGUAGE: Final = frozenset({"", "und", "mis", "zxx", "qaa"})
_NOTES: Final = frozenset({"full", "forced", "sdh", "cc", "signs", "songs", "signs & songs"})
_MAX_TITLE: Final = 80  # characters of a title
# Titles that only state codec, channels and bit rate: wrong once the audio is encoded.
_TECHNICAL: Final = re.compile(
    r"(?:(?:audio|sound|video|subtitles?|track|stream|handler|(?:sound|subtitle)handler"
    r"|gpac|iso|media|file|produced|by|core|mono|stereo|surround|dolby|digital|plus|truehd|atmos"
    r"|dts(?:-?(?:hd|es|x))?|ma|hra|ddp?\+?|e?-?ac-?3|(?:he-?)?aac(?:-?lc)?|mp[23]|flac|opus|vorbis"
    r"|l?pcm|srt|subrip|ass|ssa|pgs|ch(?:annels?)?|[kmg]?b(?:it)?(?:/s|ps)|k?hz|@|/|-|,|\(|\)"
    r"|\d+(?:\.\d+)?(?:ch|k(?:hz|bps)?|bit)?)\s*)+",
    re.IGNORECASE,
)
_SDH: Final = re.compile(r"\bsdh\b|\bcc\b|closed caption|hearing", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[^a-z0-9]+")


def language_tag(code: str | None) -> str | None:
    """Return the BCP 47 tag of a container's language code; None where it names no language."""
    code = (code or "").strip().lower().replace("_", "-")
    if code in _NO_LANGUAGE or not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        return None
    primary, *rest = code.split("-")
    return "-".join((TAGS.get(primary, primary), *map(_with_case, rest)))


def _with_case(subtag: str) -> str:
    """Return a script or region subtag in the case of BCP 47 §2.1.1: `Hant`, `BR`."""
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.capitalize()
    return subtag.upper() if len(subtag) == 2 else subtag


def language_name(code: str | None) -> str | None:
    """Return a language's English name, or its code where the table has no name."""
    tag = language_tag(code)
    if tag is None:
        return None
    primary, _, rest = tag.partition("-")
    name = NAMES.get(primary, primary)
    return f"{name} ({rest})" if rest else name


def audio_name(audio: AudioTrack) -> tuple[str, str]:
    """Return a name for URLs and one for viewers: `audio-1-eng`, `English (Commentary)`."""
    title = _title(audio.title)
    language = language_name(audio.language)
    label = title or language or f"Audio{_CHANNEL_NOTES.get(audio.channels, '')}"
    if title and language and language.lower() not in title.lower():
        label = f"{language} ({title})"
    if is_commentary(audio):
        label = _with_note(label, "commentary")
    if is_described(audio):
        label = _with_note(label, "audio description")
    return f"audio-{audio.stream}-{_slug(audio.language)}", label


def subtitle_name(track: SubtitleTrack) -> tuple[str, str]:
    """Return a name for URLs and one for viewers: `subs-2-deu`, `German (forced)`."""
    title = _title(track.title)
    language = language_name(track.language)
    label = title or language or "Subtitles"
    if title and language and title.lower() in _NOTES:
        label = f"{language} ({title})"
    if is_forced(track):
        label = _with_note(label, "forced")
    if is_for_hearing_impaired(track) and not _SDH.search(label):
        label = _with_note(label, "SDH")
    return f"subs-{track.stream}-{_slug(track.language)}", label


def _with_note(label: str, note: str) -> str:
    return label if note.lower() in label.lower() else f"{label} ({note})"


def _title(title: str | None) -> str:
    """Return a track's title, or "" where it only describes the coding."""
    words = " ".join("".join(c if c.isprintable() else " " for c in title or "").split())
    return "" if _TECHNICAL.fullmatch(words) else words[:_MAX_TITLE]


def _slug(language: str | None) -> str:
    return _UNSAFE.sub("", (language or "").lower())[:8] or "und"
