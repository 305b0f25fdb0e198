"""All blobs of a root of this server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing
from blobhls.transfer.links import PLAYLIST, named_blobs
from blobhls.vault import BlobRepository, Vault
from blobhls.workers import Priority


class Tree(msgspec.Struct, frozen=True):
    """The blobs of one title, each once."""

    root: BlobInfo
    playlists: tuple[BlobInfo, ...]  # that the root names
    leaves: tuple[BlobInfo, ...]  # segments, initialisation sections, images

    @property
    def stages(self) -> tuple[tuple[BlobInfo, ...], ...]:
        """The blobs from the leaves to the root: each after all blobs that it names."""
        return (self.leaves, self.playlists, (self.root,))

    @property
    def count(self) -> int:
        """How many blobs it has."""
        return len(self.leaves) + len(self.playlists) + 1


async def local_tree(
    vault: Vault, repository: BlobRepository, root: BlobId, images: Sequence[BlobId] = ()
) -> Tree:
    """Return the tree of a root that was sealed here; `images` are added to it.

    The bytes of leaves may be evicted. Raises `BlobMissing`, `Unavailable`, `SourceBroken` or
    `RenderFailed`.
    """
    playlists: dict[BlobId, BlobInfo] = {}
    leaves: dict[BlobId, BlobInfo] = {}
    for info in await _infos(repository, await _links(vault, root)):
        if info.media_type != PLAYLIST:
            leaves[info.blob_id] = info
            continue
        playlists[info.blob_id] = info
        for leaf in await _infos(repository, await _links(vault, info.blob_id)):
            leaves[leaf.blob_id] = leaf
    for info in await _infos(repository, images):
        leaves[info.blob_id] = info
    (info,) = await _infos(repository, [root])
    return Tree(info, tuple(playlists.values()), tuple(leaves.values()))


async def _links(vault: Vault, blob_id: BlobId) -> list[BlobId]:
    """Return the blobs that a playlist names."""
    with await vault.open(blob_id, Priority.SEAL) as blob:
        return await asyncio.to_thread(lambda: list(named_blobs(blob.file.read())))


async def _infos(repository: BlobRepository, blob_ids: Iterable[BlobId]) -> list[BlobInfo]:
    """Return size and type of some blobs, in their order; raises `BlobMissing`."""
    wanted = list(blob_ids)
    found = await repository.infos(wanted)
    for blob_id in wanted:
        if blob_id not in found:
            raise BlobMissing(blob_id)
    return [found[blob_id] for blob_id in wanted]
