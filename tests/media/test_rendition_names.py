"""Names of tracks, from the names in files to names for viewers."""

from __future__ import annotations

import pytest

from blobhls.media.plan.languages import NAMES, TAGS
from blobhls.media.plan.rendition_names import (
    audio_name,
    language_name,
    language_tag,
    subtitle_name,
)
from blobhls.media.probe_values import AudioTrack, SubtitleTrack
from blobhls.recipe import Ratio


def sound(
    language: str | None = None,
    title: str | None = None,
    channels: int = 2,
    *,
    commentary: bool = False,
    described: bool = False,
) -> AudioTrack:
    return AudioTrack(
        stream=1,
        codec="aac",
        codecs=None,
        channels=channels,
        sample_rate=48_000,
        frame_size=1024,
        base=Ratio(1, 1000),
        start=0,
        stop=1,
        language=language,
        title=title,
        default=False,
        commentary=commentary,
        described=described,
    )


def text(
    language: str | None = None,
    title: str | None = None,
    *,
    forced: bool = False,
    impaired: bool = False,
) -> SubtitleTrack:
    return SubtitleTrack(
        stream=2,
        codec="subrip",
        text=True,
        base=Ratio(1, 1000),
        language=language,
        title=title,
        default=False,
        forced=forced,
        hearing_impaired=impaired,
    )


@pytest.mark.parametrize(
    ("code", "tag", "name"),
    [
        ("eng", "en", "English"),
        ("en", "en", "English"),
        ("ger", "de", "German"),
        ("deu", "de", "German"),
        ("pt-BR", "pt-BR", "Portuguese (BR)"),
        ("por_br", "pt-BR", "Portuguese (BR)"),
        ("zh-hans", "zh-Hans", "Chinese (Hans)"),
        ("srp-latn-rs", "sr-Latn-RS", "Serbian (Latn-RS)"),
        ("es-419", "es-419", "Spanish (419)"),
        ("mac", "mk", "Macedonian"),
        ("baq", "eu", "Basque"),
        ("gsw", "gsw", "gsw"),
        ("und", None, None),
        ("zxx", None, None),
        ("", None, None),
        (None, None, None),
        ("English", None, None),
        ('e"g', None, None),
    ],
)
def test_language_names_and_tags(code: str | None, tag: str | None, name: str | None) -> None:
    assert language_tag(code) == tag
    assert language_name(code) == name


@pytest.mark.parametrize(
    ("track", "name"),
    [
        (sound("eng"), "English"),
        (sound("eng", "English"), "English"),
        (sound("eng", "English 5.1"), "English 5.1"),
        (sound("eng", "Director's Cut"), "English (Director's Cut)"),
        (sound("eng", commentary=True), "English (commentary)"),
        (sound("eng", "Commentary", commentary=True), "English (Commentary)"),
        (sound("eng", described=True), "English (audio description)"),
        (sound("deu", "DTS-HD MA 5.1"), "German"),
        (sound("fra", "AC3 5.1 @ 640 kbps"), "French"),
        (sound("spa", "Stereo"), "Spanish"),
        (sound("und", "SoundHandler"), "Audio (stereo)"),
        (sound(None, "Track 1", channels=6), "Audio"),
        (sound(None, None, channels=1), "Audio (mono)"),
        (sound(None, "Karaoke"), "Karaoke"),
        (sound("jpn", "日本語\n音声"), "Japanese (日本語 音声)"),
    ],
)
def test_audio_names(track: AudioTrack, name: str) -> None:
    assert audio_name(track)[1] == name


@pytest.mark.parametrize(
    ("track", "name"),
    [
        (text("deu"), "German"),
        (text(), "Subtitles"),
        (text("deu", forced=True), "German (forced)"),
        (text("deu", "Forced", forced=True), "German (Forced)"),
        (text("deu", "Forced"), "German (Forced)"),
        (text("eng", "Signs / non-forced"), "Signs / non-forced"),
        (text("eng", "CC"), "English (CC)"),
        (text("eng", impaired=True), "English (SDH)"),
        (text("eng", "SDH", impaired=True), "English (SDH)"),
        (text("eng", "English for the hard of hearing", impaired=True),
         "English for the hard of hearing"),
        (text("por", "Brasil"), "Brasil"),
        (text("eng", "SubRip"), "English"),
    ],
)  # fmt: skip
def test_subtitle_names(track: SubtitleTrack, name: str) -> None:
    assert subtitle_name(track)[1] == name


def test_names_for_urls_have_only_safe_characters() -> None:
    assert audio_name(sound("eng"))[0] == "audio-1-eng"
    assert audio_name(sound('../"x'))[0] == "audio-1-x"
    assert subtitle_name(text("pt-BR"))[0] == "subs-2-ptbr"
    assert subtitle_name(text("日本"))[0] == "subs-2-und"


def test_a_very_long_title_is_shortened() -> None:
    assert len(audio_name(sound(None, "x" * 10_000))[1]) == 80


def test_languages_have_their_shortest_code() -> None:
    assert all(len(tag) == 2 for code, tag in TAGS.items() if code != "fil")
    assert set(TAGS.values()) == set(NAMES)
    assert all(language_tag(code) == tag for code, tag in TAGS.items())
