"""The sub-commands `push`, `pull` and `share`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from blobhls.app.artwork import make_artwork_of
from blobhls.app.background import scan_library
from blobhls.app.commands.common import chosen_videos, named_video, run
from blobhls.app.services import Services
from blobhls.blob import BlobId
from blobhls.errors import BadRequest, BlobhlsError, ConfigError, FetchFailed, Forbidden
from blobhls.index.catalogue.rows import VideoRow
from blobhls.index.ledger.uploads import OPERATOR
from blobhls.nostr import SecretKey
from blobhls.progress import Progress
from blobhls.remote import AddressPolicy, Fetcher, RemoteServer, publish, server_origins
from blobhls.resolver import SealProgress
from blobhls.resolver.batches import run_all
from blobhls.settings import KEY_ENV, Settings
from blobhls.transfer.puller import Puller, PullProgress
from blobhls.transfer.pusher import Pusher, PushProgress
from blobhls.transfer.share import Share, Sharing, video_event
from blobhls.transfer.trees import Tree
from blobhls.transfer.uris import BlossomUri, parse_uri


class PushReport(msgspec.Struct, frozen=True):
    """The outcome of pushing one video to one server."""

    title: str
    server: str | None  # None: the video could not be sealed
    root: BlobId | None
    pushed: PushProgress | None
    problem: str | None


class PullReport(msgspec.Struct, frozen=True):
    """The result of a pull."""

    name: str  # `<sha256>.m3u8`: its path on this server
    pulled: PullProgress


class ShareReport(msgspec.Struct, frozen=True):
    """Links, the event, and the relays that refused it."""

    uri: str
    url: str
    event: bytes  # JSON
    refusals: Mapping[str, str]  # relay → why


def push(
    settings: Settings,
    videos: Sequence[str],
    servers: Sequence[str],
    *,
    all_videos: bool,
    renditions: Sequence[str],
    key: SecretKey | None,
    progress: Progress,
) -> list[PushReport]:
    """Push videos to other servers, sealed first if needed; a failed server is left out then.

    Raises `ConfigError` without key, `BadRequest` for an unknown video or invalid server.
    """
    if key is None:
        raise ConfigError(f"pushing needs a key: give --key-file or {KEY_ENV}")
    signer = key
    origins = _origins(servers)

    async def work(services: Services) -> list[PushReport]:
        await scan_library(services)
        chosen = await chosen_videos(services, videos, everything=all_videos)
        staging = services.storage.repository.staging
        async with Fetcher(AddressPolicy.PRIVATE) as fetcher:  # the operator names the servers
            servers = [RemoteServer(fetcher, origin) for origin in origins]
            pushers = [
                Pusher(services.vault, server, signer, staging, settings.public_url)
                for server in servers
            ]
            pushing = _PushRun(services, pushers, progress)
            return [r for video in chosen for r in await pushing.push(video, renditions)]

    return run(settings, work)


class _PushRun:
    """Pushes videos one after the other, each to all servers at the same time."""

    def __init__(self, services: Services, pushers: list[Pusher], progress: Progress) -> None:
        self._services = services
        self._pushers = pushers
        self._progress = progress
        self._title = ""  # of the current video
        services.sealer.on_progress(self._sealed)

    async def push(self, video: VideoRow, renditions: Sequence[str]) -> list[PushReport]:
        if not self._pushers:
            return []  # all of them have failed
        try:
            tree = await self._tree(video, renditions)
        except BlobhlsError as error:
            return [PushReport(video.title, None, None, None, str(error))]
        counts = dict.fromkeys((pusher.origin for pusher in self._pushers), 0)

        def report(origin: str, pushed: PushProgress) -> None:
            counts[origin] = pushed.done
            self._progress(sum(counts.values()), tree.count * len(counts), video.title)

        return await run_all(self._to(pusher, video, tree, report) for pusher in self._pushers)

    async def _to(
        self,
        pusher: Pusher,
        video: VideoRow,
        tree: Tree,
        report: Callable[[str, PushProgress], None],
    ) -> PushReport:
        root = tree.root.blob_id
        try:
            pushed = await pusher.push(tree, lambda pushed: report(pusher.origin, pushed))
        except (FetchFailed, Forbidden) as error:
            self._pushers = [other for other in self._pushers if other is not pusher]
            return PushReport(video.title, pusher.origin, root, None, str(error))
        except BlobhlsError as error:  # an error of this server: the next video may succeed
            return PushReport(video.title, pusher.origin, root, None, str(error))
        return PushReport(video.title, pusher.origin, root, pushed, None)

    async def _tree(self, video: VideoRow, renditions: Sequence[str]) -> Tree:
        self._title = video.title
        await make_artwork_of(self._services, video)
        return await self._services.trees.tree(video.video_id, renditions)

    def _sealed(self, sealing: SealProgress) -> None:
        self._progress(sealing.done, sealing.total, self._title)


def pull(
    settings: Settings,
    what: str,
    servers: Sequence[str],
    *,
    key: SecretKey | None,
    progress: Progress,
) -> PullReport:
    """Pull a tree, named by hash or `blossom:` URI, from several servers.

    Raises `BadRequest` for an invalid name or server, `FetchFailed`, `Forbidden`, `TooLarge`,
    `TypeRefused`, `TooMany` or `StoreFull`.
    """
    wanted = _wanted(what)
    origins = _origins(servers)

    async def work(services: Services) -> PullReport:
        def report(pulled: PullProgress) -> None:
            progress(pulled.blobs, pulled.named, wanted.blob_id[:12])

        async with Fetcher(AddressPolicy.PRIVATE) as fetcher:  # the operator names these, …
            named = [RemoteServer(fetcher, origin) for origin in origins]
            # … but not the hints of a link.
            hinted = [
                RemoteServer(services.fetcher, origin)
                for hint in wanted.servers
                for origin in server_origins(hint)
                if origin not in origins
            ]
            puller = Puller(services.uploads, report, key)
            pulled = await puller.pull(
                wanted.blob_id, [*named, *hinted], OPERATOR, wanted.extension or None
            )
        row = await services.storage.repository.row(wanted.blob_id)
        name = str(wanted.blob_id) if row is None else row.info.name
        return PullReport(name, pulled)

    return run(settings, work)


def share(
    settings: Settings,
    video: str,
    *,
    servers: Sequence[str],
    relays: Sequence[str],
    key: SecretKey | None,
) -> ShareReport:
    """Return links to a sealed video and its event, which is published to the relays.

    Raises `ConfigError` without a server or, for relays, without a key, `BadRequest` for an
    unknown video.
    """
    own = [] if settings.public_url is None else [settings.public_url]
    bases = list(dict.fromkeys([*own, *_origins(servers)]))
    if not bases:
        raise ConfigError("sharing needs the address of a server: give --public-url or --server")
    if relays and key is None:
        raise ConfigError(f"publishing needs a key: give --key-file or {KEY_ENV}")

    async def work(services: Services) -> ShareReport:
        await scan_library(services)
        found = await _share(services, await named_video(services, video))
        template = video_event(found, bases, int(time.time()))
        event = msgspec.json.encode(template) if key is None else template.signed(key)
        uri = found.uri(bases, None if key is None else key.pubkey)
        url = f"{bases[0]}/{uri.blob_id}.{uri.extension}"
        refusals = await asyncio.gather(*(_published(relay, event) for relay in relays))
        refused = {r: why for r, why in zip(relays, refusals, strict=True) if why is not None}
        return ShareReport(str(uri), url, event, refused)

    return run(settings, work)


async def _share(services: Services, video: VideoRow) -> Share:
    storage = services.storage
    planned = await services.plans.open(video.video_id)
    sharing = Sharing(storage.catalogue, services.sealer, storage.repository)
    found = await sharing.share(planned)
    if found is None:
        raise BlobhlsError(f"{video.title} is not sealed yet: seal or push it first")
    return found


async def _published(relay: str, event: bytes) -> str | None:
    """Publish an event to a relay; return why it refused, None if it accepted."""
    try:
        await publish(relay, event)
    except BlobhlsError as error:
        return str(error)
    return None


def _wanted(text: str) -> BlossomUri:
    """Parse a bare hash, which has no extension, or a URI."""
    if text.startswith("blossom:"):
        return parse_uri(text)
    try:
        return BlossomUri(BlobId.parse(text), "")
    except ValueError:
        raise BadRequest(f"neither a SHA-256 in hex nor a blossom: URI: {text}") from None


def _origins(servers: Sequence[str]) -> list[str]:
    """Return scheme and host of servers; https where no scheme is given."""
    return list(dict.fromkeys(server_origins(server)[0] for server in servers))
