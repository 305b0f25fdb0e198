"""`/api/v1/library/cache`: how full the cache is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from blobhls.vault import CacheUse

CacheUseDependency = NamedDependency[SkipValidation[Callable[[], Awaitable[CacheUse]]]]


@get(
    "/library/cache",
    tags=["library"],
    summary="Say how full the cache is",
    description="In bytes: what is `stored`, the `limit` for it (null: none; 0: no blob stays that "
    "can be rendered again), and how much is `evictable` at most.",
    response_description="Bytes.",
)
async def get_cache_use(cache_use: CacheUseDependency) -> CacheUse:
    """Return how full the cache is."""
    return await cache_use()


CACHE_HANDLERS = (get_cache_use,)
"""To be mounted at `/api/v1`; need `cache_use`."""
