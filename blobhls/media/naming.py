"""Names of sound and subtitle renditions, for URLs and for people."""

from __future__ import annotations

import re
from typing import Final

from blobhls.media.values import AudioTrack, TextTrack

# ISO 639-2 codes as files have them → BCP 47 tag and name; others stay as they are.
_LANGUAGES: Final = {
    "ara": ("ar", "Arabic"),
    "bul": ("bg", "Bulgarian"),
    "cat": ("ca", "Catalan"),
    "ces": ("cs", "Czech"),
    "cze": ("cs", "Czech"),
    "chi": ("zh", "Chinese"),
    "zho": ("zh", "Chinese"),
    "dan": ("da", "Danish"),
    "deu": ("de", "German"),
    "ger": ("de", "German"),
    "ell": ("el", "Greek"),
    "gre": ("el", "Greek"),
    "eng": ("en", "English"),
    "est": ("et", "Estonian"),
    "fin": ("fi", "Finnish"),
    "fra": ("fr", "French"),
    "fre": ("fr", "French"),
    "heb": ("he", "Hebrew"),
    "hin": ("hi", "Hindi"),
    "hrv": ("hr", "Croatian"),
    "hun": ("hu", "Hungarian"),
    "ind": ("id", "Indonesian"),
    "isl": ("is", "Icelandic"),
    "ita": ("it", "Italian"),
    "jpn": ("ja", "Japanese"),
    "kor": ("ko", "Korean"),
    "lav": ("lv", "Latvian"),
    "lit": ("lt", "Lithuanian"),
    "nld": ("nl", "Dutch"),
    "dut": ("nl", "Dutch"),
    "nor": ("no", "Norwegian"),
    "nob": ("nb", "Norwegian Bokmål"),
    "fas": ("fa", "Persian"),
    "per": ("fa", "Persian"),
    "pol": ("pl", "Polish"),
    "por": ("pt", "Portuguese"),
    "ron": ("ro", "Romanian"),
    "rum": ("ro", "Romanian"),
    "rus": ("ru", "Russian"),
    "slk": ("sk", "Slovak"),
    "slo": ("sk", "Slovak"),
    "slv": ("sl", "Slovenian"),
    "spa": ("es", "Spanish"),
    "srp": ("sr", "Serbian"),
    "swe": ("sv", "Swedish"),
    "tha": ("th", "Thai"),
    "tur": ("tr", "Turkish"),
    "ukr": ("uk", "Ukrainian"),
    "vie": ("vi", "Vietnamese"),
}
_CHANNELS: Final = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_UNSAFE: Final = re.compile(r"[^a-z0-9]+")


def language_tag(code: str | None) -> str | None:
    """Return the BCP 47 tag of a language as a file names it; None where it says nothing."""
    code = (code or "").strip().lower()
    if not code or code == "und" or not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        return None
    return _LANGUAGES.get(code, (code, ""))[0]


def language_name(code: str | None) -> str | None:
    """Return a language's English name; the code itself where it is not in the table."""
    tag = language_tag(code)
    if tag is None:
        return None
    names = dict(_LANGUAGES.values())
    return names.get(tag.partition("-")[0], (code or "").strip())


def sound_name(audio: AudioTrack) -> tuple[str, str]:
    """Return a name for URLs and one for people: `audio-1-eng`, `English (Commentary)`."""
    title = (audio.title or "").strip()
    language = language_name(audio.language)
    channels = _CHANNELS.get(audio.channels, f"{audio.channels} channels")
    person = title or language or f"Audio ({channels})"
    if title and language and language.lower() not in title.lower():
        person = f"{language} ({title})"
    if audio.commentary and "comment" not in person.lower():
        person += " (commentary)"
    return f"audio-{audio.stream}-{_slug(audio.language)}", person


def text_name(text: TextTrack) -> tuple[str, str]:
    """Return a name for URLs and one for people: `subs-2-deu`, `German (forced)`."""
    person = (text.title or "").strip() or language_name(text.language) or "Subtitles"
    if text.forced and "forced" not in person.lower():
        person += " (forced)"
    if text.hearing_impaired and "sdh" not in person.lower():
        person += " (SDH)"
    return f"subs-{text.stream}-{_slug(text.language)}", person


def _slug(language: str | None) -> str:
    return _UNSAFE.sub("", (language or "").lower())[:8] or "und"
