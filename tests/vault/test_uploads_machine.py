"""Uploads, deletions, reports and reads in any order, compared with a dictionary."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from blobhls.blob import BlobId
from blobhls.errors import BlobhlsError, BlobMissing, Forbidden, TooMany
from blobhls.index.ledger.uploads import Span, Usage
from blobhls.vault import UploadLimits, check_blobs
from blobhls.workers import Priority
from tests.vault.bench import cut
from tests.vault.upload_bench import UploadBench

T = TypeVar("T")

_LIFETIME = 100  # seconds
_MOST = 4  # blobs of one key
_MADE = cut(1)

# Few of each, so that everything happens to the same ones; the last is what a recipe makes.
which = st.integers(0, 6)
people = st.sampled_from(("alice", "bob", "carol"))


class UploadsMachine(RuleBasedStateMachine):
    """Uploads on a real database and store; the clock is the machine's."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now = time.time()
        self.clock = patch("time.time", lambda: self.now)
        self.clock.start()
        limits = UploadLimits(key_blobs=_MOST, expire=(("text/*", _LIFETIME),))
        self.up = UploadBench(Path(self.folder.name), limits)
        made = self.up.bench.flavours.bytes_of(_MADE)
        self.data = [b"", *(bytes([n]) * n for n in range(1, 5)), bytes(70_000), made]
        self.ids = [BlobId.of(data) for data in self.data]
        self.owners: dict[int, set[str]] = {}  # of every blob that is here
        self.used: dict[int, float] = {}
        self.hinted: set[int] = set()  # may be evicted
        self.made: set[int] = set()
        self.blocked: set[int] = set()

    def teardown(self) -> None:
        self.up.close()
        self.clock.stop()
        self.folder.cleanup()

    def outcome(self, work: Coroutine[Any, Any, T]) -> T | BlobhlsError:
        try:
            return self.up.run(work)
        except BlobhlsError as error:
            return error

    def owned_by(self, who: str) -> set[int]:
        return {n for n, owners in self.owners.items() if who in owners}

    def forget(self, n: int) -> None:
        del self.owners[n], self.used[n]
        self.hinted.discard(n)

    @rule(n=which, who=people)
    def upload(self, n: int, who: str) -> None:
        taken = self.outcome(self.up.store(self.data[n], who))
        if n in self.blocked:
            assert type(taken) is Forbidden
        elif n not in self.owned_by(who) and len(self.owned_by(who)) >= _MOST:
            assert type(taken) is TooMany
        else:
            assert not isinstance(taken, BlobhlsError)
            assert taken.is_new == (n not in self.owners)
            self.owners.setdefault(n, set()).add(who)
            self.used[n] = self.now
            self.hinted.discard(n)

    @rule(n=which)
    def follow_a_hint(self, n: int) -> None:
        taken = self.outcome(self.up.store(self.data[n], "", pinned=False))
        if n in self.blocked:
            assert type(taken) is Forbidden
            return
        assert not isinstance(taken, BlobhlsError)
        if n not in self.owners:
            self.owners[n] = set()
            self.hinted.add(n)
        self.used[n] = self.now

    @rule(n=which, who=people)
    def delete(self, n: int, who: str) -> None:
        result = self.outcome(self.up.uploads.remove(self.ids[n], who))
        if n not in self.owners:
            assert type(result) is BlobMissing
        elif who not in self.owners[n]:
            assert type(result) is Forbidden
        else:
            assert result is None
            self.owners[n].discard(who)
            if not self.owners[n] and n not in self.made:
                self.forget(n)

    @rule(n=which)
    def block(self, n: int) -> None:
        self.up.run(self.up.block_list.block(self.ids[n], "why"))
        self.blocked.add(n)
        if n in self.owners and n not in self.made:
            self.forget(n)

    @rule(n=which)
    def unblock(self, n: int) -> None:
        assert self.up.run(self.up.block_list.unblock(self.ids[n])) == (n in self.blocked)
        self.blocked.discard(n)

    @rule()
    def make(self) -> None:
        """Render a blob that may have been uploaded."""
        self.up.run(self.up.bench.vault.obtain(_MADE, Priority.VIEWER))
        n = len(self.ids) - 1
        if n not in self.made:
            self.made.add(n)
            self.hinted.discard(n)
            self.owners.setdefault(n, set())
            self.used[n] = self.now

    @rule(n=which)
    def read(self, n: int) -> None:
        data = self.up.bytes_of(self.ids[n])
        if n in self.owners and n not in self.blocked:
            assert data == self.data[n]
            self.used[n] = self.now
        else:
            assert data is None

    @rule(seconds=st.sampled_from((1, 60, 150)))
    def wait_and_expire(self, seconds: int) -> None:
        self.now += seconds
        self.up.run(self.up.uploads.expire())
        for n, used_at in list(self.used.items()):
            if used_at < self.now - _LIFETIME and n not in self.made:
                self.forget(n)

    @rule()
    def evict(self) -> None:
        """Evict all that may go; what the recipe made would only be made again."""
        if self.made:
            return
        self.up.run(self.up.bench.evict(limit=0))
        for n in list(self.hinted):
            # One of no bytes gives no room: it goes only if it stands before those that do.
            if self.data[n] or self.up.bench.index.row(self.ids[n]) is None:
                self.forget(n)

    @rule()
    def reopen(self) -> None:
        self.up.reopen()

    @rule()
    def fsck(self) -> None:
        found = self.up.run(check_blobs(self.up.bench.repository, check_hashes=True))
        assert (found.missing, found.damaged, found.orphaned, found.unfinished) == (0, 0, 0, 0)

    @invariant()
    def rows_files_and_the_model_agree(self) -> None:
        here = {self.ids[n] for n in self.owners}
        assert {row.info.blob_id for row in self.up.bench.index.present()} == here
        assert self.up.files() == here
        assert self.up.bench.staged() == []

    @invariant()
    def lists_and_usage_are_those_of_the_model(self) -> None:
        everything = Usage()
        for who in ("alice", "bob", "carol"):
            owned = self.owned_by(who)
            page = self.up.run(self.up.uploads.page(who, Span(100)))
            assert page is not None
            assert {each.info.blob_id for each in page} == {
                self.ids[n] for n in owned - self.blocked
            }
            mine = Usage(len(owned), sum(len(self.data[n]) for n in owned))
            assert self.up.index.usage(who) == mine
            everything = Usage(everything.blobs + mine.blobs, everything.bytes + mine.bytes)
        assert self.up.index.usage(None) == everything


UploadsMachine.TestCase.settings = settings(
    max_examples=settings().max_examples // 8, stateful_step_count=25
)
TestUploads = UploadsMachine.TestCase
