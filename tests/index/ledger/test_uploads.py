"""Owners, what they have, reports and blocked hashes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blobhls.blob import BlobId, BlobInfo
from blobhls.index.database import Database
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.index.ledger.uploads import OPERATOR, Report, Span, UploadIndex, Usage

ALICE, BOB = "a" * 64, "b" * 64


@pytest.fixture
def blobs(db: Database) -> BlobIndex:
    return BlobIndex(db)


@pytest.fixture
def uploads(db: Database) -> UploadIndex:
    return UploadIndex(db)


def add(
    blobs: BlobIndex, name: str, size: int = 10, *, made: bool = False, at: float = 0
) -> BlobId:
    """Have a blob, named by what it might hold."""
    blob_id = BlobId.of(name.encode())
    blobs.add(BlobInfo(blob_id, size, "text/plain"), pinned=True, now=at, made=made)
    return blob_id


def test_who_owns_a_blob_owns_it_since_the_first_time(
    blobs: BlobIndex, uploads: UploadIndex
) -> None:
    blob_id = add(blobs, "x")
    assert uploads.owned_since(blob_id, ALICE) is None
    assert uploads.own(blob_id, ALICE, 7) == 7
    assert uploads.own(blob_id, ALICE, 9) == 7
    assert uploads.owned_since(blob_id, ALICE) == 7
    assert uploads.has_owner(blob_id)
    assert uploads.disown(blob_id, ALICE)
    assert not uploads.disown(blob_id, ALICE)
    assert not uploads.has_owner(blob_id)


def test_what_is_not_here_is_owned_by_nobody(uploads: UploadIndex) -> None:
    uploads.own(BlobId.of(b"nowhere"), ALICE, 1)
    assert not uploads.has_owner(BlobId.of(b"nowhere"))
    assert uploads.usage(ALICE) == Usage()


def test_a_blob_takes_its_owners_and_facts_with_it(blobs: BlobIndex, uploads: UploadIndex) -> None:
    blob_id = add(blobs, "x", 5)
    uploads.own(blob_id, ALICE, 1)
    uploads.own(blob_id, BOB, 1)
    uploads.set_facts(blob_id, b"{}")
    assert uploads.usage(None) == Usage(2, 10)
    blobs.delete(blob_id)
    assert not uploads.has_owner(blob_id)
    assert uploads.facts([blob_id]) == {}
    assert uploads.usage(ALICE) == uploads.usage(None) == Usage()


steps = st.lists(
    st.tuples(st.sampled_from("ofd"), st.sampled_from([ALICE, BOB, ""]), st.integers(0, 5)),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=steps)
def test_usage_is_the_sum_of_what_is_owned(
    blobs: BlobIndex, uploads: UploadIndex, steps: list[tuple[str, str, int]]
) -> None:
    owned: set[tuple[str, int]] = set()
    for number in range(6):  # whatever the example before has left
        blobs.delete(BlobId.of(str(number).encode()))
    for what, key, number in steps:
        blob_id = add(blobs, str(number), number)
        if what == "o":
            uploads.own(blob_id, key, 1)
            owned.add((key, number))
        elif what == "d":
            assert uploads.disown(blob_id, key) == ((key, number) in owned)
            owned.discard((key, number))
        else:
            blobs.delete(blob_id)
            owned = {each for each in owned if each[1] != number}
    for key in (ALICE, BOB, ""):
        sizes = [number for owner, number in owned if owner == key]
        assert uploads.usage(key) == Usage(len(sizes), sum(sizes))
    assert uploads.usage(None) == Usage(len(owned), sum(number for _, number in owned))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    times=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    limit=st.integers(1, 9),
    since=st.integers(0, 3),
    until=st.integers(0, 4),
)
def test_pages_are_newest_first_and_together_the_list(
    blobs: BlobIndex, uploads: UploadIndex, times: list[int], limit: int, since: int, until: int
) -> None:
    for number in range(8):
        blobs.delete(BlobId.of(f"page {number}".encode()))
    for number, at in enumerate(times):
        uploads.own(add(blobs, f"page {number}"), ALICE, at)
    chosen = [
        (-at, BlobId.of(f"page {number}".encode()))
        for number, at in enumerate(times)
        if since <= at <= until
    ]
    found: list[BlobId] = []
    while True:
        cursor = found[-1] if found else None
        page = uploads.page(ALICE, Span(limit, cursor, since, until))
        assert page is not None
        assert len(page) <= limit
        if not page:
            break
        found += [upload.info.blob_id for upload in page]
    assert found == [blob_id for _, blob_id in sorted(chosen)]


def test_a_cursor_has_to_be_of_the_list(blobs: BlobIndex, uploads: UploadIndex) -> None:
    blob_id = add(blobs, "x")
    uploads.own(blob_id, BOB, 1)
    assert uploads.page(ALICE, Span(1, blob_id)) is None
    assert uploads.page(BOB, Span(1, blob_id)) == []


def test_a_blocked_blob_is_not_listed(blobs: BlobIndex, uploads: UploadIndex) -> None:
    blob_id = add(blobs, "of ours", made=True)
    uploads.own(blob_id, ALICE, 1)
    uploads.block(blob_id, "why", 2)
    assert uploads.page(ALICE, Span(9)) == []
    assert uploads.blocked() == {blob_id: "why"}
    uploads.block(blob_id, "another reason", 3)
    assert uploads.blocked() == {blob_id: "why"}
    assert uploads.unblock(blob_id)
    assert not uploads.unblock(blob_id)
    assert len(uploads.page(ALICE, Span(9)) or []) == 1


def test_what_others_brought_may_expire_and_nothing_else(
    blobs: BlobIndex, uploads: UploadIndex
) -> None:
    brought = [add(blobs, f"brought {number}", at=number) for number in range(450)]
    made, pulled, gone, fresh = (
        add(blobs, "made", made=True),
        add(blobs, "pulled"),
        add(blobs, "gone"),
        add(blobs, "fresh", at=1000),
    )
    uploads.own(pulled, OPERATOR, 1)
    uploads.own(brought[0], ALICE, 1)
    blobs.set_absent(gone)
    found = list(uploads.expirable(1000))
    assert [info.blob_id for info, _ in found] == brought
    assert [used_at for _, used_at in found] == list(range(450))
    for info, _ in uploads.expirable(1000):  # removed while they are listed
        blobs.delete(info.blob_id)
    assert list(uploads.expirable(1000)) == []
    assert (uploads.may_expire(fresh), uploads.used_at(fresh)) == (True, 1000)
    assert not uploads.may_expire(made)
    assert not uploads.may_expire(pulled)
    assert not uploads.may_expire(brought[0])
    assert uploads.used_at(brought[0]) is None


def test_reports_are_kept_once_newest_first(uploads: UploadIndex) -> None:
    first, second = (
        Report(f"{number}", f"{number}" * 64, ALICE, "spam", "words", number) for number in (1, 2)
    )
    for report in (first, second, first):
        uploads.report(report)
    assert uploads.reports() == [second, first]
