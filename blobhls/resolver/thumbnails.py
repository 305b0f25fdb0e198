"""Artwork in the sizes that pages request: scaled on request, and kept as blobs."""

from __future__ import annotations

from typing import Literal, TypeAlias

from blobhls.blob import BlobId, BlobInfo
from blobhls.encoding_profiles import IMAGE
from blobhls.errors import NotFound
from blobhls.recipe import ScaledImage
from blobhls.vault import Vault
from blobhls.workers import Priority

ImageWidth: TypeAlias = Literal[160, 320, 640, 1280]
"""Pixels. Few sizes, so that requests for one image can't fill the disk."""


class Thumbnails:
    """Scales artwork. To be used from one event loop."""

    def __init__(self, vault: Vault, encoder: str) -> None:
        """`encoder`: the workers' `Engine.image_encoder`."""
        self._vault = vault
        self._encoder = encoder

    async def scaled(self, blob_id: str, width: ImageWidth) -> BlobInfo:
        """Return an image of at most `width` pixels, never enlarged; its bytes may be evicted.

        Raises `NotFound` for a blob that is no image of this server: uploads are not scaled. Also
        raises `SourceGone`, `Unavailable`, `SourceBroken` or `RenderFailed`.
        """
        row = await self._vault.row(BlobId(blob_id))
        if row is None or not row.made or not row.info.media_type.startswith("image/"):
            raise NotFound("no artwork of a title has this hash")
        recipe = ScaledImage(str(row.info.blob_id), width, self._encoder, IMAGE.name)
        # A page waits for it, but segments for viewers come first.
        return await self._vault.obtain(recipe, Priority.AHEAD)
