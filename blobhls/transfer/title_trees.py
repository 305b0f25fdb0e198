"""The tree of a title, which is sealed first if needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from blobhls.blob import BlobId
from blobhls.errors import BlobhlsError
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.resolver import PlannedVideo, Plans, Sealer
from blobhls.transfer.share import thumbnail_of
from blobhls.transfer.trees import Tree, local_tree
from blobhls.vault import BlobRepository, Vault


class TitleTrees:
    """Returns the trees of titles for pushing. To be used from one event loop."""

    def __init__(
        self,
        vault: Vault,
        repository: BlobRepository,
        catalogue: Catalogue,
        plans: Plans,
        sealer: Sealer,
    ) -> None:
        self._vault = vault
        self._repository = repository
        self._catalogue = catalogue
        self._plans = plans
        self._sealer = sealer

    async def tree(
        self,
        video_id: str,
        renditions: Sequence[str] = (),
        on_sealing: Callable[[], None] = lambda: None,
    ) -> Tree:
        """Return the tree of a title's newest root, with its thumbnail.

        The given renditions are sealed first, or the cheap ones if there is no root.
        `on_sealing` is called as that begins. Raises `BlobhlsError` if sealing fails.
        """
        planned = await self._plans.open(video_id)
        root = await self._sealer.root(planned)
        if root is None or not set(renditions) <= set(root.renditions):
            on_sealing()
            root_id = await self._seal(planned, renditions)
        else:
            root_id = root.blob_id
        thumbnail = await self._repository.index.read(thumbnail_of, self._catalogue, video_id)
        images = [] if thumbnail is None else [thumbnail]
        return await local_tree(self._vault, self._repository, root_id, images)

    async def _seal(self, planned: PlannedVideo, renditions: Sequence[str]) -> BlobId:
        root = await self._sealer.seal(planned, renditions)
        sealing = self._sealer.progress(planned.video.video_id)
        problems = {} if sealing is None else sealing.problems
        if root is None or (renditions and problems):
            why = "; ".join(f"{name}: {reason}" for name, reason in problems.items())
            raise BlobhlsError(f"could not be sealed: {why}" if why else "could not be sealed")
        return root.blob_id
