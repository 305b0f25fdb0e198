"""Pushes in the background, for as long as the server runs."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from cachetools import FIFOCache

from blobhls.blob import extension_of
from blobhls.errors import BlobhlsError, Forbidden, TooMany
from blobhls.nostr import SecretKey
from blobhls.remote import Fetcher, RemoteServer, server_origins
from blobhls.resolver import PlannedVideo, Sealer, SealProgress
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.pusher import Pusher, PushProgress
from blobhls.transfer.share import full_title
from blobhls.transfer.title_trees import TitleTrees
from blobhls.transfer.uris import BlossomUri, hint_of
from blobhls.vault import Vault

_log: Final = logging.getLogger(__name__)

_AT_ONCE: Final = 2  # each uses six of the sixteen concurrent exchanges with other servers
_MOST: Final = 200  # that wait or run
_KEPT: Final = 100  # outcomes remembered

PushState = Literal["waiting", "sealing", "sending", "done", "failed", "cancelled"]


class Push(msgspec.Struct):
    """A push of one title to one server. Mutable."""

    video_id: str
    title: str
    server: str  # scheme and host
    state: PushState = "waiting"
    done: int = 0  # segments while it is sealed, blobs while it is sent
    total: int = 0
    pushed: PushProgress | None = None  # None until the first blob was sent
    problem: str | None = None
    uri: BlossomUri | None = None  # once all blobs are there

    @property
    def url(self) -> str | None:
        """The URL where it plays, once all blobs are there."""
        uri = self.uri
        return None if uri is None else f"{self.server}/{uri.blob_id}.{uri.extension}"


class Sender(msgspec.Struct, frozen=True, eq=False):
    """The key that signs, and the HTTP client."""

    fetcher: Fetcher
    key: SecretKey | None  # None: nothing can be pushed
    public_url: str | None  # where other servers can fetch from this one


_Name = tuple[str, str]  # video_id, server


class PushTasks:
    """Pushes titles; each to one server after the other. To be used from one event loop."""

    def __init__(
        self,
        vault: Vault,
        trees: TitleTrees,
        sealer: Sealer,
        sender: Sender,
        staging: Callable[[], Path],
    ) -> None:
        """`staging` returns paths for files."""
        self._vault = vault
        self._trees = trees
        self._sender = sender
        self._staging = staging
        self._running: dict[_Name, tuple[Push, asyncio.Task[BlossomUri]]] = {}
        self._ended: FIFOCache[_Name, Push] = FIFOCache(_KEPT)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._listeners: list[Callable[[Push], None]] = []
        sealer.on_progress(self._note_progress)

    @property
    def pubkey(self) -> str | None:
        """The public key that signs, in hex; None: pushing is not possible."""
        return None if self._sender.key is None else self._sender.key.pubkey

    def on_progress(self, listener: Callable[[Push], None]) -> None:
        """Have `listener` called whenever a push has made progress, or ended."""
        self._listeners.append(listener)

    def all(self, video_id: str | None = None) -> list[Push]:
        """Return waiting, running and recently ended pushes, of one video if given."""
        running = [push for push, _ in self._running.values()]
        found = [*running, *reversed(list(self._ended.values()))]
        return [push for push in found if video_id in {None, push.video_id}]

    def start(self, planned: PlannedVideo, server: str, renditions: Sequence[str] = ()) -> Push:
        """Start to push a title to a server; without a scheme, it is https.

        The given renditions are sealed first, or the cheap ones if there is no root. A running
        push to the same server is joined. Raises `BadRequest` for an invalid server,
        `RenditionUnknown`, `Forbidden` without key, `TooMany`.
        """
        if self._sender.key is None:
            raise Forbidden("pushing needs a key: start the server with --key-file or BLOBHLS_KEY")
        origin = server_origins(server)[0]
        for rendition in renditions:
            planned.plan.rendition(rendition)
        name = (planned.video.video_id, origin)
        if name in self._running:
            return self._running[name][0]
        if len(self._running) >= _MOST:
            raise TooMany("too many titles are waiting to be pushed")
        push = Push(planned.video.video_id, full_title(planned.video), origin)
        task = asyncio.create_task(self._run(push, self._sender.key, renditions))
        self._ended.pop(name, None)
        self._running[name] = (push, task)
        task.add_done_callback(lambda task: self._end(push, task))
        self._notify(push)
        return push

    async def cancel(self, video_id: str, server: str | None = None) -> None:
        """Cancel the pushes of a video, or the one to `server`. No push is not an error.

        Blobs that were sent stay there; sealing continues.
        """
        origins = None if server is None else {server_origins(server)[0]}
        tasks = [
            task
            for (video, origin), (_, task) in self._running.items()
            if video == video_id and (origins is None or origin in origins)
        ]
        await _cancel_all(tasks)

    async def close(self) -> None:
        """Cancel all pushes."""
        await _cancel_all([task for _, task in self._running.values()])

    async def _run(self, push: Push, key: SecretKey, renditions: Sequence[str]) -> BlossomUri:
        turn = self._turns.setdefault(push.video_id, asyncio.Lock())
        async with turn, self._room:
            # The plan is opened again: after hours of waiting, the file may have changed.
            tree = await self._trees.tree(
                push.video_id, renditions, lambda: self._note_sealing(push)
            )
            pusher = Pusher(
                self._vault,
                RemoteServer(self._sender.fetcher, push.server),
                key,
                self._staging,
                self._sender.public_url,
            )

            def report(pushed: PushProgress) -> None:
                push.pushed, push.done = pushed, pushed.done
                self._notify(push)

            push.state, push.done, push.total = "sending", 0, tree.count
            self._notify(push)
            await pusher.push(tree, report)
        root = tree.root
        return BlossomUri(
            root.blob_id,
            extension_of(PLAYLIST),
            (hint_of(push.server),),
            (key.pubkey,),
            root.size,
        )

    def _note_sealing(self, push: Push) -> None:
        push.state = "sealing"
        self._notify(push)

    def _note_progress(self, sealing: SealProgress) -> None:
        for push, _ in self._running.values():
            if push.video_id == sealing.video_id and push.state == "sealing":
                push.done, push.total = sealing.done, sealing.total
                self._notify(push)

    def _end(self, push: Push, task: asyncio.Task[BlossomUri]) -> None:
        if task.cancelled():
            push.state = "cancelled"
        elif (error := task.exception()) is None:
            push.state, push.uri = "done", task.result()
        else:
            push.state, push.problem = "failed", "internal error"
            if isinstance(error, BlobhlsError):
                push.problem = str(error)
            else:
                _log.error("could not push %s", push.video_id, exc_info=error)
        name = (push.video_id, push.server)
        del self._running[name]
        self._ended[name] = push
        self._notify(push)

    def _notify(self, push: Push) -> None:
        for listener in self._listeners:
            listener(push)


async def _cancel_all(tasks: Sequence[asyncio.Task[BlossomUri]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
