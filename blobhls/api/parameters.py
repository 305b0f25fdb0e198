"""Parameters and dependencies of several handlers."""

from __future__ import annotations

from typing import Annotated, Final

from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import PathParameter, QueryParameter, SkipValidation
from litestar.types import ASGIApp

from blobhls.blob import BlobId
from blobhls.http import PublicUrls
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.viewing.history import History
from blobhls.resolver import Plans, Sealer, SegmentServer
from blobhls.transfer.share import Sharing

IndexDependency = NamedDependency[SkipValidation[Index]]
CatalogueDependency = NamedDependency[SkipValidation[Catalogue]]
HistoryDependency = NamedDependency[SkipValidation[History]]
PlaceholderDependency = NamedDependency[SkipValidation[BlobId]]
PlansDependency = NamedDependency[SkipValidation[Plans]]
SealerDependency = NamedDependency[SkipValidation[Sealer]]
SegmentsDependency = NamedDependency[SkipValidation[SegmentServer]]
SharingDependency = NamedDependency[SkipValidation[Sharing]]
PublicUrlsDependency = NamedDependency[SkipValidation[PublicUrls]]
BlobsDependency = NamedDependency[SkipValidation[ASGIApp]]

VideoIdParameter = Annotated[
    str, PathParameter(description="Id of a video; that of a movie is the id of its show.")
]
LimitParameter = Annotated[
    int | None, QueryParameter(ge=1, le=10_000, description="How many at most; without it, all.")
]
OffsetParameter = Annotated[
    int, QueryParameter(ge=0, le=1_000_000_000, description="How many to leave out at the start.")
]

TOTAL_COUNT: Final = "X-Total-Count"
TOTAL_COUNT_HEADER: Final = ResponseHeader(
    name=TOTAL_COUNT,
    description="How many there are in all pages together.",
    documentation_only=True,
)


def provide_value(value: object) -> Provide:
    """Return a provider of `value`, for Litestar's `dependencies`."""

    def provide() -> object:
        return value

    return Provide(provide, sync_to_thread=False)
