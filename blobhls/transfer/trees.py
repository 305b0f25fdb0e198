"""Everything that hangs on a root of ours."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.transfer.links import PLAYLIST, named
from blobhls.vault import Vault
from blobhls.workers import Priority


class Tree(msgspec.Struct, frozen=True):
    """The blobs of one title, each once."""

    root: BlobInfo
    playlists: tuple[BlobInfo, ...]  # that the root names
    leaves: tuple[BlobInfo, ...]  # segments, initializations, pictures

    @property
    def stages(self) -> tuple[tuple[BlobInfo, ...], ...]:
        """The blobs from the leaves to the root: nothing comes before all that it names."""
        return (self.leaves, self.playlists, (self.root,))

    @property
    def count(self) -> int:
        """How many blobs it has."""
        return len(self.leaves) + len(self.playlists) + 1


async def local_tree(
    vault: Vault, index: BlobIndex, root: BlobId, beside: Sequence[BlobId] = ()
) -> Tree:
    """Return the tree of a root that was sealed here; `beside`: pictures that go with it.

    Leaves need not be here: their bytes may be evicted. Raises `BlobMissing`, and as `Vault.open`.
    """
    playlists: dict[BlobId, BlobInfo] = {}
    leaves: dict[BlobId, BlobInfo] = {}
    for blob_id in named(await _text(vault, root)):
        info = _info(index, blob_id)
        if info.media_type != PLAYLIST:
            leaves[blob_id] = info
            continue
        playlists[blob_id] = info
        for leaf in named(await _text(vault, blob_id)):
            leaves[leaf] = _info(index, leaf)
    for blob_id in beside:
        leaves[blob_id] = _info(index, blob_id)
    return Tree(_info(index, root), tuple(playlists.values()), tuple(leaves.values()))


async def _text(vault: Vault, blob_id: BlobId) -> bytes:
    with await vault.open(blob_id, Priority.SEAL) as blob:
        return blob.file.read()


def _info(index: BlobIndex, blob_id: BlobId) -> BlobInfo:
    row = index.row(blob_id)
    if row is None:
        raise BlobMissing(blob_id)
    return row.info
