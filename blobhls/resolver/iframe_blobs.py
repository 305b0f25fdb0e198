"""I-frame playlists as blobs, also of segments that were made before anybody noted key frames."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from blobhls.blob import BlobId, blob_name, type_of
from blobhls.errors import BlobhlsError
from blobhls.index.ledger.sources import IFrameSeal
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.results import IFrame
from blobhls.resolver.iframe_playlists import iframe_playlist
from blobhls.vault import Vault

_LOOKUPS: Final = 32  # segments looked up before other requests have their turn
_PLAYLIST: Final = type_of("m3u8")


async def sealed_iframes(
    vault: Vault, plan: Plan, rendition: Rendition, parts: Sequence[BlobId]
) -> IFrameSeal | None:
    """Write the I-frame playlist of a rendition; None where it has none.

    `parts`: every blob that its playlist names, in that order.
    """
    found = await _key_frames(vault, plan, rendition, parts[-rendition.count :])
    if found is None:
        return None
    wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]
    names = [
        blob_name(part, recipe.media_type)
        for part, recipe in zip(parts[-rendition.count :], wanted, strict=True)
    ]
    head = plan.init(rendition)
    init = None if head is None else blob_name(parts[0], head.media_type)
    made = iframe_playlist(plan, rendition, found, lambda n: names[n], init)
    if made is None:
        return None
    text, rate = made
    playlist = await vault.put(text.encode(), _PLAYLIST)
    return IFrameSeal(playlist.blob_id, rate.peak, rate.average)


async def _key_frames(
    vault: Vault, plan: Plan, rendition: Rendition, segments: Sequence[BlobId]
) -> list[tuple[IFrame, ...]] | None:
    """Return the key frames of each segment; None as soon as one has none, or can't be read."""
    if rendition.kind != "video":
        return None
    found: list[tuple[IFrame, ...]] = []
    for number, blob_id in enumerate(segments):
        try:
            frames = await vault.find_iframes(plan.recipe(rendition, number), blob_id)
        except BlobhlsError:  # of a file that is away, say: it plays as it did
            return None
        if not frames:
            return None
        found.append(frames)
        if number % _LOOKUPS == 0:
            await asyncio.sleep(0)
    return found
