"""`/api/v1/shows` and `/api/v1/library`: the catalogue, and files that can't be used.

Handlers run in a thread: a query may wait while a scan commits, and the event loop must not wait.
"""

from __future__ import annotations

from typing import Annotated, Final, cast

import msgspec
from blake3 import blake3
from litestar import MediaType, Response, get
from litestar.datastructures import ResponseHeader
from litestar.exceptions import NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, PathParameter, QueryParameter

from blobhls.api.catalogue.show_values import MovieValue, SeriesValue, show_value
from blobhls.api.parameters import (
    TOTAL_COUNT,
    TOTAL_COUNT_HEADER,
    CatalogueDependency,
    LimitParameter,
    OffsetParameter,
    PlaceholderDependency,
)
from blobhls.http import etag_of, is_current
from blobhls.index.catalogue.rows import ShowKind
from blobhls.index.catalogue.show_lists import ShowOrder
from blobhls.names.titles import printable

SearchParameter = Annotated[
    str,
    QueryParameter(
        max_length=500,
        description="Words, each of which must begin a word of a title, a year or an episode's "
        "title. Case and accents don't matter.",
    ),
]

KindParameter = Annotated[
    ShowKind | None, QueryParameter(description="Only movies, or only series.")
]
SortParameter = Annotated[
    ShowOrder | None,
    QueryParameter(
        description="`added`: the last added first; a series counts by its newest episode. "
        "`title`: by title, also the results of a search."
    ),
]

IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="`ETag` of the page that the client has."),
]
_ETAG_HEADER: Final = ResponseHeader(
    name="ETag", description="Changes with the page.", documentation_only=True
)


class LibraryProblem(msgspec.Struct, frozen=True):
    """A file or folder that can't be used."""

    path: str  # relative to the library, empty for the library itself
    reason: str  # for a person


@get(
    "/shows",
    sync_to_thread=True,
    tags=["catalogue"],
    summary="List or search shows",
    description="Movies and series, by title; a search gives the best match first. A page that has "
    "not changed since the `ETag` in `If-None-Match` is not sent again.",
    response_description="A page of shows.",
    response_headers=[TOTAL_COUNT_HEADER, _ETAG_HEADER],
    responses={304: ResponseSpec(None, description="Nothing has changed.")},
    raises=[ValidationException],
)
def list_shows(
    *,
    catalogue: CatalogueDependency,
    placeholder: PlaceholderDependency,
    search: SearchParameter = "",
    kind: KindParameter = None,
    sort: SortParameter = None,
    limit: LimitParameter = None,
    offset: OffsetParameter = 0,
    if_none_match: IfNoneMatch = None,
) -> Response[list[MovieValue | SeriesValue]]:
    """Return a page of shows, or 304 if the client has it."""
    shows, total = catalogue.shows(search, limit, offset, kind=kind, order=sort)
    body = msgspec.json.encode([show_value(show, placeholder) for show in shows])
    tag = blake3(body).digest(16).hex()
    headers = {TOTAL_COUNT: str(total), "ETag": etag_of(tag), "Cache-Control": "no-cache"}
    known = is_current(if_none_match, tag)
    # It was encoded for the tag; Litestar sends bytes unchanged.
    page = cast("list[MovieValue | SeriesValue]", b"" if known else body)
    return Response(
        page, status_code=304 if known else 200, media_type=MediaType.JSON, headers=headers
    )


@get(
    "/shows/{show_id:str}",
    sync_to_thread=True,
    tags=["catalogue"],
    summary="Get a show",
    description="A movie, or a series with its episodes in order.",
    response_description="The show.",
    raises=[NotFoundException],
)
def get_show(
    show_id: Annotated[str, PathParameter(description="Id of a show.")],
    catalogue: CatalogueDependency,
    placeholder: PlaceholderDependency,
) -> MovieValue | SeriesValue:
    """Return one show; 404 for an unknown id."""
    return show_value(catalogue.show(show_id), placeholder)


@get(
    "/library/problems",
    sync_to_thread=True,
    tags=["library"],
    summary="List what can't be used",
    description="Files that are no videos or are damaged, and what the last scan could not read.",
    response_description="Paths with reasons.",
)
def list_problems(catalogue: CatalogueDependency) -> list[LibraryProblem]:
    """Return files and folders with problems, by path."""
    return [
        LibraryProblem(printable(problem.path), problem.reason) for problem in catalogue.problems()
    ]


SHOW_HANDLERS = (list_shows, get_show, list_problems)
"""To be mounted at `/api/v1`; need `catalogue` and `placeholder`."""
