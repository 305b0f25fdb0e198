"""The Blossom application: access rules, and the dependencies of its handlers."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar.types import ControllerRouterHandler

from blobhls.app.services import Services
from blobhls.blossom.access import Access, AccessPolicy, Charge, charge_nothing
from blobhls.blossom.reads.hints import Hints
from blobhls.blossom.reads.read_policy import ReadPolicy
from blobhls.blossom.writes.media import MEDIA_HANDLERS, MediaOptimiser
from blobhls.blossom.writes.mirror import MIRROR_HANDLERS, Mirror
from blobhls.blossom.writes.ownership import OWNERSHIP_HANDLERS
from blobhls.blossom.writes.request_body import BodyTimeouts
from blobhls.blossom.writes.upload import UPLOAD_HANDLERS
from blobhls.nostr import host_of
from blobhls.resolver import OptimiseLimits, Optimizer
from blobhls.settings import Settings

BLOSSOM_HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    *UPLOAD_HANDLERS,
    *MIRROR_HANDLERS,
    *MEDIA_HANDLERS,
    *OWNERSHIP_HANDLERS,
)


class BlossomApp(msgspec.Struct, frozen=True, eq=False):
    """The rules and dependencies of the Blossom handlers."""

    access: Access
    policy: ReadPolicy | None  # None: every client may read everything, and nothing expires
    timeouts: BodyTimeouts
    dependencies: dict[str, Any]  # by name


def make_blossom_app(services: Services, charge: Charge = charge_nothing) -> BlossomApp:
    """Assemble the rules and dependencies. `charge` raises `PaymentRequired` (BUD-07)."""
    settings, uploads = services.settings, services.uploads
    access = Access(access_policy(settings), charge)
    hints = Hints(uploads, services.fetcher, settings.relays) if settings.local_cache else None
    policy = ReadPolicy(access, uploads, hints)
    limits = OptimiseLimits(
        most_height=settings.media_height, most_duration=settings.media_duration
    )
    optimizer = Optimizer(services.workers, services.storage.store.staging, limits)
    mirror = Mirror(uploads, services.upload_handler, services.fetcher, trees=settings.mirror_trees)
    timeouts = BodyTimeouts()
    return BlossomApp(
        access,
        policy if policy.is_needed else None,
        timeouts,
        {
            "access": access,
            "uploads": uploads,
            "block_list": services.block_list,
            "mirror": mirror,
            "media": MediaOptimiser(uploads, services.upload_handler, optimizer),
            "timeouts": timeouts,
        },
    )


def access_policy(settings: Settings) -> AccessPolicy:
    """Return the access rules of the settings."""
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
