"""`/api/v1/video/<id>`: open playlists of a video, complete and seekable from the start."""

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
    IndexDependency,
    PlansDependency,
    SealerDependency,
    SegmentsDependency,
    VideoIdParameter,
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
from blobhls.resolver import iframe_links, iframe_playlist, master_playlist, media_playlist
from blobhls.resolver.playlists.playlists import Bitrate, planned_rate

_PLAYLIST: Final = type_of("m3u8")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,6}")
_OPEN: Final = {"Cache-Control": "no-cache"}  # sealing changes what a playlist names

RenditionParameter = Annotated[
    str, PathParameter(description="Name of a rendition: `source_h264`, `720p_h264`, …")
]


class VideoValue(msgspec.Struct, frozen=True):
    """All that a player needs to know of a video."""

    id: str
    show_id: str
    title: str
    duration: float  # seconds
    master: str  # URL of the open master playlist
    packaging: str  # ts, fmp4
    renditions: list[RenditionValue]
    tracks: list[TrackValue]
    chapters: list[ChapterValue]  # by start
    seal: SealValue
    root: str | None  # `/<sha256>.m3u8`
    progress: WatchProgress | None
    choices: ChoicesValue  # chosen languages of its show


@get(
    "/video/{video_id:str}",
    tags=["video"],
    summary="Get a video",
    description="Duration, renditions, tracks, chapters, seal state and progress; surveys a new "
    "file first.",
    response_description="The video.",
    raises=OPENING_RAISES,
)
async def get_video(
    *,
    video_id: VideoIdParameter,
    index: IndexDependency,
    plans: PlansDependency,
    sealer: SealerDependency,
    viewing: ViewingDependency,
    profile_id: ProfileDependency,
    segments: SegmentsDependency,
) -> VideoValue:
    """Return one video; 404 for an unknown id, 422 for a file that is no video."""
    planned = await plans.open(video_id)
    video, plan = planned.video, planned.plan
    seals, root = await sealer.seals(planned), await sealer.root(planned)
    watched = await index.lookup(viewing.history.get, video_id, video.source_id, profile_id)
    choices = await index.read(viewing.choices.get, video, profile_id)
    gaps = {r.name: len(await segments.gaps(plan, r)) for r in plan.renditions}
    return VideoValue(
        id=video_id,
        show_id=video.show_id,
        title=video.title,
        duration=float(plan.duration),
        master=f"/api/v1/video/{video_id}/master.m3u8",
        packaging=plan.packaging,
        renditions=[rendition_value(r, seals.get(r.name), gaps[r.name]) for r in plan.renditions],
        tracks=track_values(await plans.probe(plan.source_id)),
        chapters=[
            ChapterValue(float(each.start), float(each.end), each.title)
            for each in await plans.chapters(planned)
        ],
        seal=seal_value(sealer.progress(video_id), sealed=root is not None),
        root=None if root is None else playlist_url(root.blob_id),
        progress=None if watched is None else watch_progress(watched),
        choices=choices_value(choices),
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
    video_id: VideoIdParameter, plans: PlansDependency, sealer: SealerDependency
) -> Response[str]:
    """Return the open master playlist."""
    planned = await plans.open(video_id)
    seals = await sealer.seals(planned)
    rates = {r.name: planned_rate(r) for r in planned.plan.renditions}
    rates |= {name: Bitrate(seal.bandwidth, seal.average) for name, seal in seals.items()}
    text = master_playlist(
        planned.plan.renditions,
        lambda r: (
            playlist_url(seals[r.name].blob_id) if r.name in seals else f"{r.name}/stream.m3u8"
        ),
        rates,
        # The key frames are known once a rendition is sealed (ADR 30).
        iframe_links(seals, playlist_url),
    )
    return Response(text, media_type=_PLAYLIST, headers=_OPEN)


@get(
    "/video/{video_id:str}/{rendition:str}/stream.m3u8",
    media_type=_PLAYLIST,
    tags=["playing"],
    summary="Get a rendition's playlist",
    description="Every segment from the beginning to the end, rendered or not. Segments that are "
    "impossible to render have `EXT-X-GAP`.",
    response_description="An HLS media playlist (RFC 8216).",
    raises=OPENING_RAISES,
)
async def get_stream(
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    plans: PlansDependency,
    segments: SegmentsDependency,
) -> Response[str]:
    """Return an open media playlist."""
    plan = (await plans.get(video_id)).plan
    found = plan.rendition(rendition)
    text = media_playlist(
        plan, found, *_segment_names(plan, found), await segments.gaps(plan, found)
    )
    return Response(text, media_type=_PLAYLIST, headers=_OPEN)


def _segment_names(plan: Plan, rendition: Rendition) -> tuple[Callable[[int], str], str | None]:
    """Return the open names of a rendition's segments, and of its `EXT-X-MAP`."""
    extension = extension_of(rendition.template.media_type)
    init = None if plan.init(rendition) is None else "init.mp4"
    return (lambda number: f"{number}.{extension}"), init


@get(
    "/video/{video_id:str}/{rendition:str}/iframes.m3u8",
    media_type=_PLAYLIST,
    tags=["playing"],
    summary="Get the I-frame playlist of a rendition",
    description="Byte ranges of the key frames, shown while seeking. They are known once a segment "
    "was rendered: 404 until all segments of the rendition are.",
    response_description="An HLS I-frame playlist (RFC 8216 §4.3.3.6).",
    raises=OPENING_RAISES,
)
async def get_iframes(
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    plans: PlansDependency,
    segments: SegmentsDependency,
) -> Response[str]:
    """Return the open I-frame playlist."""
    planned = await plans.get(video_id)
    found = planned.plan.rendition(rendition)
    iframes = await segments.iframes(planned, found) or [()]
    names, init = _segment_names(planned.plan, found)
    made = iframe_playlist(planned.plan, found, iframes, names, init)
    if made is None:
        raise RenditionUnknown(f"the key frames of {rendition} are not known, or not yet")
    return Response(made[0], media_type=_PLAYLIST, headers=_OPEN)


class SegmentOperation(BlobOperation):
    """The OpenAPI description of a segment."""

    what = "The segment."
    media_types = tuple(type_of(extension) for extension in ("ts", "m4s", "mp4", "vtt"))


@get(
    "/video/{video_id:str}/{rendition:str}/{segment:str}",
    operation_class=SegmentOperation,
    tags=["playing"],
    summary="Get a segment",
    description="`<n>.ts`, `<n>.m4s`, `<n>.vtt` or `init.mp4`; rendered on the first request. "
    "`Content-Location` names the blob. Ranges and conditions as for blobs.",
    response_description="The segment.",
    raises=OPENING_RAISES,
)
async def get_segment(
    *,
    video_id: VideoIdParameter,
    rendition: RenditionParameter,
    segment: Annotated[str, PathParameter(description="File name of a segment.")],
    plans: PlansDependency,
    segments: SegmentsDependency,
    blobs: BlobsDependency,
) -> ASGIApp:
    """Return a segment as its blob."""
    planned = await plans.get(video_id)
    found = planned.plan.rendition(rendition)
    name = PurePosixPath(segment)
    if segment == "init.mp4":
        info = await segments.init(planned, rendition)
    elif name.suffix == f".{extension_of(found.template.media_type)}" and _NUMBER.fullmatch(
        name.stem
    ):
        info = await segments.segment(planned, rendition, int(name.stem))
    else:
        raise RenditionUnknown(f"{rendition} has no {segment!r}")
    return as_blob(info, blobs, "no-cache")  # the same URL may later name another blob


VIDEO_HANDLERS = (get_video, get_master, get_stream, get_iframes, get_segment)
"""To be mounted at `/api/v1`; need `plans`, `sealer`, `segments`, `blobs`, `index` and
`profile_dependencies`.
"""
