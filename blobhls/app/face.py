"""The Blossom face: the operator's rules, and the handlers that need them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar.types import ControllerRouterHandler

from blobhls.app.station import Station
from blobhls.blossom.access import Access, AccessPolicy, Charge, free
from blobhls.blossom.bodies import Pace
from blobhls.blossom.hints import Hints
from blobhls.blossom.managing import MANAGING_HANDLERS
from blobhls.blossom.media import Media
from blobhls.blossom.mirror import Mirror
from blobhls.blossom.mirroring import MIRROR_HANDLERS
from blobhls.blossom.optimising import MEDIA_HANDLERS
from blobhls.blossom.policy import ReadPolicy
from blobhls.blossom.uploading import UPLOAD_HANDLERS
from blobhls.http import Naming
from blobhls.nostr import host_of
from blobhls.resolver import Limits, Optimizer
from blobhls.settings import Settings

BLOSSOM_HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    *UPLOAD_HANDLERS,
    *MIRROR_HANDLERS,
    *MEDIA_HANDLERS,
    *MANAGING_HANDLERS,
)


class Face(msgspec.Struct, frozen=True, eq=False):
    """What the handlers of Blossom need."""

    access: Access
    policy: ReadPolicy | None  # None: everybody reads everything, and nothing expires
    pace: Pace
    dependencies: dict[str, Any]  # by name


def make_face(station: Station, charge: Charge = free) -> Face:
    """Put it together. `charge` is where a server that wants payment asks for it (BUD-07)."""
    settings, uploads = station.settings, station.uploads
    access = Access(access_policy(settings), charge)
    hints = Hints(uploads, station.fetcher, settings.relays) if settings.local_cache else None
    policy = ReadPolicy(access, uploads, hints)
    limits = Limits(most_height=settings.media_height, most_duration=settings.media_duration)
    optimizer = Optimizer(station.workers, station.shelf.store.staging, limits)
    mirror = Mirror(uploads, station.taker, station.fetcher, trees=settings.mirror_trees)
    pace = Pace()
    return Face(
        access,
        policy if policy.is_needed else None,
        pace,
        {
            "access": access,
            "uploads": uploads,
            "naming": Naming(settings.public_url),
            "mirror": mirror,
            "media": Media(uploads, station.taker, optimizer),
            "pace": pace,
        },
    )


def access_policy(settings: Settings) -> AccessPolicy:
    """Return who may do what."""
    public_url = settings.public_url
    return AccessPolicy(
        read=settings.read_access,
        readers=settings.readers,
        upload=settings.upload_access,
        uploaders=settings.uploaders,
        moderators=settings.moderators,
        local_cache=settings.local_cache,
        public_host=None if public_url is None else host_of(public_url),
        rate=settings.rate_limit,
    )
