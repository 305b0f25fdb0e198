"""In any order of operations: the right bytes, or an error that is true."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from blobhls.blob import BlobId
from blobhls.encoding_profiles import profile_named
from blobhls.errors import BlobMissing, NotFound, SourceGone, SourceOffline
from blobhls.recipe import Recipe
from blobhls.vault import check_blobs
from blobhls.workers import Priority
from tests.vault.bench import ENGINE, Bench, cut, encoded, sound

T = TypeVar("T")

# Few of each, so that everything happens to the same ones.
RECIPES: list[Recipe] = [
    *(
        make(number, source)
        for make in (cut, encoded, sound)
        for number in (1, 2)
        for source in "ab"
    )
]
recipes = st.sampled_from(RECIPES)
sources = st.sampled_from("ab")
profiles = st.sampled_from(sorted({recipe.profile for recipe in RECIPES}))


class VaultMachine(RuleBasedStateMachine):
    """The vault on a real database and store, compared with a dictionary."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.bench = Bench(Path(self.folder.name))
        self.data: dict[BlobId, bytes] = {}  # every blob there ever was
        self.present: set[BlobId] = set()  # its bytes are in the store
        self.bound: dict[Recipe, BlobId] = {}
        self.pinned: set[BlobId] = set()
        self.distrusted: set[str] = set()  # profiles that made two results of one recipe
        self.lost = 0  # blobs without bytes and without a recipe, which were reported

    def teardown(self) -> None:
        self.bench.close()
        self.runner.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def outcome(self, work: Coroutine[Any, Any, T]) -> T | NotFound | SourceOffline:
        """Return what work returns, or raises for a good reason."""
        try:
            return self.run(work)
        except (NotFound, SourceOffline) as error:
            return error

    def keep(self, recipe: Recipe, data: bytes) -> BlobId:
        """Have the model know that a recipe made these bytes."""
        blob_id = BlobId.of(data)
        self.data[blob_id] = data
        self.present.add(blob_id)
        self.bound[recipe] = blob_id
        if recipe.profile in self.distrusted or not profile_named(recipe.profile).evictable:
            self.pinned.add(blob_id)
        return blob_id

    def recipe_of(self, blob_id: BlobId) -> Recipe | None:
        return next((r for r, bound in self.bound.items() if bound == blob_id), None)

    def state_of(self, recipe: Recipe) -> type[Exception] | None:
        """Return what keeps a recipe from being made."""
        source_id = recipe.source_id
        if source_id in self.bench.sources.gone:
            return SourceGone
        return SourceOffline if source_id in self.bench.sources.offline else None

    @rule(data=st.binary(max_size=9))
    def put(self, data: bytes) -> None:
        info = self.run(self.bench.vault.put(data, "text/vtt"))
        assert info.blob_id == BlobId.of(data)
        self.data[info.blob_id] = data
        self.present.add(info.blob_id)
        self.pinned.add(info.blob_id)

    @rule(recipe=recipes)
    def obtain(self, recipe: Recipe) -> None:
        trouble = None if recipe in self.bound else self.state_of(recipe)
        info = self.outcome(self.bench.vault.obtain(recipe, Priority.VIEWER))
        if isinstance(info, Exception):
            assert type(info) is trouble
            return
        assert trouble is None
        if recipe not in self.bound:
            assert info.blob_id == self.keep(recipe, self.bench.flavours.bytes_of(recipe))
        assert self.bound[recipe] == info.blob_id
        assert info.size == len(self.data[info.blob_id])

    @rule(batch=st.permutations([cut(1, "a"), cut(2, "a"), sound(1, "a")]))
    def obtain_batch(self, batch: list[Recipe]) -> None:
        if self.state_of(batch[0]) is not None:
            return
        outcomes = self.run(self.bench.vault.obtain_batch(batch, Priority.SEAL))
        for recipe, outcome in zip(batch, outcomes, strict=True):
            if recipe not in self.bound:
                self.keep(recipe, self.bench.flavours.bytes_of(recipe))
            assert not isinstance(outcome, Exception)
            assert outcome.blob_id == self.bound[recipe]

    @rule(pick=st.integers(min_value=0))
    def open(self, pick: int) -> None:
        if not self.data:
            return
        blob_id = sorted(self.data)[pick % len(self.data)]
        expected = self.expected(blob_id)
        data = self.outcome(self.bench.bytes_of(blob_id))
        if isinstance(data, Exception):
            assert type(data) is expected
        else:
            assert expected is None
            assert data == self.data[blob_id]
            self.present.add(blob_id)

    def expected(self, blob_id: BlobId) -> type[Exception] | None:
        """Return the error that reading a blob must raise, and change the model as it does."""
        if blob_id in self.present:
            return None
        recipe = self.recipe_of(blob_id)
        if recipe is None:
            return BlobMissing
        trouble = self.state_of(recipe)
        if trouble is not None:
            return BlobMissing if trouble is SourceGone else trouble
        if self.bench.flavours.bytes_of(recipe) == self.data[blob_id]:
            if recipe.profile in self.distrusted:
                self.pinned.add(blob_id)
            return None
        del self.bound[recipe]
        self.distrusted.add(recipe.profile)
        self.lost += 1
        return BlobMissing

    @rule(pick=st.integers(min_value=0))
    def stat(self, pick: int) -> None:
        """A promise is kept: what `stat` tells from the index, `open` gives or can't just now."""
        if not self.data:
            return
        blob_id = sorted(self.data)[pick % len(self.data)]
        recipe = self.recipe_of(blob_id)
        proven = recipe is not None and self.bench.index.proof(recipe.profile, ENGINE)
        promised = proven and recipe is not None and self.state_of(recipe) is None
        expected = None if promised else self.expected(blob_id)
        info = self.outcome(self.bench.vault.stat(blob_id))
        if isinstance(info, Exception):
            assert type(info) is expected
        else:
            assert expected is None
            assert info.size == len(self.data[blob_id])
            if not promised:
                self.present.add(blob_id)

    @rule(keep=st.integers(0, 200_000))
    def evict(self, keep: int) -> None:
        before = set(self.present)
        evicted = self.run(self.bench.evict(limit=keep))
        after = set(self.bench.store.ids())
        gone = before - after
        assert evicted.removed == len(gone)
        assert evicted.freed == sum(len(self.data[blob_id]) for blob_id in gone)
        for blob_id in gone:
            recipe = self.recipe_of(blob_id)
            assert blob_id not in self.pinned
            assert recipe is not None
            assert self.state_of(recipe) is None
            assert self.bench.index.proof(recipe.profile, ENGINE) is True
        for profile in {recipe.profile for recipe in RECIPES}:
            if self.bench.index.proof(profile, ENGINE) is False:
                self.distrusted.add(profile)
        stays = before - gone
        if sum(len(self.data[blob_id]) for blob_id in stays) > keep:
            assert not any(self.may_go(blob_id) for blob_id in stays)
        self.present = after

    def may_go(self, blob_id: BlobId) -> bool:
        recipe = self.recipe_of(blob_id)
        return (
            recipe is not None
            and blob_id not in self.pinned
            and self.state_of(recipe) is None
            and recipe.profile not in self.distrusted
        )

    @rule(profile=profiles)
    def change_flavour(self, profile: str) -> None:
        self.bench.flavours.change(profile)

    @rule(source_id=sources, where=st.sampled_from(("here", "offline", "gone")))
    def move_source(self, source_id: str, where: str) -> None:
        for name in ("offline", "gone"):
            ids: set[str] = getattr(self.bench.sources, name)
            ids.add(source_id) if name == where else ids.discard(source_id)

    @rule()
    def reopen(self) -> None:
        self.bench.close()
        self.bench.open()

    @rule(pick=st.integers(min_value=0), cut_short=st.booleans())
    def lose_a_file(self, pick: int, cut_short: bool) -> None:
        """Lose bytes behind the server's back: while it is down, as it remembers small ones."""
        if not self.present:
            return
        blob_id = sorted(self.present)[pick % len(self.present)]
        self.bench.close()
        if cut_short and self.data[blob_id]:
            self.bench.file(blob_id).write_bytes(self.data[blob_id][:-1])
        else:
            self.bench.file(blob_id).unlink()
        self.bench.open()
        self.present.discard(blob_id)
        if self.run(self.bench.vault.present(blob_id)) is not None:
            raise AssertionError("lost bytes are shown")
        self.lost += self.recipe_of(blob_id) is None

    @rule(check_hashes=st.booleans())
    def fsck(self, check_hashes: bool) -> None:
        """Nothing is to be mended but what was lost and noticed already."""
        found = self.run(check_blobs(self.bench.repository, check_hashes=check_hashes))
        assert (found.missing, found.damaged, found.lost) == (0, 0, ())
        assert found.checked == len(self.present)

    @invariant()
    def rows_and_files_agree(self) -> None:
        rows = {row.info.blob_id for row in self.bench.index.present()}
        assert rows == self.present
        assert rows == set(self.bench.store.ids())

    @invariant()
    def nothing_is_left_in_staging(self) -> None:
        assert self.bench.staged() == []

    @invariant()
    def whoever_needs_what_is_lost_was_told(self) -> None:
        assert len(self.bench.distrusted) == self.lost


VaultMachine.TestCase.settings = settings(
    max_examples=settings().max_examples // 4, stateful_step_count=30
)
TestVault = VaultMachine.TestCase
