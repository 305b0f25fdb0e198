"""Roles of tracks, in plans and in the master playlist."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from blobhls.hls import Media, parse_master
from blobhls.media.plan.planner import make_plan
from blobhls.media.plan.roles import AUXILIARY, DESCRIBES_VIDEO, TRANSCRIBES, is_forced
from blobhls.media.probe_values import AudioTrack, Probe, SubtitleTrack
from blobhls.recipe import Ratio
from blobhls.resolver.playlists.playlists import master_playlist, planned_rate

SOUND = AudioTrack(
    stream=0, codec="aac", codecs="mp4a.40.2", channels=2, sample_rate=48_000, frame_size=1024,
    base=Ratio(1, 1000), start=0, stop=60_000, language="eng", title=None, default=False,
    commentary=False, described=False,
)  # fmt: skip
TEXT = SubtitleTrack(
    stream=0, codec="subrip", text=True, base=Ratio(1, 1000), language="eng", title=None,
    default=False, forced=False, hearing_impaired=False,
)  # fmt: skip


def sound(stream: int, **changes: object) -> AudioTrack:
    return msgspec.structs.replace(SOUND, stream=stream, **changes)


def text(stream: int, **changes: object) -> SubtitleTrack:
    return msgspec.structs.replace(TEXT, stream=stream, **changes)


def media(*tracks: AudioTrack | SubtitleTrack) -> list[Media]:
    """Return the entries of these tracks in a film's master playlist."""
    sounds = tuple(t for t in tracks if isinstance(t, AudioTrack)) or (SOUND,)
    texts = tuple(t for t in tracks if isinstance(t, SubtitleTrack))
    plan = make_plan("s", Probe("mov", 1_000_000, None, sounds, texts, by_position=False))
    assert plan.duration == Fraction(60)
    rates = {rendition.name: planned_rate(rendition) for rendition in plan.renditions}
    master = parse_master(master_playlist(plan.renditions, lambda r: f"{r.name}.m3u8", rates))
    wanted = "AUDIO" if isinstance(tracks[0], AudioTrack) else "SUBTITLES"
    return [each for each in master.media if each.type == wanted]


def flags(each: Media) -> tuple[bool, bool, bool]:
    """Return DEFAULT, AUTOSELECT and FORCED."""
    return each.default, each.autoselect, each.forced


def test_the_default_flag_of_a_file_is_kept() -> None:
    german, english = media(sound(1, language="ger"), sound(2, default=True))
    assert (german.language, english.language) == ("de", "en")
    assert flags(german) == (False, True, False)
    assert flags(english) == (True, True, False)


def test_without_a_default_it_is_the_first_main_audio_track() -> None:
    found = media(sound(1, commentary=True), sound(2, described=True), sound(3), sound(4))
    assert [each.default for each in found] == [False, False, True, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"commentary": True},
        {"title": "Director's Commentary"},
        {"title": "Audiokommentar: Kommentar der Regie"},
        {"commentary": True, "default": True},
    ],
)
def test_commentary_is_never_chosen_for_its_language(changes: dict[str, object]) -> None:
    _, commentary = media(sound(1), sound(2, **changes))
    assert commentary.characteristics == (AUXILIARY,)
    assert flags(commentary) == (False, False, False)


@pytest.mark.parametrize(
    "changes",
    [{"described": True}, {"title": "English Audio Description"}, {"title": "Descriptive"}],
)
def test_audio_description_has_its_characteristic(changes: dict[str, object]) -> None:
    _, described = media(sound(1), sound(2, default=True, **changes))
    assert described.characteristics == (DESCRIBES_VIDEO,)
    # AUTOSELECT: a player whose user asked for descriptions may choose it (RFC 8216 §4.3.4.1).
    assert flags(described) == (False, True, False)


def test_a_commentary_is_the_default_if_there_is_nothing_else() -> None:
    (only,) = media(sound(1, commentary=True))
    assert flags(only) == (True, True, False)


@pytest.mark.parametrize("changes", [{"forced": True}, {"title": "Forced"}])
def test_forced_subtitles_are_autoselected_but_not_the_default(changes: dict[str, object]) -> None:
    _, forced = media(text(3), text(4, default=True, **changes))
    assert flags(forced) == (False, True, True)
    assert forced.name == "English (forced)" or forced.name == "English (Forced)"


@pytest.mark.parametrize("title", ["Non-Forced", "non forced", "Full", "Not forced", "Reinforced"])
def test_a_title_such_as_not_forced_is_understood(title: str) -> None:
    assert not is_forced(text(3, title=title))


@pytest.mark.parametrize(
    "changes", [{"hearing_impaired": True}, {"title": "SDH"}, {"title": "English [CC]"}]
)
def test_sdh_subtitles_have_their_characteristics(changes: dict[str, object]) -> None:
    plain, impaired = media(text(3), text(4, **changes))
    assert plain.characteristics == ()
    assert impaired.characteristics == TRANSCRIBES
    assert flags(impaired) == (False, True, False)


def test_subtitles_of_a_commentary_are_auxiliary() -> None:
    _, commentary = media(text(3, default=True), text(4, title="Commentary by the director"))
    assert commentary.characteristics == (AUXILIARY,)
    assert flags(commentary) == (False, False, False)


def test_at_most_one_subtitle_track_is_the_default() -> None:
    assert [each.default for each in media(text(3), text(4))] == [False, False]
    assert [e.default for e in media(text(3, default=True), text(4, default=True))] == [True, False]
