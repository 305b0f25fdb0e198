"""I-frame playlists as blobs, also of segments whose key frames were not stored with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from blobhls.blob import BlobId, blob_name, type_of
from blobhls.errors import BlobhlsError
from blobhls.index.ledger.sources import IFrameSeal
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.results import IFrame
from blobhls.resolver.playlists.iframe_playlists import iframe_playlist
from blobhls.vault import Vault

_LOOKUPS: Final = 32  # segments that are looked up before other tasks run
_PLAYLIST: Final = type_of("m3u8")


async def sealed_iframes(
    vault: Vault, plan: Plan, rendition: Rendition, blob_ids: Sequence[BlobId]
) -> IFrameSeal | None:
    """Store the I-frame playlist of a rendition; None if it has none.

    `blob_ids`: every blob that its media playlist names, in that order.
    """
    found = await _key_frames(vault, plan, rendition, blob_ids[-rendition.count :])
    if found is None:
        return None
    wanted = [plan.recipe(rendition, number) for number in range(rendition.count)]
    names = [
        blob_name(blob_id, recipe.media_type)
        for blob_id, recipe in zip(blob_ids[-rendition.count :], wanted, strict=True)
    ]
    head = plan.init(rendition)
    init = None if head is None else blob_name(blob_ids[0], head.media_type)
    playlist = iframe_playlist(plan, rendition, found, lambda n: names[n], init)
    if playlist is None:
        return None
    text, rate = playlist
    info = await vault.put(text.encode(), _PLAYLIST)
    return IFrameSeal(info.blob_id, rate.peak, rate.average)


async def _key_frames(
    vault: Vault, plan: Plan, rendition: Rendition, segments: Sequence[BlobId]
) -> list[tuple[IFrame, ...]] | None:
    """Return the key frames of each segment; None if one has none, or can't be read."""
    if rendition.kind != "video":
        return None
    found: list[tuple[IFrame, ...]] = []
    for number, blob_id in enumerate(segments):
        try:
            frames = await vault.find_iframes(plan.recipe(rendition, number), blob_id)
        except BlobhlsError:  # for example an offline file: the title plays without the playlist
            return None
        if not frames:
            return None
        found.append(frames)
        if number % _LOOKUPS == 0:
            await asyncio.sleep(0)
    return found
