"""A viewer of the page: real browsers, the real server, real bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.system.server import until
from tests.web.conftest import BROKEN, EPISODES, FILM, PARTS, Theatre, both


@both
def test_a_film_plays_and_its_pictures_are_decoded(theatre: Theatre) -> None:
    seen = theatre.see("play", id=theatre.home.video_id(FILM))
    assert seen["first"]["height"] == 720
    assert seen["later"]["time"] > seen["first"]["time"]
    assert seen["later"]["frames"] > seen["first"]["frames"] > 0
    assert seen["complaints"] == []


@both
def test_seeking_shows_pictures_from_there(theatre: Theatre) -> None:
    seen = theatre.see("seek", id=theatre.home.video_id(FILM), to=30)
    assert seen["after"]["frames"] > seen["before"]["frames"]
    assert 15 < seen["back"]["time"] < 25
    assert seen["complaints"] == []


@both
def test_arrows_enter_and_back_are_enough(theatre: Theatre) -> None:
    seen = theatre.see("remote")
    assert seen["begin"].startswith("Arcturus")
    assert seen["movie"].startswith("Arcturus")
    assert seen["series"].startswith("Harbour Lights")
    assert seen["path"] == f"/watch/{theatre.home.video_id(FILM)}"
    assert seen["onControls"] == "media-play-button"
    assert seen["ring"]
    assert seen["home"] == "/"
    assert seen["end"].startswith("Arcturus")
    assert seen["complaints"] == []


def test_home_shows_what_came_last_before_everything_else(theatre: Theatre) -> None:
    seen = theatre.see("rows")
    assert seen["shown"] == [
        ["Recently added", ["Arcturus", "Harbour Lights", "Twofold"]],
        ["Movies", ["Arcturus", "Twofold"]],
        ["Series", ["Harbour Lights"]],
    ]
    assert seen["shifts"] == 0
    assert seen["complaints"] == []


@both
def test_a_search_finds_while_it_is_typed(theatre: Theatre) -> None:
    seen = theatre.see("search", words="harb", wanted="Harbour Lights")
    assert seen["heading"] == seen["said"] == "1 title for “harb”"
    assert seen["title"] == "Harbour Lights"
    assert seen["complaints"] == []


@both
def test_a_returning_viewer_resumes_at_the_last_position(theatre: Theatre) -> None:
    seen = theatre.see("resume", id=theatre.home.video_id(FILM), to=20)
    assert abs(seen["resumed"] - seen["left"]) < 1.5
    assert seen["begun"] == "Arcturus"
    assert seen["complaints"] == []


@both
def test_sound_subtitles_and_speed_can_be_chosen(theatre: Theatre) -> None:
    seen = theatre.see("tracks", id=theatre.home.video_id(FILM))
    assert seen["cue"]
    assert seen["groups"] == ["Quality", "Audio", "Subtitles", "Speed"]
    assert "Deutsch" in seen["sound"]
    assert seen["speed"] == 2
    assert not seen["open"]
    assert seen["complaints"] == []


@both
def test_a_chapter_is_reached_by_arrows_and_enter(theatre: Theatre) -> None:
    seen = theatre.see("chapters", id=theatre.home.video_id(FILM), steps=2)
    names = ["0:00 Departure", "0:10 The Second Sun", "0:20 Chapter 3", "0:30 Landfall"]
    assert seen["offered"] == names
    assert seen["chosen"] == names[0]
    assert seen["wanted"] == names[2]
    assert 20 <= seen["time"] < 22
    assert "chapters" in seen["focused"].split()
    assert seen["complaints"] == []


@both
def test_the_seek_bar_shows_the_picture_and_the_chapter_of_a_place(theatre: Theatre) -> None:
    film = theatre.home.video_id(FILM)
    address = f"/api/v1/video/{film}/previews.vtt"
    until(lambda: theatre.server.get(address).status_code == 200, "previews")
    seen = theatre.see("preview", id=film, part=0.4)
    assert 15 < seen["time"] < 17
    assert seen["chapter"] == "The Second Sun"
    assert seen["image"] == image_at(theatre.server.get(address).text, seen["time"])
    assert seen["complaints"] == []


def image_at(previews: str, time: float) -> str:
    """Return what a WebVTT file shows at a time, in seconds below a minute."""
    cue = re.compile(r"00:([\d.]+) --> (?:\d\d:)*([\d.]+)\n(.+)")
    (found,) = (c[3] for c in cue.finditer(previews) if float(c[1]) <= time < float(c[2]))
    return found


def test_a_slow_network_brings_the_quality_down(theatre: Theatre) -> None:
    film = theatre.home.video_id(FILM)
    seen = theatre.see("throttled", id=film, first=15_000_000, then=1_500_000, to=35)
    assert not seen["loaded"]
    assert seen["after"] < seen["before"] == 720


@both
def test_every_key_of_the_player_does_what_it_says(
    theatre: Theatre, request: pytest.FixtureRequest
) -> None:
    # Firefox's driver knows no media keys.
    media = ["MediaPlayPause"] if "chromium" in request.node.name else []
    seen = theatre.see("keys", id=theatre.home.video_id(FILM), media=media)
    for key in [" ", "k", *media]:
        assert seen[key] == ["paused", "runs"]
    assert seen["Enter"] == ["paused"]
    assert [seen[key] for key in ("l", "j", "ArrowRight", "ArrowLeft")] == [10, 10, 10, 10]
    assert seen["m"] == ["muted", "loud"]
    assert seen["f"] == ["media-controller", "small"]
    assert seen["complaints"] == []


def test_a_finger_first_brings_the_controls_back(theatre: Theatre) -> None:
    film = theatre.home.video_id(FILM)
    seen = theatre.see("fingers", id=film, touch=True, viewport={"width": 390, "height": 844})
    assert seen["complaints"] == []


@both
def test_the_controls_of_the_system_work(theatre: Theatre) -> None:
    seen = theatre.see("session", id=theatre.series_id())
    told = {"title": "S01E01 · First Tide", "artist": "Harbour Lights", "artwork": 1}
    assert seen["told"] == told
    assert seen["time"] == 4
    assert seen["after"] is None
    assert seen["complaints"] == []


@both
def test_the_next_episode_is_offered_and_then_plays(theatre: Theatre) -> None:
    seen = theatre.see("following", id=theatre.series_id(), end=11)
    assert seen["offer"] == "S01E02 The Lamp Room"
    assert "S01E02 · The Lamp Room" in seen["title"]
    first = theatre.home.video_id(EPISODES[0])
    assert theatre.server.json(f"/api/v1/video/{first}/progress")["finished"]
    assert seen["complaints"] == []


def test_declining_the_next_episode_stays_on_the_page(theatre: Theatre) -> None:
    seen = theatre.see("staying", id=theatre.series_id(), end=11)
    assert seen["offered"] == "Play now"
    assert seen["refusal"] == "Not now"
    assert seen["hidden"]
    assert seen["stayed"]
    assert seen["complaints"] == []


@both
def test_languages_are_remembered_for_the_whole_series(theatre: Theatre) -> None:
    seen = theatre.see("remembered", id=theatre.series_id())
    assert "German (Deutsch)" in seen["on"]
    assert "German" in seen["on"]
    assert seen["complaints"] == []


def test_the_parts_of_a_film_follow_each_other_without_a_question(theatre: Theatre) -> None:
    seen = theatre.see("parts", id=theatre.home.video_id(PARTS[0]), end=11)
    assert seen["first"] == "2005 · Part 1 of 2"
    assert seen["second"] == "2005 · Part 2 of 2"
    assert not seen["asked"]
    assert seen["complaints"] == []


@both
def test_a_damaged_file_says_what_is_wrong_with_it(theatre: Theatre) -> None:
    seen = theatre.see("damaged", path=f"/watch/{theatre.home.video_id(BROKEN)}")
    assert seen["heading"] == "This can\N{RIGHT SINGLE QUOTATION MARK}t be played"
    assert seen["reason"]
    assert seen["focused"] == "Back"


def test_a_title_that_is_gone_says_so(theatre: Theatre) -> None:
    seen = theatre.see("damaged", path="/show/nosuchshow")
    assert seen["heading"] == "Not found"


def test_the_operator_sees_problems_and_seals(theatre: Theatre) -> None:
    seen = theatre.see("operator")
    assert Path(BROKEN).name in seen["problem"]
    assert "without a limit" in seen["cache"]
    assert seen["state"] == "sealed"
    assert seen["complaints"] == []
