"""A video as JSON: renditions, tracks, seals and roots."""

from __future__ import annotations

import msgspec

from blobhls.blob import BlobId, blob_name, type_of
from blobhls.index.ledger.sources import Root, Seal
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.probe_values import Probe
from blobhls.resolver import SealProgress, SealState

_PLAYLIST = type_of("m3u8")


class RenditionValue(msgspec.Struct, frozen=True):
    """One way to play a track."""

    name: str  # as in `/api/v1/video/<id>/<name>/stream.m3u8`
    kind: str  # video, audio, subtitles
    codecs: str | None  # RFC 6381
    width: int | None  # pixels
    height: int | None
    bandwidth: int  # bits a second at the peak
    title: str | None
    language: str | None  # BCP 47
    channels: int | None
    default: bool
    forced: bool
    segments: int
    gaps: int  # segments that are impossible to render
    sealed: str | None  # `/<sha256>.m3u8`
    iframes: str | None  # `/<sha256>.m3u8` of its key frames, shown while seeking


class TrackValue(msgspec.Struct, frozen=True):
    """One stream of the file."""

    kind: str  # video, audio, subtitles
    codec: str
    language: str | None
    title: str | None
    offered: bool
    reason: str | None = None  # why it is not offered, for a person


class ChapterValue(msgspec.Struct, frozen=True):
    """A chapter of the video."""

    start: float  # seconds from the first frame
    end: float  # seconds, exclusive
    title: str  # may be empty


class SealValue(msgspec.Struct, frozen=True):
    """Progress or outcome of sealing."""

    state: SealState | None  # null: never begun
    renditions: list[str]
    done: int  # segments
    total: int
    problems: dict[str, str]  # rendition → why it could not be sealed


class RootRendition(msgspec.Struct, frozen=True):
    """A rendition below a root."""

    name: str
    sha256: str  # of its playlist
    url: str
    iframes: str | None  # `/<sha256>.m3u8` of its key frames


class OlderRoot(msgspec.Struct, frozen=True):
    """An earlier root; its blobs stay valid unless it was withdrawn."""

    sha256: str
    sealed_at: float
    withdrawn: str | None


class RootValue(msgspec.Struct, frozen=True):
    """The root of a video, with its sealed renditions."""

    sha256: str
    url: str  # `/<sha256>.m3u8`
    uri: str  # `blossom:<sha256>.m3u8` (BUD-10)
    renditions: list[RootRendition]
    sealed_at: float  # seconds since the epoch
    older: list[OlderRoot]


class EpisodeRoot(msgspec.Struct, frozen=True):
    """An episode with its root, or the progress of sealing."""

    id: str
    index: str
    title: str
    root: RootValue | None
    seal: SealValue


def rendition_value(rendition: Rendition, seal: Seal | None, gaps: int) -> RenditionValue:
    """Return a rendition as JSON; `gaps`: how many segments can't be rendered."""
    return RenditionValue(
        name=rendition.name,
        kind=rendition.kind,
        codecs=rendition.codecs,
        width=rendition.width or None,
        height=rendition.height or None,
        bandwidth=rendition.bandwidth if seal is None else seal.bandwidth,
        title=rendition.title or None,
        language=rendition.language,
        channels=rendition.channels or None,
        default=rendition.default,
        forced=rendition.forced,
        segments=rendition.count,
        gaps=gaps,
        sealed=None if seal is None else playlist_url(seal.blob_id),
        iframes=None if seal is None else iframes_url(seal),
    )


def track_values(probe: Probe | None) -> list[TrackValue]:
    """Return the file's streams, including those that are not offered."""
    if probe is None:
        return []
    video = [] if probe.video is None else [probe.video]
    return [
        *(TrackValue("video", t.codec, None, None, offered=True) for t in video),
        *(TrackValue("audio", t.codec, t.language, t.title, offered=True) for t in probe.audio),
        *(
            TrackValue("subtitles", t.codec, t.language, t.title, offered=t.text, reason=t.problem)
            for t in probe.subtitles
        ),
    ]


def seal_value(sealing: SealProgress | None, *, sealed: bool) -> SealValue:
    """Return the progress of sealing; `sealed`: there is a root, also from an earlier run."""
    if sealing is None:
        return SealValue("sealed" if sealed else None, [], 0, 0, {})
    return SealValue(
        sealing.state,
        list(sealing.renditions),
        sealing.done,
        sealing.total,
        dict(sealing.problems),
    )


def root_value(root: Root, seals: dict[str, Seal], roots: list[Root], plan: Plan) -> RootValue:
    """Return the newest root, with the older ones."""
    below = [
        RootRendition(r.name, seal.blob_id, playlist_url(seal.blob_id), iframes_url(seal))
        for r in plan.renditions
        if r.name in root.renditions and (seal := seals.get(r.name)) is not None
    ]
    older = [
        OlderRoot(other.blob_id, other.sealed_at, other.withdrawn)
        for other in roots
        if other.blob_id != root.blob_id
    ]
    return RootValue(
        sha256=root.blob_id,
        url=playlist_url(root.blob_id),
        uri=playlist_uri(root.blob_id),
        renditions=below,
        sealed_at=root.sealed_at,
        older=older,
    )


def iframes_url(seal: Seal) -> str | None:
    """Return the URL of a sealed rendition's I-frame playlist, if it has one."""
    return None if seal.iframes is None else playlist_url(seal.iframes.blob_id)


def playlist_uri(blob_id: BlobId) -> str:
    """Return the `blossom:` URI of a playlist blob, without saying where it is (BUD-10)."""
    return f"blossom:{blob_name(blob_id, _PLAYLIST)}"


def playlist_url(blob_id: BlobId) -> str:
    """Return the URL of a playlist blob on this server."""
    return f"/{blob_name(blob_id, _PLAYLIST)}"
