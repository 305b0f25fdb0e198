"""`/api/v1/video/<id>`: the open face of a video, there at once and seekable from the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Annotated, Final

import msgspec
from litestar import Response, get
from litestar.params import PathParameter
from litestar.types import ASGIApp

from blobhls.api.blob_response import BlobOperation, as_blob
from blobhls.api.errors import OPENING_RAISES
from blobhls.api.parameters import (
    BlobsDependency,
    OpenerDependency,
    SealerDependency,
    VideoIdParameter,
    WatchingDependency,
)
from blobhls.api.video.video_values import (
    ChapterValue,
    RenditionValue,
    SealValue,
    TrackValue,
    playlist_url,
    rendition_value,
    seal_value,
    track_values,
)
from blobhls.api.viewing.history import WatchProgress, watch_progress
from blobhls.api.viewing.viewer_profiles import ProfileDependency, ViewingDependency
from blobhls.api.viewing.watched import ChoicesValue, choices_value
from blobhls.blob import extension_of, type_of
from blobhls.errors import RenditionUnknown
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import media_type
from blobhls.resolver import iframe_links, iframe_playlist, master_playlist, media_playlist
from blobhls.resolver.playlists import Bitrate, planned

_PLAYLIST: Final = type_of("m3u8")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,6}")
_OPEN: Final = {"Cache-Control": "no-cache"}  # sealing changes what a playlist names

RenditionParameter = Annotated[
    str, PathParameter(description="Name of a rendition: `source_h264`, `720p_h264`, …")
]


class VideoValue(msgspec.Struct, frozen=True):
    """Everything about playing one video."""

    id: str
    show_id: str
    title: str
    duration: float  # seconds
    master: str  # URL of the playlist that is there at once
    packaging: str  # ts, fmp4
    renditions: list[RenditionValue]
    tracks: list[TrackValue]
    chapters: list[ChapterValue]  # as they follow each other
    seal: SealValue
    root: str | None  # `/<sha256>.m3u8`
    progress: WatchProgress | None
    choices: ChoicesValue  # languages that were chosen for its show


@get(
    "/video/{video_id:str}",
    tags=["video"],
    summary="Get a video",
    description="Duration, renditions, tracks, chapters, seal state and progress; looks into the "
    "file if nobody has yet.",
    response_description="The video.",
    raises=OPENING_RAISES,
)
async def get_video(
    *,
    video_id: VideoIdParameter,
    plans: OpenerDependency,
    sealer: SealerDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    segments: WatchingDependency,
) -> VideoValue:
    """Return one video; 404 for an unknown id, 422 for a file that is none."""
    opened = await plans.open(video_id)
    video, plan = opened.video, opened.plan
    seals, root = sealer.seals(opened), sealer.root(opened)
    watched = viewing.history.get(video_id, video.source_id, profile_id)
    return VideoValue(
        id=video_id,
        show_id=video.show_id,
        title=video.title,
        duration=float(plan.duration),
        master=f"/api/v1/video/{video_id}/master.m3u8",
        packaging=plan.packaging,
        renditions=[
            rendition_value(r, seals.get(r.name), len(segments.gaps(plan, r)))
            for r in plan.renditions
        ],
        tracks=track_values(plans.probe(plan.source_id)),
        chapters=[
            ChapterValue(float(each.start), float(each.end), each.title)
            for each in await plans.chapters(opened)
        ],
        seal=seal_value(sealer.progress(video_id), sealed=root is not None),
        root=None if root is None else playlist_url(root.blob_id),
        progress=None if watched is None else watch_progress(watched),
        choices=choices_value(viewing.choices.get(video, profile_id)),
    )


@get(
    "/video/{video_id:str}/master.m3u8",
    media_type=_PLAYLIST,
    tags=["playing"],
    summary="Get the master playlist",
    description="All renditions; a sealed one by its blob, any other by its open playlist.",
    response_description="An HLS master playlist (RFC 8216).",
    raises=OPENING_RAISES,
)
async def get_master(
    video_id: VideoIdParameter, plans: OpenerDependency, sealer: SealerDependency
) -> Response[str]:
    """Return the open master playlist."""
    opened = await plans.open(video_id)
    seals = sealer.seals(opened)
    rates = {r.name: planned(r) for r in opened.plan.renditions}
    rates |= {name: Bitrate(seal.bandwidth, seal.average) for name, seal in seals.items()}
    text = master_playlist(
        opened.plan.renditions,
        lambda r: (
            playlist_url(seals[r.name].blob_id) if r.name in seals else f"{r.name}/stream.m3u8"
        ),
        rates,
        # Where key frames are is known when a rendition is sealed, not before (ADR 30).
        iframe_links(seals, playlist_url),
    )
    return Response(text, media_type=_PLAYLIST, headers=_OPEN)


@get(
    "/video/{video_id:str}/{rendition:str}/stream.m3u8",
    media_type=_PLAYLIST,
    tags=["playing"],
    summary="Get a rendition's playlist",
    description="Every segment from the beginning to the end, whether it was made yet or not. One "
    "that is known to be impossible to make has `EXT-X-GAP`.",
    response_description="An HLS media playlist (RFC 8216).",
    raises=OPENING_RAISES,
)
async def get_stream(
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    plans: OpenerDependency,
    segments: WatchingDependency,
) -> Response[str]:
    """Return an open media playlist."""
    plan = (await plans.open(video_id)).plan
    found = plan.rendition(rendition)
    text = media_playlist(plan, found, *_part_names(plan, found), segments.gaps(plan, found))
    return Response(text, media_type=_PLAYLIST, headers=_OPEN)


def _part_names(plan: Plan, rendition: Rendition) -> tuple[Callable[[int], str], str | None]:
    """Return how the open face names a rendition's segments, and its `EXT-X-MAP`."""
    extension = extension_of(media_type(rendition.template))
    init = None if plan.init(rendition) is None else "init.mp4"
    return (lambda number: f"{number}.{extension}"), init


@get(
    "/video/{video_id:str}/{rendition:str}/iframes.m3u8",
    media_type=_PLAYLIST,
    tags=["playing"],
    summary="Get the I-frame playlist of a rendition",
    description="Byte ranges of the key frames, for pictures while seeking. Where they are is "
    "known when a segment has been made: 404 until all of the rendition's are.",
    response_description="An HLS I-frame playlist (RFC 8216 §4.3.3.6).",
    raises=OPENING_RAISES,
)
async def get_iframes(
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    plans: OpenerDependency,
    segments: WatchingDependency,
) -> Response[str]:
    """Return the open I-frame playlist of what was made."""
    opened = await plans.open(video_id)
    found = opened.plan.rendition(rendition)
    iframes = await segments.iframes(opened, found) or [()]
    names, init = _part_names(opened.plan, found)
    made = iframe_playlist(opened.plan, found, iframes, names, init)
    if made is None:
        raise RenditionUnknown(f"the key frames of {rendition} are not known, or not yet")
    return Response(made[0], media_type=_PLAYLIST, headers=_OPEN)


class PartOperation(BlobOperation):
    """How OpenAPI describes a segment."""

    what = "The segment."
    media_types = tuple(type_of(extension) for extension in ("ts", "m4s", "mp4", "vtt"))


@get(
    "/video/{video_id:str}/{rendition:str}/{part:str}",
    operation_class=PartOperation,
    tags=["playing"],
    summary="Get a segment",
    description="`<n>.ts`, `<n>.m4s`, `<n>.vtt` or `init.mp4`; made now if nobody asked before. "
    "`Content-Location` names the blob. Ranges and conditions as for blobs.",
    response_description="The segment.",
    raises=OPENING_RAISES,
)
async def get_part(
    *,
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    part: Annotated[str, PathParameter(description="File name of a segment.")],
    plans: OpenerDependency,
    segments: WatchingDependency,
    blobs: BlobsDependency,
) -> ASGIApp:
    """Return a segment by way of its blob."""
    opened = await plans.open(video_id)
    found = opened.plan.rendition(rendition)
    name = PurePosixPath(part)
    if part == "init.mp4":
        info = await segments.init(opened, rendition)
    elif name.suffix == f".{extension_of(media_type(found.template))}" and _NUMBER.fullmatch(
        name.stem
    ):
        info = await segments.segment(opened, rendition, int(name.stem))
    else:
        raise RenditionUnknown(f"{rendition} has no {part!r}")
    return as_blob(info, blobs, "no-cache")  # the URL may change its mind


VIDEO_HANDLERS = (get_video, get_master, get_stream, get_iframes, get_part)
"""To be mounted at `/api/v1`; need `plans`, `sealer`, `segments`, `blobs` and
`profile_dependencies`.
"""
