"""`/api/v1/library/sealed`: videos that have a root."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import SkipValidation

from blobhls.api.parameters import (
    TOTAL_COUNT,
    TOTAL_COUNT_HEADER,
    CatalogueDependency,
    LimitParameter,
    OffsetParameter,
)
from blobhls.api.video.video_values import playlist_uri, playlist_url
from blobhls.index.catalogue.sealed import SealedVideos
from blobhls.transfer.share import full_title

_PAGE: Final = 100  # videos, if no limit is given

SealedDependency = NamedDependency[SkipValidation[SealedVideos]]


class SealedValue(msgspec.Struct, frozen=True):
    """A video with its root."""

    id: str  # of the video
    show_id: str
    title: str  # of a series: with the episode's number and title
    sha256: str  # of the root playlist
    url: str
    uri: str  # `blossom:<sha256>.m3u8` (BUD-10)
    sealed_at: float  # seconds since the epoch


@get(
    "/library/sealed",
    sync_to_thread=True,
    tags=["sealing"],
    summary="List sealed videos",
    description="Every video of the library that has a root, the last sealed first.",
    response_description="Videos with their roots.",
    response_headers=[TOTAL_COUNT_HEADER],
    raises=[ValidationException],
)
def list_sealed(
    sealed: SealedDependency,
    catalogue: CatalogueDependency,
    limit: LimitParameter = _PAGE,
    offset: OffsetParameter = 0,
) -> Response[list[SealedValue]]:
    """Return a page of sealed videos, and their total number."""
    page = sealed.newest(_PAGE if limit is None else limit, offset)
    videos = catalogue.videos(each.video_id for each in page)
    values = [
        SealedValue(
            each.video_id,
            video.show_id,
            full_title(video),
            each.root,
            playlist_url(each.root),
            playlist_uri(each.root),
            each.sealed_at,
        )
        for each in page
        if (video := videos.get(each.video_id)) is not None
    ]
    return Response(values, headers={TOTAL_COUNT: str(sealed.count())})


SEALED_HANDLERS = (list_sealed,)
"""To be mounted at `/api/v1`; need `sealed` and `catalogue`."""
