"""A sealed video as links, and as a video event for nostr (NIP-71)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.blob import BlobId, BlobInfo, blob_name, extension_of
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import VideoRow
from blobhls.names.folders import episode_index
from blobhls.nostr import SecretKey
from blobhls.resolver import PlannedVideo, Sealer
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.uris import BlossomUri, hint_of
from blobhls.vault import BlobRepository

_NORMAL: Final = 21
_SHORT: Final = 22  # "mostly vertical" (NIP-71)


class Stream(msgspec.Struct, frozen=True):
    """A playable playlist."""

    blob_id: BlobId
    bitrate: int  # bits a second, on average
    width: int = 0  # pixels; 0: no video
    height: int = 0


class Share(msgspec.Struct, frozen=True):
    """The facts of a sealed video that are shared."""

    title: str
    duration: Fraction  # seconds
    size: int  # bytes of the root playlist
    root: Stream  # with the dimensions of the best video
    videos: tuple[Stream, ...]  # video renditions, best first; without audio
    image: BlobInfo | None

    def uri(self, bases: Sequence[str], pubkey: str | None = None) -> BlossomUri:
        """Return the root as a `blossom:` URI; `bases`: scheme and host of each server."""
        return BlossomUri(
            self.root.blob_id,
            extension_of(PLAYLIST),
            tuple(hint_of(base) for base in bases),
            () if pubkey is None else (pubkey,),
            self.size,
        )


class EventTemplate(msgspec.Struct, frozen=True):
    """An unsigned event."""

    kind: int
    created_at: int  # seconds since the epoch
    tags: list[list[str]]
    content: str

    def signed(self, key: SecretKey) -> bytes:
        """Return the JSON of the event, signed."""
        tags = tuple(tuple(tag) for tag in self.tags)
        return msgspec.json.encode(key.sign(self.kind, tags, self.content, self.created_at))


class Sharing:
    """Collects the facts of a video that are shared."""

    def __init__(self, catalogue: Catalogue, sealer: Sealer, repository: BlobRepository) -> None:
        self._catalogue = catalogue
        self._sealer = sealer
        self._repository = repository

    async def share(self, planned: PlannedVideo) -> Share | None:
        """Return the facts of a video; None while it has no root."""
        root, seals = await self._sealer.root(planned), await self._sealer.seals(planned)
        row = None if root is None else await self._repository.row(root.blob_id)
        if root is None or row is None:
            return None
        sealed = [r for r in planned.plan.renditions if r.name in root.renditions]
        videos = tuple(
            Stream(seals[r.name].blob_id, seals[r.name].average, r.width, r.height)
            for r in sealed
            if r.kind == "video"
        )
        audio = [seals[r.name].average for r in sealed if r.kind == "audio"]
        best = videos[0] if videos else Stream(root.blob_id, 0)
        return Share(
            title=full_title(planned.video),
            duration=planned.plan.duration,
            size=row.info.size,
            root=Stream(
                root.blob_id, best.bitrate + max(audio, default=0), best.width, best.height
            ),
            videos=videos,
            image=await self._image(planned.video.video_id),
        )

    async def _image(self, video_id: str) -> BlobInfo | None:
        found = await self._repository.index.read(thumbnail_of, self._catalogue, video_id)
        row = None if found is None else await self._repository.row(found)
        return None if row is None else row.info


def thumbnail_of(catalogue: Catalogue, video_id: str) -> BlobId | None:
    """Return the thumbnail of a video, or of its show."""
    video = catalogue.video(video_id)
    return video.thumbnail or catalogue.show(video.show_id).pictures.thumbnail


def video_event(share: Share, bases: Sequence[str], now: int) -> EventTemplate:
    """Return the event that announces a video.

    `bases`: scheme and host of each server that has it, the best first; at least one.
    `now`: seconds since the epoch.
    """
    duration = f"{float(share.duration):.3f}"
    tags = [
        ["title", share.title],
        ["published_at", str(now)],
        ["duration", duration],
        ["alt", f"Video: {share.title}"],
    ]
    tags += [_imeta(share, stream, bases) for stream in (share.root, *share.videos)]
    upright = share.root.height > share.root.width
    return EventTemplate(_SHORT if upright else _NORMAL, now, tags, share.title)


def _imeta(share: Share, stream: Stream, bases: Sequence[str]) -> list[str]:
    """Return the tag of one playlist: pairs, key and value in one string (NIP-92)."""
    name = blob_name(stream.blob_id, PLAYLIST)
    first, *others = bases
    fields = [f"url {first}/{name}", f"x {stream.blob_id}", f"m {PLAYLIST}"]
    if stream.width and stream.height:
        fields.append(f"dim {stream.width}x{stream.height}")
    fields += [f"duration {float(share.duration):.3f}", f"bitrate {stream.bitrate}"]
    if share.image is not None:
        fields += [f"image {base}/{share.image.name}" for base in bases]
    fields += [f"fallback {base}/{name}" for base in others]
    return ["imeta", *fields]


def full_title(video: VideoRow) -> str:
    """Return the title of a movie, or of a series with the episode's number and title."""
    if video.kind == "movie":
        return video.title
    index = episode_index(video.season, video.episode, video.episode_to)
    return " ".join(word for word in (video.show_title, index, video.title) if word)
