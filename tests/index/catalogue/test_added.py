"""When titles came, and what the lists by it cost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from blobhls.index.catalogue import show_lists
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo, ShowKind
from blobhls.index.catalogue.show_lists import ShowList, ShowOrder
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.migrations.m012_added import added

_SECOND = 10**9  # nanoseconds


class Clock:
    """A clock that stands still."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def intake(db: Database, clock: Clock) -> CatalogueIntake:
    return CatalogueIntake(db, clock)


def film(name: str, mtime: int = 1) -> SeenVideo:
    """A movie whose id is its path; `mtime` in seconds."""
    return SeenVideo(
        name, 1, mtime * _SECOND, name, name, "movie", name, None, name, None, None, None, name
    )  # fmt: skip


def episode(name: str, extra: bool = False) -> SeenVideo:
    return SeenVideo(
        name, 1, _SECOND, name, "series", "series", "series", None, name, 1, 1, 1, name,
        extra="trailer" if extra else None,
    )  # fmt: skip


def dates(catalogue: Catalogue) -> list[tuple[str, int]]:
    """Return titles with the seconds at which they came, newest first."""
    return [(show.title, show.added_at) for show in catalogue.shows(order="added")[0]]


def test_a_first_scan_goes_by_the_times_of_the_files(
    catalogue: Catalogue, intake: CatalogueIntake
) -> None:
    intake.apply([], [film("old", 5), film("new", 900), film("of the future", 2_000)])
    assert dates(catalogue) == [("of the future", 1_000), ("new", 900), ("old", 5)]


def test_what_comes_later_comes_when_it_is_listed(
    catalogue: Catalogue, intake: CatalogueIntake, clock: Clock
) -> None:
    intake.apply([], [film("first", 900)])
    clock.now = 1_100
    intake.apply([], [film("second", 5)])
    clock.now = 1_200
    intake.apply([], [film("first", 1_150)])  # other bytes under the same name
    assert dates(catalogue) == [("second", 1_100), ("first", 900)]


@pytest.mark.parametrize("probed", [True, False])
def test_a_renamed_file_keeps_its_date(
    catalogue: Catalogue, intake: CatalogueIntake, clock: Clock, *, probed: bool
) -> None:
    intake.apply([], [film("first", 900), film("second", 800)])
    if probed:
        catalogue.bind_source("second", "source", 9.0)
    clock.now = 1_100
    intake.apply(["second"], [film("renamed", 800)], {"renamed": "second"})
    assert dates(catalogue) == [("first", 900), ("renamed", 800)]


def test_a_series_counts_by_its_newest_episode_and_no_trailer(
    catalogue: Catalogue, intake: CatalogueIntake, clock: Clock
) -> None:
    intake.apply([], [episode("pilot"), film("film", 900)])
    assert dates(catalogue) == [("film", 900), ("series", 1)]
    clock.now = 1_100
    intake.apply([], [episode("second")])
    clock.now = 1_200
    intake.apply([], [episode("trailer", extra=True)])
    assert dates(catalogue) == [("series", 1_100), ("film", 900)]
    intake.apply(["second"], [])
    assert dates(catalogue) == [("film", 900), ("series", 1)]


def test_what_was_listed_before_dates_were_kept_has_that_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    Database(path, MIGRATIONS[: MIGRATIONS.index(added)]).close()
    connection = sqlite3.connect(path)
    with connection:
        for name, mtime in (("a", 700), ("b", 900), ("of the future", 4 * 10**9)):
            connection.execute(
                "INSERT INTO files (path, size, mtime_ns, video_id, show_id, kind, show_title,"
                " title, sort_key) VALUES (?, 1, ?, ?, ?, 'movie', ?, ?, ?)",
                (name.encode(), mtime * _SECOND, name, name, name, name, name),
            )
            connection.execute(
                "INSERT INTO shows (show_id, kind, title, sort_key) VALUES (?, 'movie', ?, ?)",
                (name, name, name),
            )
    connection.close()
    db = Database(path, MIGRATIONS)
    (last, now), *rest = dates(Catalogue(db))
    assert (last, rest) == ("of the future", [("b", 900), ("a", 700)])
    assert 900 < now < 4 * 10**9
    db.close()


@pytest.mark.parametrize("kind", [None, "movie"])
@pytest.mark.parametrize("order", ["title", "added"])
def test_a_page_is_read_off_an_index_without_sorting_the_library(
    db: Database, kind: ShowKind | None, order: ShowOrder
) -> None:
    statement, parameters = ShowList(None, kind, order).page(100_000, 20, 0)
    plan = [row[3] for row in db.all(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert len(plan) == 1, plan
    assert "USING INDEX shows_" in plan[0]


@pytest.mark.parametrize("total", [3, 50_000])
@pytest.mark.parametrize("order", [None, "title", "added"])
def test_a_search_for_a_kind_looks_only_at_what_was_found(
    db: Database, order: ShowOrder | None, total: int
) -> None:
    statement, parameters = ShowList('"heat"*', "movie", order, "heat").page(total, 20, 0)
    plan = [row[3] for row in db.all(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert plan[0].startswith("SCAN show_search VIRTUAL TABLE")
    assert plan[1] == "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)"


def test_of_too_many_to_be_ranked_come_first_those_whose_title_begins_so(
    catalogue: Catalogue, intake: CatalogueIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show_lists, "_RANKED", 2)
    names = ["The Red Sea", "Big Red", "Redemption", "A Big Red Bus", "Red", "Blue"]
    intake.apply([], [film(name, 1) for name in names])
    pages = [catalogue.shows("red", 2, offset) for offset in (0, 2, 4)]
    titles = [show.title for shows, _ in pages for show in shows]
    assert titles == ["Red", "The Red Sea", "Redemption", "Big Red", "A Big Red Bus"]
    assert {total for _, total in pages} == {5}


def test_a_search_can_be_put_in_the_order_of_coming(
    catalogue: Catalogue, intake: CatalogueIntake
) -> None:
    intake.apply([], [film("Alien", 5), film("Aliens", 9), film("Heat", 7), episode("Alien 9")])
    found, total = catalogue.shows("alien", order="added", kind="movie")
    assert ([show.title for show in found], total) == (["Aliens", "Alien"], 2)
