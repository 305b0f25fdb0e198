from __future__ import annotations

from itertools import count

import pytest

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.database import Database
from blobhls.index.viewing.history import History, Progress


def seen(name: str, size: int = 1) -> SeenVideo:
    """A movie whose id is its path, to read the tests easily."""
    return SeenVideo(name, size, 1, name, name, "movie", name, None, name, None, None, None, name)


@pytest.fixture
def history(db: Database) -> History:
    ticks = count(1)
    return History(db, lambda: float(next(ticks)))


@pytest.fixture(autouse=True)
def three_films(catalogue: Catalogue, intake: CatalogueIntake) -> None:
    intake.apply([], [seen("a"), seen("b"), seen("c")])
    catalogue.bind_source("a", "A", 100.0)
    catalogue.bind_source("b", "B", 100.0)


def test_a_position_is_remembered_and_replaced_and_forgotten(history: History) -> None:
    assert history.get("a", "A") is None
    history.put("a", "A", 10.0, 100.0)
    assert history.put("a", "A", 20.0, 100.0) == Progress("a", 20.0, 100.0, 2.0)
    assert history.get("a", "A") == Progress("a", 20.0, 100.0, 2.0)
    history.delete("a", "A")
    history.delete("a", "A")
    assert history.get("a", "A") is None


@pytest.mark.parametrize(
    ("position", "duration", "finished"),
    [(89.9, 100.0, False), (90.0, 100.0, True), (5.0, None, False), (0.0, 0.0, False)],
)
def test_nine_tenths_are_the_whole(position: float, duration: float | None, finished: bool) -> None:
    assert Progress("a", position, duration, 1.0).finished is finished


def test_the_latest_comes_first_once_a_video(history: History) -> None:
    for video_id in ("a", "b", "a"):
        history.put(video_id, video_id.upper(), 95.0, 100.0)
    history.put("c", None, 1.0, None)
    entries, total = history.recent()
    assert [entry.video_id for entry in entries] == ["c", "a", "b"]
    assert [entry.finished for entry in entries] == [False, True, True]
    assert (history.recent(1, 1), total) == (([entries[1]], 3), 3)


def test_a_renamed_file_keeps_its_place(
    history: History, catalogue: Catalogue, intake: CatalogueIntake
) -> None:
    history.put("a", "A", 10.0, 100.0)
    intake.apply(["a"], [seen("renamed")])
    assert history.recent() == ([], 0)
    catalogue.bind_source("renamed", "A", 100.0)
    assert history.get("renamed", "A") == Progress("renamed", 10.0, 100.0, 1.0)
    assert [entry.video_id for entry in history.recent()[0]] == ["renamed"]
    history.put("renamed", "A", 20.0, 100.0)
    assert history.recent()[1] == 1


def test_files_that_swap_their_names_keep_their_places(
    history: History, catalogue: Catalogue
) -> None:
    history.put("a", "A", 10.0, 100.0)
    history.put("b", "B", 20.0, 100.0)
    catalogue.bind_source("a", "B", 100.0)
    catalogue.bind_source("b", "A", 100.0)
    positions = {entry.video_id: entry.position for entry in history.recent()[0]}
    assert positions == {"a": 20.0, "b": 10.0}
    history.put("a", "B", 30.0, 100.0)
    found = history.get("b", "A")
    assert found is not None
    assert found.position == 10.0


def test_a_replaced_file_takes_over_the_place_of_its_forerunner(
    history: History, catalogue: Catalogue, intake: CatalogueIntake
) -> None:
    history.put("a", "A", 10.0, 100.0)
    intake.apply([], [seen("a", size=2)])
    catalogue.bind_source("a", "A2", 110.0)
    assert history.get("a", "A2") == Progress("a", 10.0, 100.0, 1.0)
    assert history.recent()[0] == [Progress("a", 10.0, 110.0, 1.0)]
    history.put("a", "A2", 50.0, 110.0)
    assert history.recent()[0] == [Progress("a", 50.0, 110.0, 2.0)]


def test_what_was_played_before_it_was_probed_is_found_afterwards(
    history: History, catalogue: Catalogue
) -> None:
    history.put("c", None, 10.0, None)
    catalogue.bind_source("c", "C", 100.0)
    assert history.get("c", "C") == Progress("c", 10.0, None, 1.0)
    history.put("c", "C", 95.0, 100.0)
    entries, total = history.recent()
    assert (total, entries[0].finished) == (1, True)


def test_a_copy_shares_the_place_of_its_twin(history: History, catalogue: Catalogue) -> None:
    catalogue.bind_source("b", "A", 100.0)
    history.put("b", "A", 10.0, 100.0)
    assert history.get("a", "A") == Progress("a", 10.0, 100.0, 1.0)
    assert [entry.video_id for entry in history.recent()[0]] == ["b"]


def test_a_clock_that_goes_back_does_not_change_what_is_latest(db: Database) -> None:
    times = iter([5.0, 1.0])
    history = History(db, lambda: next(times))
    history.put("a", "A", 1.0, None)
    history.put("b", "B", 1.0, None)
    assert [entry.video_id for entry in history.recent()[0]] == ["b", "a"]
