"""Probes, plans, seals and roots, on real SQLite."""

from __future__ import annotations

import pytest

from blobhls.blob import BlobId
from blobhls.index.database import Database
from blobhls.index.ledger.sources import Root, Seal, SourceIndex

MASTER, OLDER = BlobId.of(b"master"), BlobId.of(b"older")
PARTS = tuple(BlobId.of(b"%d" % number) for number in range(3))


@pytest.fixture
def sources(db: Database) -> SourceIndex:
    return SourceIndex(db)


def seal(name: str, parts: tuple[BlobId, ...] = PARTS) -> Seal:
    return Seal(BlobId.of(name.encode()), 2_000, 1_000, parts)


def root(blob_id: BlobId, *names: str, at: float = 1e9) -> Root:
    return Root(blob_id, names, at, None)


def test_a_plan_once_made_stays_as_it_is(sources: SourceIndex) -> None:
    assert (sources.probe("s"), sources.plan("s")) == (None, None)
    sources.add("s", b"probe", "plan-1", b"first")
    sources.add("s", b"probe again", "plan-2", b"second")
    assert sources.probe("s") == b"probe again"
    assert sources.plan("s") == ("plan-1", b"first")


def test_seals_are_kept_by_plan_and_rendition(sources: SourceIndex) -> None:
    sources.seal("p", "source_h264", seal("a"))
    sources.seal("p", "audio", seal("b", ()))
    sources.seal("q", "audio", seal("c"))
    assert sources.seals("p") == {"source_h264": seal("a"), "audio": seal("b", ())}
    sources.seal("p", "audio", seal("d"))
    assert sources.seals("p")["audio"] == seal("d")
    assert sources.seals("nobody") == {}
    (part, *_) = sources.seals("q")["audio"].parts
    assert type(part) is BlobId


def test_the_newest_root_comes_first_whatever_the_clock_does(sources: SourceIndex) -> None:
    for number, at in enumerate((5e9, 1e9, 1e9, 7e8)):
        sources.add_root("p", root(BlobId.of(b"%d" % number), "source_h264", at=at))
    assert [r.blob_id for r in sources.roots("p")] == [BlobId.of(b"%d" % n) for n in (3, 2, 1, 0)]
    assert sources.roots("q") == []


def test_a_root_that_comes_again_is_the_newest_and_listed_once(sources: SourceIndex) -> None:
    sources.add_root("p", root(OLDER, "source_h264"))
    sources.add_root("p", root(MASTER, "source_h264", "720p_h264"))
    sources.quarantine(OLDER, "lost")
    sources.add_root("p", root(OLDER, "source_h264"))
    first, second = sources.roots("p")
    assert (first.blob_id, first.renditions, first.withdrawn) == (OLDER, ("source_h264",), None)
    assert second.blob_id == MASTER


@pytest.mark.parametrize("blob_id", [PARTS[1], BlobId.of(b"a")])
def test_without_one_blob_its_seal_and_every_root_that_needs_it_are_taken_back(
    sources: SourceIndex, blob_id: BlobId
) -> None:
    sources.seal("p", "source_h264", seal("a"))
    sources.seal("p", "audio", seal("b", ()))
    sources.seal("q", "source_h264", seal("c", ()))
    sources.add_root("p", root(OLDER, "audio"))
    sources.add_root("p", root(MASTER, "source_h264", "audio"))
    sources.add_root("q", root(MASTER, "source_h264"))
    sources.quarantine(blob_id, "different bytes")
    assert set(sources.seals("p")) == {"audio"}
    assert set(sources.seals("q")) == {"source_h264"}
    assert [(r.blob_id, r.withdrawn) for r in sources.roots("p")] == [
        (MASTER, "different bytes"),
        (OLDER, None),
    ]
    assert sources.roots("q")[0].withdrawn is None


def test_a_lost_master_playlist_is_no_root_but_its_renditions_stay_sealed(
    sources: SourceIndex,
) -> None:
    sources.seal("p", "source_h264", seal("a"))
    sources.add_root("p", root(MASTER, "source_h264"))
    sources.quarantine(MASTER, "its bytes are gone")
    assert sources.roots("p")[0].withdrawn == "its bytes are gone"
    assert set(sources.seals("p")) == {"source_h264"}


def test_what_nobody_needs_takes_nothing_back(sources: SourceIndex) -> None:
    sources.seal("p", "source_h264", seal("a"))
    sources.add_root("p", root(MASTER, "source_h264"))
    sources.quarantine(BlobId.of(b"stranger"), "lost")
    assert sources.roots("p")[0].withdrawn is None
    assert set(sources.seals("p")) == {"source_h264"}
