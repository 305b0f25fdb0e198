"""The progress of a show, watched marks, and chosen languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from litestar import delete, get, put
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter, RawBody

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.api.errors import WRITING_RAISES
from blobhls.api.parameters import CatalogueDependency, IndexDependency, VideoIdParameter
from blobhls.api.viewing.history import WatchProgress, watch_progress
from blobhls.api.viewing.viewer_profiles import ProfileDependency, ViewingDependency
from blobhls.index.access import Index
from blobhls.index.catalogue.rows import VideoRow
from blobhls.index.viewing.languages import Choices, TrackChoice
from blobhls.index.viewing.viewer_data import ViewerData
from blobhls.index.viewing.watched import of_episode, of_season

_BODY_LIMIT: Final = 4096  # bytes
_LONGEST: Final = 200  # characters

ShowIdParameter = Annotated[str, PathParameter(description="Id of a show.")]
SeasonParameter = Annotated[
    int | None,
    QueryParameter(ge=0, le=1_000_000, description="A season, 0: specials; without, all."),
]
_Text = Annotated[str, msgspec.Meta(max_length=_LONGEST)]


class ShowProgressValue(msgspec.Struct, frozen=True):
    """How far a show was watched."""

    watched: int  # episodes, or 1 for a film
    total: int
    next: str | None  # id of the video to resume or watch next; null: not begun, or finished
    videos: dict[str, WatchProgress]  # by id, those that were played or marked


class TrackChoiceValue(msgspec.Struct, frozen=True):
    """A track, described so that it is found in other episodes too."""

    language: _Text | None = None  # as the renditions of a video have it
    title: _Text | None = None
    forced: bool = False


class ChoicesValue(msgspec.Struct, frozen=True):
    """Chosen languages; null: not chosen. A request replaces both."""

    audio: TrackChoiceValue | None = None
    subtitles: TrackChoiceValue | Literal["off"] | None = None


class ChoicesOperation(BodyOperation):
    """The OpenAPI description of `ChoicesValue`."""

    body = ChoicesValue


@get(
    "/shows/{show_id:str}/progress",
    sync_to_thread=True,
    tags=["history"],
    summary="Get the watch progress of a show",
    description="By video, and in total. An episode counts if one of its versions was watched.",
    response_description="How far each of its videos was watched.",
    raises=[NotFoundException],
)
def get_show_progress(
    show_id: ShowIdParameter,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> ShowProgressValue:
    """Return how far a show was watched; 404 for an unknown one."""
    catalogue.show(show_id)
    return _show_progress(viewing, show_id, profile_id)


@put(
    "/shows/{show_id:str}/watched",
    tags=["history"],
    summary="Mark a show or season as watched",
    description="Videos that were watched already keep their place in the history.",
    response_description="How far the show was watched.",
    raises=[ValidationException, *WRITING_RAISES],
)
async def put_show_watched(
    *,
    show_id: ShowIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    season: SeasonParameter = None,
) -> ShowProgressValue:
    """Mark a show or season as watched; 404 for an unknown show."""
    videos = of_season(await index.read(catalogue.show, show_id), season)
    return await _mark(index, viewing, videos, show_id, profile_id, watched=True)


@delete(
    "/shows/{show_id:str}/watched",
    status_code=200,
    tags=["history"],
    summary="Mark a show or season as unwatched",
    description="As if it had never been played.",
    response_description="How far the show was watched.",
    raises=[ValidationException, *WRITING_RAISES],
)
async def delete_show_watched(
    *,
    show_id: ShowIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    season: SeasonParameter = None,
) -> ShowProgressValue:
    """Mark a show or season as unwatched; 404 for an unknown show."""
    videos = of_season(await index.read(catalogue.show, show_id), season)
    return await _mark(index, viewing, videos, show_id, profile_id, watched=False)


@put(
    "/video/{video_id:str}/watched",
    tags=["history"],
    summary="Mark a video as watched",
    description="Its other versions and parts with it.",
    response_description="How far its show was watched.",
    raises=WRITING_RAISES,
)
async def put_watched(
    video_id: VideoIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> ShowProgressValue:
    """Mark a video as watched; 404 for an unknown one."""
    video = await index.lookup(catalogue.video, video_id)
    videos = of_episode(await index.read(catalogue.show, video.show_id), video)
    return await _mark(index, viewing, videos, video.show_id, profile_id, watched=True)


@delete(
    "/video/{video_id:str}/watched",
    status_code=200,
    tags=["history"],
    summary="Mark a video as unwatched",
    description="Its other versions and parts with it, as if they had never been played.",
    response_description="How far its show was watched.",
    raises=WRITING_RAISES,
)
async def delete_watched(
    video_id: VideoIdParameter,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> ShowProgressValue:
    """Mark a video as unwatched; 404 for an unknown one."""
    video = await index.lookup(catalogue.video, video_id)
    videos = of_episode(await index.read(catalogue.show, video.show_id), video)
    return await _mark(index, viewing, videos, video.show_id, profile_id, watched=False)


@put(
    "/video/{video_id:str}/choices",
    request_max_body_size=_BODY_LIMIT,
    operation_class=ChoicesOperation,
    tags=["history"],
    summary="Save languages",
    description="Languages that were chosen while this video was playing, for its whole show.",
    response_description="The saved languages.",
    raises=[ValidationException, *WRITING_RAISES],
)
async def put_choices(
    *,
    video_id: VideoIdParameter,
    body: RawBody,
    index: IndexDependency,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> ChoicesValue:
    """Save languages; 404 for an unknown video, 400 for an invalid choice."""
    wanted = decode_body(body, ChoicesValue)
    choices = msgspec.convert(wanted, Choices, from_attributes=True)
    video = await index.lookup(catalogue.video, video_id)
    await index.write(viewing.choices.put, video, choices, profile_id)
    return wanted


@get(
    "/video/{video_id:str}/choices",
    sync_to_thread=True,
    tags=["history"],
    summary="Get languages",
    description="Languages that were chosen for the show of a video, for any episode.",
    response_description="The saved languages; null: not chosen.",
    raises=[NotFoundException],
)
def get_choices(
    video_id: VideoIdParameter,
    catalogue: CatalogueDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
) -> ChoicesValue:
    """Return languages; 404 for an unknown video."""
    return choices_value(viewing.choices.get(catalogue.video(video_id), profile_id))


def choices_value(choices: Choices | None) -> ChoicesValue:
    """Return chosen languages as JSON."""
    if choices is None:
        return ChoicesValue()
    audio = None if choices.audio is None else _track(choices.audio)
    subtitles = choices.subtitles
    return ChoicesValue(
        audio, _track(subtitles) if isinstance(subtitles, TrackChoice) else subtitles
    )


def _track(choice: TrackChoice) -> TrackChoiceValue:
    return TrackChoiceValue(choice.language, choice.title, choice.forced)


async def _mark(
    index: Index,
    viewing: ViewerData,
    videos: Iterable[VideoRow],
    show_id: str,
    profile_id: str,
    *,
    watched: bool,
) -> ShowProgressValue:
    """Mark videos of a show, and return how far the show was watched then."""
    await index.write(viewing.watched.mark, videos, profile_id, watched=watched)
    return await index.read(_show_progress, viewing, show_id, profile_id)


def _show_progress(viewing: ViewerData, show_id: str, profile_id: str) -> ShowProgressValue:
    found = viewing.watched.of(show_id, profile_id)
    videos = {video_id: watch_progress(entry) for video_id, entry in found.videos.items()}
    return ShowProgressValue(found.watched, found.total, found.next_id, videos)


WATCHED_HANDLERS = (
    get_show_progress,
    put_show_watched,
    delete_show_watched,
    put_watched,
    delete_watched,
    put_choices,
    get_choices,
)
"""To be mounted at `/api/v1`; need `catalogue`, `index` and `profile_dependencies`."""
