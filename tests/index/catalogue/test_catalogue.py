from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blobhls.blob import BlobId
from blobhls.errors import ShowUnknown, VideoUnknown
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import ROWS_PER_TRANSACTION, CatalogueIntake
from blobhls.index.catalogue.rows import ArtworkIds, Counts, Problem, SeenArtwork, SeenVideo
from blobhls.index.catalogue.search import match_expression
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.migrations.m019_crashed_files import crashed_files
from blobhls.names.folders import path_id


def movie(title: str, year: int | None = None) -> SeenVideo:
    path = f"{title}.mkv"
    identity = path_id(path)
    return SeenVideo(
        path, 10, 20, identity, identity, "movie", title, year, title, None, None, None, path
    )


def episode(series: str, season: int, number: int, title: str) -> SeenVideo:
    path = f"{series}/S{season:02d}E{number:02d}.mkv"
    return SeenVideo(
        path, 10, 20, path_id(path), path_id(series), "series", series, None,
        title, season, number, number, path,
    )  # fmt: skip


@pytest.fixture
def stocked(catalogue: Catalogue, intake: CatalogueIntake) -> Catalogue:
    intake.apply(
        [],
        [
            movie("Amélie", 2001),
            movie("Heat", 1995),
            movie("Spider-Man", 2002),
            movie("東京物語", 1953),
            movie("Don't Look Now", 1973),
            episode("Lost", 1, 1, "Pilot"),
            episode("Lost", 1, 2, "Tabula rasa"),
            episode("Lost", 0, 1, "The Making of"),
        ],
    )
    return catalogue


def found(catalogue: Catalogue, search: str) -> list[str]:
    shows, total = catalogue.shows(search)
    assert len(shows) == total
    return [show.title for show in shows]


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("amelie", ["Amélie"]),
        ("AMÉ", ["Amélie"]),
        ("ame\u0301lie", ["Amélie"]),
        ("he", ["Heat"]),
        ("eat", []),
        ("1995", ["Heat"]),
        ("heat 95", []),
        ("heat 19", ["Heat"]),
        ("tabula", ["Lost"]),
        ("lost pilot", ["Lost"]),
        ("heat lost", []),
        ("spider man", ["Spider-Man"]),
        ("spider-m", ["Spider-Man"]),
        ("don't", ["Don't Look Now"]),
        ("東京", ["東京物語"]),
        ("物", ["東京物語"]),
        ("京東", []),
    ],
)
def test_a_search_finds_words_by_their_beginning_without_accents_and_case(
    stocked: Catalogue, search: str, titles: list[str]
) -> None:
    assert found(stocked, search) == titles


@pytest.mark.parametrize(
    "search",
    ['"', "*", "-", "()", "NEAR(heat", "title:", "AND", "heat NOT lost", "^heat", '"heat', "he*at",
     "{title}: heat", "heat OR lost", "\x00", "+", "'; DROP TABLE files; --", "\ud800"],
)  # fmt: skip
def test_what_fts_would_take_for_syntax_is_plain_text(stocked: Catalogue, search: str) -> None:
    assert found(stocked, search) in ([], ["Heat"])


def test_a_blank_search_lists_everything_and_one_without_words_nothing(stocked: Catalogue) -> None:
    assert len(found(stocked, "  ")) == 6
    assert found(stocked, "!?") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_search_whatever_is_an_error(stocked: Catalogue, search: str) -> None:
    stocked.shows(search, 5, 0)
    assert match_expression(search) is None or search.strip()


def test_the_title_counts_more_than_an_episode(stocked: Catalogue, intake: CatalogueIntake) -> None:
    intake.apply([], [episode("Zoo", 1, 1, "Heat"), episode("Zoo", 1, 2, "Lost")])
    assert found(stocked, "heat") == ["Heat", "Zoo"]


def test_pages_join_into_the_whole(stocked: Catalogue) -> None:
    everything, total = stocked.shows()
    assert total == 6
    pages = [stocked.shows("", 4, offset)[0] for offset in (0, 4, 8)]
    assert [show for page in pages for show in page] == everything
    assert stocked.shows("l", 1, 0)[1] == 2


def test_a_show_has_its_episodes_in_order_with_specials_last(stocked: Catalogue) -> None:
    show = stocked.show(path_id("Lost"))
    assert [video.title for video in show.videos] == ["Pilot", "Tabula rasa", "The Making of"]
    assert show.pictures == ArtworkIds(None, None)


def test_what_is_unknown_raises(stocked: Catalogue) -> None:
    with pytest.raises(VideoUnknown):
        stocked.video("nothing")
    with pytest.raises(ShowUnknown):
        stocked.show("nothing")
    assert stocked.videos(["nothing"]) == {}
    assert stocked.artwork("nothing") == ArtworkIds()


def test_counts_tell_what_is_listed_and_what_is_not(stocked: Catalogue) -> None:
    stocked.bind_source("Heat.mkv", "source", 100.0)
    stocked.flag("Amélie.mkv", "broken")
    assert stocked.counts() == Counts(movies=4, series=1, videos=7, unprobed=6, problems=1)


def test_a_flagged_movie_leaves_the_catalogue_with_its_show(stocked: Catalogue) -> None:
    stocked.flag("Heat.mkv", "not a video")
    for unknown in (stocked.video, stocked.show):
        with pytest.raises((VideoUnknown, ShowUnknown)):
            unknown(path_id("Heat.mkv"))
    assert found(stocked, "heat") == []
    assert stocked.problems() == [Problem("Heat.mkv", "not a video")]
    assert "Heat.mkv" not in [task.path for task in stocked.artwork_todo(99)]


def test_a_flagged_episode_leaves_its_series(stocked: Catalogue) -> None:
    stocked.flag("Lost/S01E01.mkv", "not a video")
    assert [video.episode for video in stocked.show(path_id("Lost")).videos] == [2, 1]
    assert found(stocked, "pilot") == []
    frames = {task.path for task in stocked.artwork_todo(99) if task.owner_id == path_id("Lost")}
    assert frames == {"Lost/S01E02.mkv"}


def test_binding_and_flagging_pass_over_a_file_that_changed_meanwhile(stocked: Catalogue) -> None:
    stocked.bind_source("Heat.mkv", "old", 1.0, mtime_ns=19)
    stocked.flag("Heat.mkv", "broken", mtime_ns=19)
    stocked.flag("gone.mkv", "broken")
    assert stocked.video(path_id("Heat.mkv")).source_id is None
    stocked.bind_source("Heat.mkv", "new", 1.0, mtime_ns=20)
    assert stocked.video(path_id("Heat.mkv")).source_id == "new"


def test_a_source_lies_wherever_its_bytes_are(stocked: Catalogue) -> None:
    stocked.bind_source("Heat.mkv", "same", 1.0)
    stocked.bind_source("Amélie.mkv", "same", 1.0)
    assert [v.path for v in stocked.videos_of_source("same")] == ["Amélie.mkv", "Heat.mkv"]
    assert stocked.videos_of_source("other") == []


def test_artwork_is_asked_for_until_it_is_settled(stocked: Catalogue) -> None:
    show_id, picture = path_id("Heat.mkv"), BlobId.of(b"picture")
    asked = {(task.owner_id, task.kind) for task in stocked.artwork_todo(99)}
    assert len(asked) == 12
    stocked.set_artwork(show_id, "thumbnail", picture)
    stocked.set_artwork(show_id, "banner", None)
    left = {(task.owner_id, task.kind) for task in stocked.artwork_todo(99)}
    assert asked - left == {(show_id, "thumbnail"), (show_id, "banner")}
    assert stocked.artwork(show_id) == stocked.show(show_id).pictures == ArtworkIds(picture, None)
    assert stocked.video(show_id).thumbnail == picture


def test_an_episode_that_plays_gets_a_frame_until_it_has_a_picture(
    stocked: Catalogue, intake: CatalogueIntake
) -> None:
    assert stocked.stills_todo(99) == []
    for path in ("Heat.mkv", "Lost/S01E01.mkv", "Lost/S01E02.mkv"):
        stocked.bind_source(path, path, 1.0)
    first, second = stocked.stills_todo(99)
    assert [task.path for task in (first, second)] == ["Lost/S01E01.mkv", "Lost/S01E02.mkv"]
    frame = BlobId.of(b"frame")
    stocked.set_still(first, frame)
    stocked.set_still(second, None)
    assert stocked.stills_todo(99) == []
    assert stocked.video(first.owner_id).thumbnail == frame
    assert stocked.video(second.owner_id).thumbnail is None
    picture = SeenArtwork(second.owner_id, "thumbnail", "Lost/S01E02.jpg", 5, 6)
    intake.apply_artwork({(second.owner_id, "thumbnail"): picture})
    assert stocked.stills_todo(99) == []
    intake.apply_artwork({})
    assert stocked.stills_todo(99) == [second]


def test_another_file_in_an_episodes_place_gets_another_frame(
    stocked: Catalogue, intake: CatalogueIntake
) -> None:
    stocked.bind_source("Lost/S01E01.mkv", "old", 1.0)
    (task,) = stocked.stills_todo(99)
    stocked.set_still(task, BlobId.of(b"frame"))
    intake.apply([], [msgspec.structs.replace(episode("Lost", 1, 1, "Pilot"), size=11)])
    stocked.bind_source("Lost/S01E01.mkv", "new", 1.0)
    (again,) = stocked.stills_todo(99)
    assert again.size == 11
    intake.apply(["Lost/S01E01.mkv"], [])
    assert stocked.artwork(task.owner_id) == ArtworkIds()


def test_what_seemed_to_crash_a_worker_is_looked_at_again(tmp_path: Path) -> None:
    """Long answers of workers were once taken for crashes."""
    before = Database(tmp_path / "i.db", MIGRATIONS[: MIGRATIONS.index(crashed_files)])
    reasons = {"Heat": "Heat.mkv crashed the worker process", "Ran": "it has no end"}
    seen = [movie(title) for title in reasons]
    CatalogueIntake(before).apply([], seen)
    for video in seen:
        Catalogue(before).flag(video.path, reasons[video.title])
    before.close()
    after = Database(tmp_path / "i.db", MIGRATIONS)
    known = CatalogueIntake(after).known_files()
    assert [video.title for video in seen if known[video.path].seen != video] == ["Heat"]
    after.close()


def test_other_writers_come_in_between_the_batches_of_a_scan(tmp_path: Path) -> None:
    db = Database(tmp_path / "index.db", MIGRATIONS)
    begun = threading.Event()

    def clock() -> float:
        begun.set()
        return 1.0

    ended: list[str] = []

    def scan() -> None:
        films = [movie(f"Film {number}") for number in range(10 * ROWS_PER_TRANSACTION)]
        CatalogueIntake(db, clock).apply([], films)
        ended.append("scan")

    thread = threading.Thread(target=scan)
    thread.start()
    begun.wait()
    for _ in range(3):
        with db.transaction() as connection:
            connection.execute("DELETE FROM mounts")
    ended.append("writes")
    thread.join()
    db.close()
    assert ended == ["writes", "scan"]
