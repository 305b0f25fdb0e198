"""`/api/v1/history` and the watch progress of a video.

Handlers of whole lists run in a thread, so that building the list blocks no other request.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Response, delete, get, put
from litestar.exceptions import ClientException, NotFoundException, ValidationException
from litestar.params import RawBody

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.catalogue.show_values import picture_url, video_index
from blobhls.api.errors import WRITING_RAISES
from blobhls.api.parameters import (
    TOTAL_COUNT,
    TOTAL_COUNT_HEADER,
    CatalogueDependency,
    HistoryDependency,
    IndexDependency,
    LimitParameter,
    OffsetParameter,
    PlaceholderDependency,
    VideoIdParameter,
)
from blobhls.api.viewing.viewer_profiles import ProfileDependency
from blobhls.blob import BlobId
from blobhls.errors import NotFound
from blobhls.index.catalogue.rows import ArtworkIds, ShowKind, VideoRow
from blobhls.index.viewing.history import Progress

_LONGEST: Final = 1_000_000.0  # seconds, eleven days; more is no sensible position
_BODY_LIMIT: Final = 4096  # bytes


class Position(msgspec.Struct, frozen=True):
    """The position of a viewer."""

    position: Annotated[float, msgspec.Meta(ge=0, le=_LONGEST, description="In seconds.")]


class WatchProgress(msgspec.Struct, frozen=True):
    """How far a video was watched."""

    position: float  # seconds
    duration: float | None  # seconds; null until it was probed
    finished: bool  # 90 % or more was watched, or it was marked as watched
    updated_at: float  # seconds since the epoch
    resume: float | None  # where to resume, in seconds; null: at the beginning


class HistoryItem(msgspec.Struct, frozen=True):
    """A video that was watched or begun, or that comes next."""

    id: str  # of the video
    show_id: str
    kind: ShowKind
    title: str  # of the movie or the episode
    show_title: str
    index: str  # `S01E02`; empty for a movie
    thumbnail: str  # `/<sha256>.jpg`
    still: str  # `/<sha256>.jpg`, for a wide tile: of the episode, or a wide one of the show
    progress: WatchProgress | None  # null: not begun; never in the history


class PutProgressOperation(BodyOperation):
    """The OpenAPI description of `Position`."""

    body = Position


class RequestEntityTooLarge(ClientException):
    """A body over the limit; declared for OpenAPI."""

    status_code = 413


@put(
    "/video/{video_id:str}/progress",
    request_max_body_size=_BODY_LIMIT,
    operation_class=PutProgressOperation,
    tags=["history"],
    summary="Save watch progress",
    description="A position beyond the end counts as the end.",
    response_description="What was saved.",
    raises=[ValidationException, RequestEntityTooLarge, *WRITING_RAISES],
)
async def put_progress(
    *,
    video_id: VideoIdParameter,
    body: RawBody,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    history: HistoryDependency,
    profile_id: ProfileDependency,
) -> WatchProgress:
    """Save a position; 404 for an unknown video, 400 for an invalid position."""
    position = decode_body(body, Position).position
    video = await index.lookup(catalogue.video, video_id)
    source_id, duration = video.source_id, video.duration
    if duration is not None:
        position = min(position, duration)
    return watch_progress(
        await index.write(history.put, video_id, source_id, position, duration, profile_id)
    )


@get(
    "/video/{video_id:str}/progress",
    tags=["history"],
    summary="Get watch progress",
    description="404 also if the video was not watched yet.",
    response_description="How far the video was watched.",
    raises=[NotFoundException],
)
async def get_progress(
    video_id: VideoIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    history: HistoryDependency,
    profile_id: ProfileDependency,
) -> WatchProgress:
    """Return how far a video was watched."""
    video = await index.lookup(catalogue.video, video_id)
    found = await index.lookup(history.get, video_id, video.source_id, profile_id)
    if found is None:
        raise NotFound(f"video {video_id!r} was not watched yet")
    return watch_progress(found)


@delete(
    "/video/{video_id:str}/progress",
    tags=["history"],
    summary="Delete watch progress",
    description="Deleting no progress is not an error.",
    response_description="It is deleted.",
    raises=WRITING_RAISES,
)
async def delete_progress(
    video_id: VideoIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    history: HistoryDependency,
    profile_id: ProfileDependency,
) -> None:
    """Delete the progress of a video."""
    video = await index.lookup(catalogue.video, video_id)
    await index.write(history.delete, video_id, video.source_id, profile_id)


@get(
    "/history",
    sync_to_thread=True,
    tags=["history"],
    summary="List the history",
    description="Latest first, one entry a video, including finished ones.",
    response_description="A page of the history.",
    response_headers=[TOTAL_COUNT_HEADER],
    raises=[ValidationException, NotFoundException],
)
def list_history(
    *,
    catalogue: CatalogueDependency,
    history: HistoryDependency,
    profile_id: ProfileDependency,
    placeholder: PlaceholderDependency,
    limit: LimitParameter = None,
    offset: OffsetParameter = 0,
) -> Response[list[HistoryItem]]:
    """Return a page of the history."""
    page, total = history.recent(limit, offset, profile_id)
    videos = catalogue.videos(entry.video_id for entry in page)
    posters = catalogue.artworks(video.show_id for video in videos.values())
    items = [
        history_item(videos[entry.video_id], entry, posters, placeholder)
        for entry in page
        if entry.video_id in videos
    ]
    return Response(items, headers={TOTAL_COUNT: str(total)})


def history_item(
    video: VideoRow, entry: Progress | None, posters: dict[str, ArtworkIds], placeholder: BlobId
) -> HistoryItem:
    """Return a video and its entry as JSON; `posters` is by show."""
    of_show = posters.get(video.show_id, ArtworkIds())
    # The thumbnail of a movie is its poster.
    own = video.thumbnail if video.video_id != video.show_id else None
    return HistoryItem(
        id=video.video_id,
        show_id=video.show_id,
        kind=video.kind,
        title=video.title,
        show_title=video.show_title,
        index=video_index(video),
        thumbnail=picture_url(video.thumbnail, of_show.thumbnail, placeholder=placeholder),
        still=picture_url(
            own,
            of_show.landscape,
            of_show.backdrop,
            of_show.banner,
            of_show.thumbnail,
            placeholder=placeholder,
        ),
        progress=None if entry is None else watch_progress(entry),
    )


def watch_progress(entry: Progress) -> WatchProgress:
    """Return an entry of the history as JSON."""
    return WatchProgress(
        entry.position, entry.duration, entry.finished, entry.updated_at, entry.resume
    )


HISTORY_HANDLERS = (put_progress, get_progress, delete_progress, list_history)
"""To be mounted at `/api/v1`; need `catalogue`, `history`, `index`, `placeholder`
and `profile_dependencies`."""
