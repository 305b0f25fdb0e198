"""Names of subtitle files: `Name[.title].lang[.forced|sdh|cc|default].srt`. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.names.titles import printable

# ISO 639-1, and the codes of ISO 639-2 that occur in file names.
_TWO: Final = """
    af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fo fr ga gl gu he hi hr hu hy id
    is it ja ka kk km kn ko ku ky la lb lo lt lv mk ml mn mr ms mt my nb ne nl nn no pa pl ps pt
    ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi yi zh zu
"""
_THREE: Final = """
    afr alb amh ara arm aze baq bel ben bos bul bur cat ces chi cze dan deu dut ell eng est eus
    fas fin fra fre geo ger gle glg gre guj heb hin hrv hun hye ice ind isl ita jpn kan kat kaz
    khm kor kur lao lat lav lit mac mal mar may mkd mlt mon msa nep nld nno nob nor pan per pol
    por ron rum rus sin slk slo slv som spa sqi srp swa swe tam tel tgl tha tur ukr und urd uzb
    vie wel yid zho zul
"""
_CODES: Final = frozenset(_TWO.split() + _THREE.split())
_NAMES: Final = {
    "arabic": "ar", "bulgarian": "bg", "chinese": "zh", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi",
    "french": "fr", "german": "de", "deutsch": "de", "greek": "el", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja",
    "korean": "ko", "latvian": "lv", "lithuanian": "lt", "norwegian": "no", "persian": "fa",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr",
    "slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv", "thai": "th",
    "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip
_TAG: Final = re.compile(r"([a-z]{2,3})[-_]([a-z]{2}|[0-9]{3}|[a-z]{4})", re.IGNORECASE)
_FORCED: Final = frozenset({"forced", "foreign"})
_IMPAIRED: Final = frozenset({"sdh", "cc", "hoh"})


class Sidecar(msgspec.Struct, frozen=True):
    """The parts of a subtitle file's name."""

    language: str | None  # as in the name: an ISO 639 code, possibly with a region
    title: str | None
    forced: bool  # only passages that are foreign in the film's own language
    hearing_impaired: bool
    default: bool


def read_sidecar(stem: str, video: str) -> Sidecar | None:
    """Parse a subtitle file's stem for the video whose stem is `video`; None if it doesn't match.

    Title and language may be in either order. `hi` is Hindi, or after another language hearing
    impaired.
    """
    rest = stem[len(video) :]
    if not stem.lower().startswith(video.lower()) or rest[:1] not in {"", "."}:
        return None
    language: str | None = None
    titles: list[str] = []
    flags: set[str] = set()
    words = (word.strip(" _-") for word in reversed(rest.split(".")))
    for word in filter(None, words):
        lower, code = word.lower(), _language(word)
        if lower in _FORCED | _IMPAIRED | {"default"}:
            flags.add(lower)
        elif code is not None and language in {None, "hi"}:
            flags |= {"cc"} if language == "hi" else set()
            language = code
        else:
            titles.insert(0, word)
    return Sidecar(
        language,
        " ".join(printable(" ".join(titles)).split()) or None,
        forced=not flags.isdisjoint(_FORCED),
        hearing_impaired=not flags.isdisjoint(_IMPAIRED),
        default="default" in flags,
    )


def _language(word: str) -> str | None:
    lower = word.lower()
    if lower in _CODES:
        return lower
    tagged = _TAG.fullmatch(word)
    if tagged is not None and tagged[1].lower() in _CODES:
        return f"{tagged[1].lower()}-{tagged[2]}"
    return _NAMES.get(lower)
