"""Subtitle files: detecting their encoding, and opening them with libav."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import av
import charset_normalizer
from av.container import InputContainer

from blobhls.errors import SourceBroken, SourceOffline
from blobhls.media.container.source import explain, readable_packets, source_id
from blobhls.media.plan.rendition_names import language_tag
from blobhls.media.results import SubtitleSurvey
from blobhls.recipe import Ratio, SubtitleFormat

_MAX_BYTES: Final = 8 << 20
_FORMATS: Final[dict[str, SubtitleFormat]] = {
    ".ass": "ass", ".srt": "srt", ".ssa": "ass", ".vtt": "webvtt",
}  # fmt: skip
_OPTIONS: Final = {"protocol_whitelist": "", "format_whitelist": "ass,srt,webvtt"}
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Legacy encodings of each language before UTF-8, by BCP 47 tag; the first that fits is used.
_LEGACY: Final = {
    "ar": ("cp1256",), "fa": ("cp1256",), "be": ("cp1251",), "bg": ("cp1251",),
    "mk": ("cp1251",), "ru": ("cp1251",), "uk": ("cp1251",), "cs": ("cp1250",),
    "hr": ("cp1250",), "hu": ("cp1250",), "pl": ("cp1250",), "ro": ("cp1250",),
    "sk": ("cp1250",), "sl": ("cp1250",), "el": ("cp1253",), "tr": ("cp1254",),
    "he": ("cp1255",), "et": ("cp1257",), "lt": ("cp1257",), "lv": ("cp1257",),
    "vi": ("cp1258",), "th": ("cp874",), "ja": ("cp932", "euc_jp"), "ko": ("cp949",),
    "zh": ("gb18030", "big5"), "zh-TW": ("big5", "gb18030"), "zh-Hant": ("big5", "gb18030"),
    "da": ("cp1252",), "de": ("cp1252",), "en": ("cp1252",), "es": ("cp1252",),
    "fi": ("cp1252",), "fr": ("cp1252",), "is": ("cp1252",), "it": ("cp1252",),
    "nb": ("cp1252",), "nl": ("cp1252",), "no": ("cp1252",), "pt": ("cp1252",),
    "sv": ("cp1252",),
}  # fmt: skip
_CANDIDATES: Final = sorted({name for names in _LEGACY.values() for name in names} | {"koi8_r"})
_FALLBACK: Final = "cp1252"


def survey_file(path: Path, language: str | None) -> SubtitleSurvey:
    """Fingerprint a subtitle file and determine its format and encoding.

    `language`: from its name; it decides where the bytes fit several encodings. Raises
    `SourceBroken` where the file has no cues, or `SourceOffline`.
    """
    body, subtitle_format = _read(path), _FORMATS.get(path.suffix.lower())
    if subtitle_format is None:
        raise SourceBroken("this subtitle format is not supported")
    encoding = detect_encoding(body, language)
    with _opened(body, encoding, subtitle_format) as container:
        base = container.streams[0].time_base
        if base is None or next(readable_packets(container, container.streams[0]), None) is None:
            raise SourceBroken("no subtitles could be read from it")
    return SubtitleSurvey(source_id(path), encoding, subtitle_format, Ratio.of(base))


def detect_encoding(body: bytes, language: str | None) -> str:
    """Return the name of the codec that a subtitle file is encoded in.

    A byte order mark or valid UTF-8 decide; then the legacy encoding of its language, if it fits;
    then statistics of its letters.
    """
    for byte_order_mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(byte_order_mark):
            return name
    tag = language_tag(language) or ""
    legacy = _LEGACY.get(tag) or _LEGACY.get(tag.partition("-")[0], ())
    for name in ("utf-8", *legacy):
        if _fits(body, name):
            return name
    best = charset_normalizer.from_bytes(body, cp_isolation=_CANDIDATES).best()
    return _FALLBACK if best is None else best.encoding


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def opened_subtitle_file(
    path: Path, encoding: str, subtitle_format: SubtitleFormat
) -> Iterator[InputContainer]:
    """Open a subtitle file in a known encoding; raises `SourceBroken` or `SourceOffline`."""
    with _opened(_read(path), encoding, subtitle_format) as container:
        yield container


@contextmanager
def _opened(
    body: bytes, encoding: str, subtitle_format: SubtitleFormat
) -> Iterator[InputContainer]:
    text = body.decode(encoding, "replace").replace("\x00", "")
    try:
        container = cast(
            "InputContainer",
            av.open(
                io.BytesIO(text.encode("utf-8", "replace")),
                format=subtitle_format,
                options=_OPTIONS,
                metadata_errors="replace",
            ),
        )
    except (av.FFmpegError, ValueError, OSError) as error:
        raise SourceBroken(explain(error)) from error
    with container:
        if not container.streams:
            raise SourceBroken("no subtitles could be read from it")
        yield container


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceOffline(f"can't read {path.name}: {error.strerror}") from error
    if len(body) > _MAX_BYTES:
        raise SourceBroken(f"it is larger than {_MAX_BYTES >> 20} MiB")
    return body
