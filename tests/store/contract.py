"""The contract of every store, as tests."""

from __future__ import annotations

import threading

import pytest

from blobhls.blob import BlobId
from blobhls.errors import BlobMissing
from blobhls.store.base import BlobStore

ABSENT = BlobId.of(b"never stored")


class StoreContract:
    """The obligations of `BlobStore`. Subclasses provide the `store` fixture and nothing else."""

    def test_put_returns_the_sha256_of_the_bytes(self, store: BlobStore) -> None:
        assert store.put(b"abc") == (
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 1000])
    def test_stored_bytes_are_read_back(self, store: BlobStore, data: bytes) -> None:
        with store.open(store.put(data)) as file:
            assert file.read() == data

    def test_a_blob_is_opened_at_its_start_and_can_be_sought(self, store: BlobStore) -> None:
        with store.open(store.put(b"0123456789")) as file:
            assert file.tell() == 0
            file.seek(7)
            assert file.read(2) == b"78"

    def test_two_readers_of_one_blob_don_t_disturb_each_other(self, store: BlobStore) -> None:
        blob_id = store.put(b"0123456789")
        with store.open(blob_id) as one, store.open(blob_id) as other:
            one.read(5)
            assert other.read(1) == b"0"

    def test_stat_returns_the_size(self, store: BlobStore) -> None:
        assert store.stat(store.put(b"12345")) == 5

    def test_an_absent_blob_is_reported_as_missing(self, store: BlobStore) -> None:
        with pytest.raises(BlobMissing) as caught:
            store.open(ABSENT)
        assert caught.value.blob_id == ABSENT
        with pytest.raises(BlobMissing):
            store.stat(ABSENT)

    def test_a_blob_that_is_synced_later_is_readable_meanwhile(self, store: BlobStore) -> None:
        blob_ids = [store.put(b"one", sync=False), store.put(b"two", sync=False)]
        assert [store.stat(blob_id) for blob_id in blob_ids] == [3, 3]
        store.sync(blob_ids)
        store.sync([])
        assert set(store.ids()) == set(blob_ids)

    def test_putting_known_bytes_again_changes_nothing(self, store: BlobStore) -> None:
        assert store.put(b"x") == store.put(b"x")
        assert list(store.ids()) == [BlobId.of(b"x")]

    def test_a_removed_blob_is_missing(self, store: BlobStore) -> None:
        blob_id = store.put(b"x")
        store.remove(blob_id)
        with pytest.raises(BlobMissing):
            store.stat(blob_id)
        assert list(store.ids()) == []

    def test_removing_twice_is_not_an_error(self, store: BlobStore) -> None:
        blob_id = store.put(b"x")
        store.remove(blob_id)
        store.remove(blob_id)

    def test_a_removed_blob_can_be_put_again(self, store: BlobStore) -> None:
        blob_id = store.put(b"x")
        store.remove(blob_id)
        assert store.put(b"x") == blob_id
        assert store.stat(blob_id) == 1

    def test_an_open_blob_is_readable_to_its_end_after_removal(self, store: BlobStore) -> None:
        blob_id = store.put(b"x" * 100_000)
        with store.open(blob_id) as file:
            file.read(10)
            store.remove(blob_id)
            assert len(file.read()) == 99_990

    def test_ids_lists_every_blob_once(self, store: BlobStore) -> None:
        put = {store.put(b"%d" % number) for number in range(50)}
        listed = list(store.ids())
        assert len(listed) == 50
        assert set(listed) == put

    def test_staging_paths_are_new_and_have_no_file(self, store: BlobStore) -> None:
        paths = {store.staging() for _ in range(10)}
        assert len(paths) == 10
        assert not any(path.exists() for path in paths)

    def test_a_staged_file_is_not_listed(self, store: BlobStore) -> None:
        store.staging().write_bytes(b"half")
        assert list(store.ids()) == []

    def test_an_adopted_file_is_a_blob_and_gone_from_staging(self, store: BlobStore) -> None:
        staged = store.staging()
        staged.write_bytes(b"made elsewhere")
        blob_id = BlobId.of(b"made elsewhere")
        store.adopt(staged, blob_id)
        assert not staged.exists()
        with store.open(blob_id) as file:
            assert file.read() == b"made elsewhere"
        assert list(store.ids()) == [blob_id]

    def test_adopting_a_known_blob_removes_the_staged_file_too(self, store: BlobStore) -> None:
        blob_id = store.put(b"known")
        staged = store.staging()
        staged.write_bytes(b"known")
        store.adopt(staged, blob_id)
        assert not staged.exists()
        assert list(store.ids()) == [blob_id]

    def test_an_open_blob_is_readable_to_its_end_after_adopting_it_again(
        self, store: BlobStore
    ) -> None:
        blob_id = store.put(b"known")
        with store.open(blob_id) as file:
            staged = store.staging()
            staged.write_bytes(b"known")
            store.adopt(staged, blob_id)
            assert file.read() == b"known"

    def test_sweeping_keeps_blobs_and_finds_nothing_without_a_crash(self, store: BlobStore) -> None:
        blob_id = store.put(b"x")
        assert store.sweep() == 0
        assert store.stat(blob_id) == 1

    def test_threads_may_put_read_and_remove_the_same_blobs(self, store: BlobStore) -> None:
        datas = [b"%d" % number * 1000 for number in range(8)]
        wrong: list[object] = []

        def work() -> None:
            for data in datas * 5:
                blob_id = store.put(data)
                try:
                    with store.open(blob_id) as file:
                        if file.read() != data:
                            wrong.append(blob_id)
                except BlobMissing:
                    pass  # another thread was quicker to remove it
                except Exception as error:  # or it would be lost with the thread
                    wrong.append(error)
                store.remove(blob_id)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert list(store.ids()) == []
        assert {store.put(data) for data in datas} == set(store.ids())
