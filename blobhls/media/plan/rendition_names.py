"""Names of sound and subtitle renditions, for URLs and for people."""

from __future__ import annotations

import re
from typing import Final

from blobhls.media.plan.languages import NAMES, TAGS
from blobhls.media.plan.roles import is_commentary, is_described, is_for_the_deaf, is_forced
from blobhls.media.probe_values import AudioTrack, SubtitleTrack

_CHANNELS: Final = {1: " (mono)", 2: " (stereo)"}  # of more, there is a downmix of the same name
_NO_LANGUAGE: Final = frozenset({"", "und", "mis", "zxx", "qaa"})
_NOTES: Final = frozenset({"full", "forced", "sdh", "cc", "signs", "songs", "signs & songs"})
_LONGEST: Final = 80  # characters of a title
# Titles that tell codec, channels and bit rate: wrong once the sound is encoded, and no help.
_TECHNICAL: Final = re.compile(
    r"(?:(?:audio|sound|video|subtitles?|track|stream|handler|(?:sound|subtitle)handler"
    r"|gpac|iso|media|file|produced|by|core|mono|stereo|surround|dolby|digital|plus|truehd|atmos"
    r"|dts(?:-?(?:hd|es|x))?|ma|hra|ddp?\+?|e?-?ac-?3|(?:he-?)?aac(?:-?lc)?|mp[23]|flac|opus|vorbis"
    r"|l?pcm|srt|subrip|ass|ssa|pgs|ch(?:annels?)?|[kmg]?b(?:it)?(?:/s|ps)|k?hz|@|/|-|,|\(|\)"
    r"|\d+(?:\.\d+)?(?:ch|k(?:hz|bps)?|bit)?)\s*)+",
    re.IGNORECASE,
)
_FOR_THE_DEAF: Final = re.compile(r"\bsdh\b|\bcc\b|closed caption|hearing", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[^a-z0-9]+")


def language_tag(code: str | None) -> str | None:
    """Return the BCP 47 tag of a language as a file names it; None where it says nothing."""
    code = (code or "").strip().lower().replace("_", "-")
    if code in _NO_LANGUAGE or not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        return None
    primary, *rest = code.split("-")
    return "-".join((TAGS.get(primary, primary), *map(_cased, rest)))


def _cased(subtag: str) -> str:
    """Return a script or a region as BCP 47 §2.1.1 writes them: `Hant`, `BR`."""
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.capitalize()
    return subtag.upper() if len(subtag) == 2 else subtag


def language_name(code: str | None) -> str | None:
    """Return a language's English name; the code itself where it is not in the table."""
    tag = language_tag(code)
    if tag is None:
        return None
    primary, _, rest = tag.partition("-")
    name = NAMES.get(primary, primary)
    return f"{name} ({rest})" if rest else name


def sound_name(audio: AudioTrack) -> tuple[str, str]:
    """Return a name for URLs and one for people: `audio-1-eng`, `English (Commentary)`."""
    title = _title(audio.title)
    language = language_name(audio.language)
    person = title or language or f"Audio{_CHANNELS.get(audio.channels, '')}"
    if title and language and language.lower() not in title.lower():
        person = f"{language} ({title})"
    if is_commentary(audio):
        person = _with_note(person, "commentary")
    if is_described(audio):
        person = _with_note(person, "audio description")
    return f"audio-{audio.stream}-{_slug(audio.language)}", person


def text_name(text: SubtitleTrack) -> tuple[str, str]:
    """Return a name for URLs and one for people: `subs-2-deu`, `German (forced)`."""
    title = _title(text.title)
    language = language_name(text.language)
    person = title or language or "Subtitles"
    if title and language and title.lower() in _NOTES:
        person = f"{language} ({title})"
    if is_forced(text):
        person = _with_note(person, "forced")
    if is_for_the_deaf(text) and not _FOR_THE_DEAF.search(person):
        person = _with_note(person, "SDH")
    return f"subs-{text.stream}-{_slug(text.language)}", person


def _with_note(person: str, note: str) -> str:
    return person if note.lower() in person.lower() else f"{person} ({note})"


def _title(title: str | None) -> str:
    """Return what a file calls a track, if that says more than how it is coded."""
    words = " ".join("".join(c if c.isprintable() else " " for c in title or "").split())
    return "" if _TECHNICAL.fullmatch(words) else words[:_LONGEST]


def _slug(language: str | None) -> str:
    return _UNSAFE.sub("", (language or "").lower())[:8] or "und"
