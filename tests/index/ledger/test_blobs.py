"""The index of blobs, on real SQLite."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec import structs

from blobhls.blob import BlobId, BlobInfo
from blobhls.index.database import Database
from blobhls.index.ledger.blobs import STORED, BlobIndex, BlobRow
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.migrations.m014_second_profiles import second_profiles
from blobhls.recipe import CutVideo, Ratio, Track, Window

ENGINE, OTHER = "engine-1", "engine-2"


@pytest.fixture
def index(db: Database) -> BlobIndex:
    return BlobIndex(db)


def info(data: bytes, size: int | None = None) -> BlobInfo:
    return BlobInfo(BlobId.of(data), len(data) if size is None else size, "video/mp2t")


def cut(number: int) -> CutVideo:
    track = Track("source", 0, Ratio(1, 90_000), Ratio(0, 1))
    return CutVideo(track, Window(number, number + 1), "ts", "cut-v2")


def bind(index: BlobIndex, number: int, blob: BlobInfo, engine: str = ENGINE) -> BlobInfo:
    return index.bind(cut(number), engine, blob, pinned=False, now=float(number))


def test_a_blob_is_what_was_added(index: BlobIndex) -> None:
    blob = info(b"x")
    assert index.row(blob.blob_id) is None
    index.add(blob, pinned=False, now=1.0)
    assert index.row(blob.blob_id) == BlobRow(blob, present=True, pinned=False)
    index.set_absent(blob.blob_id)
    assert index.row(blob.blob_id) == BlobRow(blob, present=False, pinned=False)


def test_pinned_once_is_pinned_for_good(index: BlobIndex) -> None:
    blob = info(b"x")
    for pinned, expected in ((False, False), (True, True), (False, True)):
        index.add(blob, pinned=pinned, now=1.0)
        row = index.row(blob.blob_id)
        assert row is not None
        assert row.pinned is expected


def test_a_recipe_is_bound_to_the_blob_it_made_on_each_engine(index: BlobIndex) -> None:
    one, other = info(b"one"), info(b"other")
    assert bind(index, 1, one) == one
    assert bind(index, 1, other, OTHER) == other
    assert index.bound(cut(1).recipe_id, ENGINE) == one
    assert index.bound(cut(1).recipe_id, OTHER) == other
    assert index.bound(cut(2).recipe_id, ENGINE) is None
    assert index.recipe_of(one.blob_id, ENGINE) == cut(1)
    assert index.recipe_of(one.blob_id, OTHER) is None
    assert index.is_bound(one.blob_id)


def test_bound_once_a_recipe_stays_with_its_blob(index: BlobIndex) -> None:
    first, second = info(b"first"), info(b"second")
    bind(index, 1, first)
    index.set_absent(first.blob_id)
    assert bind(index, 1, second) == first
    assert index.row(second.blob_id) is None
    assert bind(index, 1, first) == first
    assert index.row(first.blob_id) == BlobRow(first, present=True, pinned=False)


def test_two_recipes_may_make_the_same_blob(index: BlobIndex) -> None:
    blob = info(b"x")
    bind(index, 1, blob)
    bind(index, 2, blob)
    index.quarantine(cut(1).recipe_id, "cut-v2", ENGINE, "different")
    assert index.recipe_of(blob.blob_id, ENGINE) == cut(2)
    assert index.bound(cut(1).recipe_id, ENGINE) is None


def test_quarantine_unbinds_on_one_engine_until_the_recipe_is_made_anew(
    index: BlobIndex, db: Database
) -> None:
    blob, anew = info(b"x"), info(b"y")
    bind(index, 1, blob)
    bind(index, 1, blob, OTHER)
    index.quarantine(cut(1).recipe_id, "cut-v2", ENGINE, "different")
    assert index.recipe_of(blob.blob_id, ENGINE) is None
    assert index.recipe_of(blob.blob_id, OTHER) == cut(1)
    assert index.proof("cut-v2", ENGINE) is False
    assert index.proof("cut-v2", OTHER) is None
    assert db.one("SELECT quarantined FROM recipes") == ("different",)
    assert bind(index, 1, anew) == anew
    assert db.one("SELECT quarantined FROM recipes") == (None,)


def test_a_failed_proof_is_never_overwritten_by_a_success(index: BlobIndex) -> None:
    for proven, expected in ((True, True), (False, False), (True, False)):
        index.prove("cut-v2", ENGINE, proven=proven)
        assert index.proof("cut-v2", ENGINE) is expected


def test_what_is_forgotten_is_not_bound_either(index: BlobIndex) -> None:
    blob = info(b"x")
    bind(index, 1, blob)
    index.delete(blob.blob_id)
    assert index.row(blob.blob_id) is None
    assert index.bound(cut(1).recipe_id, ENGINE) is None
    assert bind(index, 1, blob) == blob


def test_the_least_used_come_first_without_the_pinned_the_absent_and_the_recent(
    index: BlobIndex,
) -> None:
    blobs = [info(b"%d" % n) for n in range(6)]
    for number, blob in enumerate(blobs):
        index.add(blob, pinned=number == 2, now=float(number))
    index.set_absent(blobs[3].blob_id)
    index.touch({blobs[0].blob_id: 4.5, blobs[4].blob_id: 1.0})  # never earlier than it was
    assert list(index.least_used(5.0)) == [blobs[1], blobs[4], blobs[0]]


def test_evicting_what_is_given_gives_every_blob_once_across_pages(
    db: Database, index: BlobIndex
) -> None:
    with db.transaction():
        for number in range(450):
            index.add(info(b"%d" % number), pinned=False, now=float(number // 100))
    given = []
    for blob in index.least_used(1e9):
        given.append(blob.blob_id)
        index.set_absent(blob.blob_id)
    assert len(set(given)) == len(given) == 450
    assert list(index.least_used(1e9)) == []
    assert list(index.present()) == []


def test_everything_present_is_listed_once_and_weighed(db: Database, index: BlobIndex) -> None:
    assert index.stored_bytes() == 0
    with db.transaction():
        for number in range(450):
            index.add(info(b"%d" % number, size=10), pinned=number % 2 == 0, now=0.0)
    index.set_absent(info(b"7").blob_id)
    rows = list(index.present())
    assert len({row.info.blob_id for row in rows}) == len(rows) == 449
    assert sum(row.pinned for row in rows) == 225
    assert index.stored_bytes() == 4490
    assert index.stored_by_pin() == (2250, 2240)


def test_the_store_is_weighed_without_a_look_at_its_blobs(db: Database) -> None:
    plan = [row[3] for row in db.all(f"EXPLAIN QUERY PLAN {STORED}")]
    assert len(plan) == 1, plan
    assert "USING COVERING INDEX blobs_stored" in plan[0]


def test_what_goes_first_is_read_off_an_index(db: Database) -> None:
    statements: list[str] = []
    db.connection.set_trace_callback(statements.append)
    list(BlobIndex(db).least_used(1e9))
    list(BlobIndex(db).present())
    db.connection.set_trace_callback(None)
    plans = [row[3] for text in statements for row in db.all(f"EXPLAIN QUERY PLAN {text}")]
    assert len(plans) == 2, plans
    assert "USING INDEX blobs_by_use" in plans[0]
    assert "PRIMARY KEY" in plans[1]


def test_what_is_written_together_is_written_whole_or_not_at_all(
    db: Database, index: BlobIndex
) -> None:
    def half() -> None:
        with db.transaction():
            bind(index, 1, info(b"x"))
            raise ValueError("as arranged")

    with pytest.raises(ValueError, match="as arranged"):
        half()
    assert index.row(BlobId.of(b"x")) is None
    assert index.bound(cut(1).recipe_id, ENGINE) is None


def test_two_threads_write_and_read_at_the_same_time(index: BlobIndex, db: Database) -> None:
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def write(first: int) -> None:
        try:
            start.wait(20)
            for number in range(first, first + 100):
                blob = info(b"%d" % number)
                bind(index, number, blob)
                assert index.bound(cut(number).recipe_id, ENGINE) == blob
                index.touch({blob.blob_id: 1e9})
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(list(index.present())) == 150
    assert db.one("SELECT count(*) FROM bindings") == (150,)


def test_it_outlives_the_object(index: BlobIndex, db: Database, tmp_path: Path) -> None:
    bind(index, 1, info(b"x"))
    db.close()
    again = Database(tmp_path / "index.db", MIGRATIONS)
    assert BlobIndex(again).bound(cut(1).recipe_id, ENGINE) == info(b"x")
    again.close()


def test_what_an_earlier_profile_made_stays_and_is_never_made_again(tmp_path: Path) -> None:
    earlier = [structs.replace(cut(1), profile=name) for name in ("cut-v1", "webvtt-v1")]
    before = Database(tmp_path / "i.db", MIGRATIONS[: MIGRATIONS.index(second_profiles)])
    for recipe in earlier:
        blob = info(recipe.profile.encode())
        BlobIndex(before).bind(recipe, ENGINE, blob, pinned=False, now=1.0)
    before.close()
    after = Database(tmp_path / "i.db", MIGRATIONS)
    index = BlobIndex(after)
    rows = [index.row(info(recipe.profile.encode()).blob_id) for recipe in earlier]
    assert [row is not None and row.present and row.pinned for row in rows] == [True, False]
    bound = [index.bound(recipe.recipe_id, ENGINE) for recipe in earlier]
    assert [blob is not None for blob in bound] == [False, True]
    after.close()
