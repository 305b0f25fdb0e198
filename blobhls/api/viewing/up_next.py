"""`/api/v1/history/continue` and `/next`: videos to resume or to watch next.

Lists are built in a thread.
"""

from __future__ import annotations

from typing import Annotated

from litestar import delete, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter

from blobhls.api.errors import WRITING_RAISES
from blobhls.api.parameters import (
    CatalogueDependency,
    IndexDependency,
    LimitParameter,
    PlaceholderDependency,
)
from blobhls.api.viewing.history import HistoryItem, history_item
from blobhls.api.viewing.viewer_profiles import ProfileDependency, ViewingDependency
from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.viewing.up_next import Offer


@get(
    "/history/continue",
    sync_to_thread=True,
    tags=["history"],
    summary="List videos to resume",
    description="Videos that were left between 5 % and 90 %, latest first, one a show. After a "
    "finished part comes the next part of the same version.",
    response_description="Videos to resume.",
    raises=[ValidationException, NotFoundException],
)
def list_begun(
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    placeholder: PlaceholderDependency,
    limit: LimitParameter = None,
) -> list[HistoryItem]:
    """Return the videos to resume."""
    return _items(viewing.up_next.begun(limit, profile_id), catalogue, placeholder)


@get(
    "/history/next",
    sync_to_thread=True,
    tags=["history"],
    summary="List next episodes",
    description="The first unwatched episode after the last watched one of each series, those of "
    "the series watched last first, in the version that was watched where there is one; specials "
    "after the last season. Series in `continue` are left out.",
    response_description="Episodes; `progress` is null unless it was begun.",
    raises=[ValidationException, NotFoundException],
)
def list_next(
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    placeholder: PlaceholderDependency,
    limit: LimitParameter = None,
) -> list[HistoryItem]:
    """Return the next episode of each series."""
    return _items(viewing.up_next.next(limit, profile_id), catalogue, placeholder)


@delete(
    ["/history/continue/{show_id:str}", "/history/next/{show_id:str}"],
    tags=["history"],
    summary="Dismiss a show",
    description="It is in neither list until it is watched again; its history stays.",
    response_description="The show is dismissed.",
    raises=WRITING_RAISES,
)
async def dismiss_show(
    show_id: Annotated[str, PathParameter(description="Id of a show: `show_id` of the item.")],
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> None:
    """Dismiss a show; 404 for an unknown one."""
    await index.read(catalogue.show, show_id)
    await index.write(viewing.up_next.dismiss, show_id, profile_id)


def _items(offers: list[Offer], catalogue: Catalogue, placeholder: BlobId) -> list[HistoryItem]:
    videos = catalogue.videos(offer.video_id for offer in offers)
    posters = catalogue.artworks(video.show_id for video in videos.values())
    return [
        history_item(videos[offer.video_id], offer.progress, posters, placeholder)
        for offer in offers
        if offer.video_id in videos
    ]


UP_NEXT_HANDLERS = (list_begun, list_next, dismiss_show)
"""To be mounted at `/api/v1`; need `catalogue`, `index`, `placeholder` and
`profile_dependencies`."""
