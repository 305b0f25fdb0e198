"""Subtitle files in any encoding become WebVTT segments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.errors import SourceBroken, SourceOffline
from blobhls.media.container.source import source_id
from blobhls.media.render import render
from blobhls.media.subtitles.text_file import detect_encoding, survey_file
from blobhls.recipe import CutSubtitleFile, CutSubtitles, Ratio, Track, decode, encode

HEADER = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"
SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n\n2\n00:01:03,000 --> 00:01:04,000\n<i>Later</i>\n"
VTT = "WEBVTT\n\nNOTE no cue\n\n00:01.000 --> 00:02.500 line:0\n<v Bob>{}\n"
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:01:03.00,0:01:04.00,Default,,0,0,0,,Later
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{{\\an8}}{}
"""
FILES = {"Heat.srt": SRT, "Heat.vtt": VTT, "Heat.ass": ASS, "Heat.ssa": ASS}

WORDS = {
    "ru": "Здравствуйте, товарищи! Как ваши дела сегодня?",
    "el": "Καλημέρα σε όλους, τι κάνετε σήμερα το πρωί;",
    "pl": "Zażółć gęślą jaźń, źrebię śpi w łóżku",
    "de": "Grüße aus Köln, schöne Straße, übermäßig",
    "ja": "おはようございます、今日はいい天気ですね",
    "zh": "你好今天天气很好我们去公园吧",
    "ko": "안녕하세요, 오늘 날씨가 좋네요",
    "he": "שלום לכולם, מה שלומכם היום",
    "ar": "صباح الخير كيف حالكم اليوم",
    "tr": "Günayd\u0131n, bugün nas\u0131ls\u0131n\u0131z? Şişe ç\u0131ğ",
}
CODECS = {
    "ru": "cp1251", "el": "cp1253", "pl": "cp1250", "de": "cp1252", "ja": "cp932",
    "zh": "gb18030", "ko": "cp949", "he": "cp1255", "ar": "cp1256", "tr": "cp1254",
}  # fmt: skip


def cut(path: Path, start: int = 0, stop: int = 6000, language: str | None = None) -> str:
    """Return the segment of `path` from `start` to `stop` in milliseconds."""
    found = survey_file(path, language)
    track = Track(found.source_id, 0, found.base, Ratio(0, 1))
    recipe = CutSubtitleFile(
        track, start, stop, "webvtt-v1", encoding=found.encoding, format=found.format
    )
    return render(recipe, path).decode()


def text_file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_cut_into_segments(tmp_path: Path, name: str) -> None:
    path = text_file(tmp_path, name, FILES[name].format("Grüße"))
    assert cut(path) == f"{HEADER}\n00:00:01.000 --> 00:00:02.500\nGrüße\n"
    assert cut(path, 2400, 8000) == cut(path)
    assert cut(path, 6000, 12_000) == HEADER
    if not name.endswith(".vtt"):
        assert "Later" in cut(path, 60_000, 66_000)


@pytest.mark.parametrize("language", WORDS)
def test_the_language_in_the_name_decides_the_legacy_encoding(
    tmp_path: Path, language: str
) -> None:
    path = text_file(tmp_path, "a.srt", SRT.format(WORDS[language]), CODECS[language])
    assert WORDS[language] in cut(path, language=language)


@pytest.mark.parametrize("language", ["ru", "el", "ja", "ko"])
def test_without_a_language_the_letters_decide_the_encoding(tmp_path: Path, language: str) -> None:
    lines = [
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n{WORDS[language]}\n" for n in range(1, 40)
    ]
    path = text_file(tmp_path, "a.srt", "\n".join(lines), CODECS[language])
    assert WORDS[language] in cut(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_detected(tmp_path: Path, encoding: str) -> None:
    path = text_file(tmp_path, "a.srt", SRT.format("Ünïcode 東京"), encoding)
    assert "Ünïcode 東京" in cut(path, language="de")


def test_crlf_and_a_missing_last_line_end_are_accepted(tmp_path: Path) -> None:
    path = text_file(tmp_path, "a.srt", SRT.format("Hi").replace("\n", "\r\n").rstrip())
    assert "Hi" in cut(path)
    assert "<i>Later</i>" in cut(path, 60_000, 66_000)


def test_a_file_is_a_source_and_its_recipe_can_be_stored(
    tmp_path: Path,
) -> None:
    path = text_file(tmp_path, "a.srt", SRT.format("Hi"))
    found = survey_file(path, None)
    assert found.source_id == source_id(path)
    track = Track(found.source_id, 0, found.base, Ratio(0, 1))
    recipe = CutSubtitleFile(track, 0, 1, "webvtt-v1", encoding="cp1251", format="ass")
    assert decode(encode(recipe)) == recipe
    assert isinstance(decode(encode(recipe)), CutSubtitleFile)
    assert recipe.recipe_id != CutSubtitles(track, 0, 1, "webvtt-v1").recipe_id


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.srt", b""),
        ("a.srt", b"nothing of the kind"),
        ("a.ass", b"[Script Info]\n"),
        ("a.vtt", b"WEBVTT\n"),
        ("a.srt", bytes(range(256)) * 40),
        ("a.srt", b"#EXTM3U\n/etc/passwd\n"),
        ("a.sub", b"{1}{2}Hi"),
        ("a.srt", b"x" * (8 << 20) + b"x"),
    ],
    ids=range(8),
)
def test_a_file_without_cues_is_refused_with_a_reason(
    tmp_path: Path, name: str, body: bytes
) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(SourceBroken):
        survey_file(tmp_path / name, None)


def test_a_missing_file_is_offline(tmp_path: Path) -> None:
    with pytest.raises(SourceOffline):
        survey_file(tmp_path / "a.srt", None)


@given(st.binary(max_size=300), st.sampled_from([None, "ru", "ja", "xx", "zh-TW"]))
def test_an_encoding_is_found_for_any_bytes_and_decodes_them(
    body: bytes, language: str | None
) -> None:
    body.decode(detect_encoding(body, language), "replace")
