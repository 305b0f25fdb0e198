"""What to go on with, for each profile, over renames and however large the library is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
import pytest

from blobhls.errors import BadRequest, ProfileUnknown
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.migrations.m007_profiles import profiles as profiles_migration
from blobhls.index.viewing.history import History
from blobhls.index.viewing.languages import Choices, LanguageChoices, TrackChoice
from blobhls.index.viewing.up_next import UpNext
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE, ViewerProfiles
from blobhls.index.viewing.watched import Watched, of_episode, of_season

Watch = Callable[..., None]


def movie(name: str, **more: object) -> SeenVideo:
    """A movie whose id is its path, to read the tests easily."""
    made = SeenVideo(name, 1, 1, name, name, "movie", name, None, name, None, None, None, name)
    return msgspec.structs.replace(made, **more)


def episode(show: str, season: int | None, number: int, **more: object) -> SeenVideo:
    """An episode whose id is `<show>.<season>.<number>`."""
    name = f"{show}.{season}.{number}"
    made = SeenVideo(name, 1, 1, name, show, "series", show, None, name, season, number, None, name)
    return msgspec.structs.replace(made, **more)


@pytest.fixture
def history(db: Database) -> History:
    ticks = count(1)
    return History(db, lambda: float(next(ticks)))


@pytest.fixture
def up_next(db: Database) -> UpNext:
    return UpNext(db)


@pytest.fixture
def watched(db: Database, history: History, up_next: UpNext) -> Watched:
    return Watched(db, history, up_next)


@pytest.fixture(autouse=True)
def library(catalogue: Catalogue, intake: CatalogueIntake) -> None:
    shown = [episode("lost", s, e) for s in (0, 1, 2) for e in (1, 2, 3)]
    films = [movie("heat"), movie("big.1", part=1), movie("big.2", part=2, main_id="big.1")]
    films[2] = msgspec.structs.replace(films[2], show_id="big.1")
    trailer = movie("heat.trailer", show_id="heat", extra="trailer")
    intake.apply([], [*shown, *films, trailer])
    for video in (*shown, *films, trailer):
        catalogue.bind_source(video.path, f"source of {video.path}", 100.0)


@pytest.fixture
def watch(history: History) -> Watch:
    def watch(video_id: str, position: float = 95.0, profile_id: str = DEFAULT_PROFILE) -> None:
        history.put(video_id, f"source of {video_id}", position, 100.0, profile_id)

    return watch


def begun(up_next: UpNext, profile_id: str = DEFAULT_PROFILE) -> list[str]:
    return [offer.video_id for offer in up_next.begun(profile_id=profile_id)]


def following(up_next: UpNext, profile_id: str = DEFAULT_PROFILE) -> list[str]:
    return [offer.video_id for offer in up_next.next(profile_id=profile_id)]


def test_only_what_was_left_in_the_middle_is_to_be_continued(watch: Watch, up_next: UpNext) -> None:
    watch("heat", 4.9)
    assert begun(up_next) == []
    watch("heat", 5.0)
    assert begun(up_next) == ["heat"]
    watch("heat", 90.0)
    assert begun(up_next) == []


def test_the_latest_comes_first_once_a_show(watch: Watch, up_next: UpNext) -> None:
    watch("lost.1.1", 50)
    watch("heat", 50)
    watch("lost.1.3", 50)
    assert begun(up_next) == ["lost.1.3", "heat"]
    assert [offer.video_id for offer in up_next.begun(limit=1)] == ["lost.1.3"]


def test_a_trailer_is_nothing_to_go_on_with(watch: Watch, up_next: UpNext) -> None:
    watch("heat", 50)
    watch("heat.trailer", 50)
    assert begun(up_next) == ["heat"]


@pytest.mark.parametrize(
    ("seen", "following_one"),
    [
        (["lost.1.1"], ["lost.1.2"]),
        (["lost.1.3"], ["lost.2.1"]),
        (["lost.1.2", "lost.1.3", "lost.1.1"], ["lost.2.1"]),
        (["lost.2.3"], ["lost.0.1"]),
        (["lost.1.1", "lost.0.3"], ["lost.1.2"]),
        (["lost.0.1"], ["lost.0.2"]),
        (["lost.0.1", "lost.0.2", "lost.0.3", "lost.2.3"], []),
    ],
)
def test_the_next_one_is_the_first_unwatched_after_the_last_watched(
    watch: Watch, up_next: UpNext, seen: list[str], following_one: list[str]
) -> None:
    for video_id in seen:
        watch(video_id)
    assert following(up_next) == following_one
    assert begun(up_next) == []


def test_a_series_is_in_one_list_at_a_time(watch: Watch, up_next: UpNext) -> None:
    watch("lost.1.1")
    watch("lost.1.2", 50)
    assert (begun(up_next), following(up_next)) == (["lost.1.2"], [])
    watch("lost.1.2", 95)
    assert (begun(up_next), following(up_next)) == ([], ["lost.1.3"])


def test_an_episode_that_was_looked_into_is_still_the_next(watch: Watch, up_next: UpNext) -> None:
    watch("lost.1.1")
    watch("lost.1.2", 2)
    (offer,) = up_next.next()
    assert offer.video_id == "lost.1.2"
    assert offer.progress is not None
    assert offer.progress.position == 2


def test_what_was_dismissed_comes_back_when_it_is_watched_again(
    watch: Watch, up_next: UpNext
) -> None:
    watch("lost.1.1")
    watch("heat", 50)
    up_next.dismiss("lost")
    up_next.dismiss("heat")
    assert (begun(up_next), following(up_next)) == ([], [])
    watch("lost.1.2", 2)
    assert following(up_next) == []
    watch("lost.1.2")
    watch("heat", 60)
    assert (begun(up_next), following(up_next)) == (["heat"], ["lost.1.3"])


def test_dismissing_what_nobody_watches_does_nothing(up_next: UpNext) -> None:
    up_next.dismiss("heat")
    up_next.dismiss("unknown")
    assert begun(up_next) == []


def test_after_one_part_of_a_film_comes_the_next(
    watch: Watch, up_next: UpNext, watched: Watched
) -> None:
    watch("big.1")
    assert begun(up_next) == ["big.2"]
    assert watched.of("big.1").watched == 0
    watch("big.2")
    assert begun(up_next) == []
    assert watched.of("big.1").watched == 1


def test_a_version_counts_for_its_episode(
    watch: Watch, up_next: UpNext, intake: CatalogueIntake
) -> None:
    intake.apply([], [episode("lost", 1, 1, path="v", video_id="v", main_id="lost.1.1")])
    watch("v")
    assert following(up_next) == ["lost.1.2"]


def test_forgetting_an_episode_goes_back_to_the_one_before(
    watch: Watch, up_next: UpNext, history: History
) -> None:
    watch("lost.1.1")
    watch("lost.1.2")
    history.delete("lost.1.2", "source of lost.1.2")
    assert following(up_next) == ["lost.1.2"]
    history.delete("lost.1.1", "source of lost.1.1")
    assert following(up_next) == []


def test_a_series_under_another_name_goes_on_where_it_was(
    watch: Watch, up_next: UpNext, intake: CatalogueIntake, catalogue: Catalogue, db: Database
) -> None:
    profile_id = ViewerProfiles(db, lambda: 1.0).add("Ada").profile_id
    watch("lost.1.1", profile_id=profile_id)
    old = [episode("lost", 1, number) for number in (1, 2, 3)]
    new = [episode("LOST", 1, number) for number in (1, 2, 3)]
    intake.apply(
        [video.path for video in old],
        new,
        {after.path: before.path for before, after in zip(old, new, strict=True)},
    )
    assert catalogue.video("LOST.1.1").source_id == "source of lost.1.1"
    assert following(up_next, profile_id) == ["LOST.1.2"]
    up_next.dismiss("LOST", profile_id)
    assert following(up_next, profile_id) == []


def test_profiles_don_t_know_of_each_other(
    watch: Watch, up_next: UpNext, db: Database, history: History
) -> None:
    profiles = ViewerProfiles(db, lambda: 1.0)
    ada, ben = profiles.add("Ada").profile_id, profiles.add("Ben").profile_id
    watch("heat", 30, ada)
    watch("heat", 60, ben)
    positions = [history.get("heat", "source of heat", who) for who in (ada, ben)]
    assert [found.position for found in positions if found] == [30, 60]
    assert history.get("heat", "source of heat") is None
    up_next.dismiss("heat", ada)
    assert (begun(up_next, ada), begun(up_next, ben), begun(up_next)) == ([], ["heat"], [])
    profiles.remove(ben)
    assert begun(up_next, ben) == []
    assert [found.position for found in history.recent(profile_id=ada)[0]] == [30]


def test_profiles_are_made_renamed_and_removed(db: Database) -> None:
    profiles = ViewerProfiles(db, lambda: 1.0)
    (first,) = profiles.all()
    assert first.profile_id == DEFAULT_PROFILE
    ada = profiles.add("  Ada   L ")
    assert ada.name == "Ada L"
    assert profiles.rename(ada.profile_id, "ada l").name == "ada l"
    for name in ("ADA L", "", " ", "x" * 61, "a\x00b"):
        with pytest.raises(BadRequest):
            profiles.add(name)
    profiles.remove(ada.profile_id)
    for call in (profiles.get, profiles.remove, lambda each: profiles.rename(each, "x")):
        with pytest.raises(ProfileUnknown):
            call(ada.profile_id)
    with pytest.raises(BadRequest):
        profiles.remove(DEFAULT_PROFILE)


def test_a_season_is_marked_and_unmarked_by_hand(
    watched: Watched, up_next: UpNext, catalogue: Catalogue, watch: Watch, history: History
) -> None:
    watch("lost.1.2", 91)
    show = catalogue.show("lost")
    watched.mark(of_season(show, 1), watched=True)
    assert (watched.of("lost").watched, watched.of("lost").total) == (3, 9)
    assert watched.of("lost").next_id == "lost.2.1"
    assert following(up_next) == ["lost.2.1"]
    # What was really watched keeps its place.
    known = history.get("lost.1.2", "source of lost.1.2")
    assert known is not None
    assert (known.position, known.watched) == (91, False)
    watched.mark(of_season(show, None), watched=True)
    assert following(up_next) == []
    watched.mark(of_season(show, None), watched=False)
    assert watched.of("lost").videos == {}
    assert watched.of("lost").next_id is None


def test_marking_a_film_marks_all_its_parts(watched: Watched, catalogue: Catalogue) -> None:
    show = catalogue.show("big.1")
    watched.mark(of_episode(show, catalogue.video("big.2")), watched=True)
    assert watched.of("big.1").watched == 1
    assert set(watched.of("big.1").videos) == {"big.1", "big.2"}


def test_a_choice_holds_for_the_whole_series_and_follows_it(
    db: Database, catalogue: Catalogue, intake: CatalogueIntake
) -> None:
    choices = LanguageChoices(db)
    wanted = Choices(TrackChoice("de"), "off")
    assert choices.get(catalogue.video("lost.1.1")) is None
    choices.put(catalogue.video("lost.1.1"), wanted)
    assert choices.get(catalogue.video("lost.2.3")) == wanted
    assert choices.get(catalogue.video("lost.2.3"), "somebody else") is None
    assert choices.get(catalogue.video("heat")) is None
    renamed = episode("LOST", 1, 1)
    intake.apply(["lost.1.1"], [renamed], {"LOST.1.1": "lost.1.1"})
    assert choices.get(catalogue.video("LOST.1.1")) == wanted


def test_what_was_watched_before_there_were_profiles_is_everybody_s(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    before = Database(path, MIGRATIONS[: MIGRATIONS.index(profiles_migration)])
    # As it was written then: what is written today has columns of later migrations.
    columns = SeenVideo.__struct_fields__
    before.connection.executemany(
        f"INSERT INTO files ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [msgspec.structs.astuple(v) for v in (movie("heat"), movie("jaws"), episode("lost", 1, 1))],
    )
    before.connection.executemany(
        "INSERT INTO progress (video_id, position, duration, updated_at) VALUES (?, ?, 100, 1)",
        [("heat", 50), ("jaws", 95), ("lost.1.1", 40)],
    )
    before.close()
    after = Database(path, MIGRATIONS)
    assert begun(UpNext(after)) == ["lost.1.1", "heat"]
    assert len(History(after, lambda: 1.0).recent()[0]) == 3
    after.close()
