"""Pictures in the sizes that pages ask for: made when somebody asks, and kept as blobs."""

from __future__ import annotations

from typing import Literal, TypeAlias

from blobhls.blob import BlobId, BlobInfo
from blobhls.encoding_profiles import IMAGE
from blobhls.errors import NotFound
from blobhls.recipe import ScaledImage
from blobhls.vault import Vault
from blobhls.workers import Priority

ImageWidth: TypeAlias = Literal[160, 320, 640, 1280]
"""Pixels. Few, so that nobody can have the disk filled with one picture."""


class Thumbnails:
    """Scales the pictures of titles. To be used from one event loop."""

    def __init__(self, vault: Vault, encoder: str) -> None:
        """`encoder`: the workers' `Engine.image_encoder`."""
        self._vault = vault
        self._encoder = encoder

    async def scaled(self, blob_id: str, width: ImageWidth) -> BlobInfo:
        """Return a picture no wider than `width` pixels, nor than it was; its bytes may be evicted.

        Raises `NotFound` for what is no picture that this server made: what people upload is
        theirs to scale. Else as `Vault.obtain`.
        """
        row = await self._vault.row(BlobId(blob_id))
        if row is None or not row.made or not row.info.media_type.startswith("image/"):
            raise NotFound("no picture of a title has this hash")
        recipe = ScaledImage(str(row.info.blob_id), width, self._encoder, IMAGE.name)
        # A page waits for it, but what plays comes first.
        return await self._vault.obtain(recipe, Priority.AHEAD)
