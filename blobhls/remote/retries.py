"""Which failures are retried, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from blobhls.remote.failures import ServerRefused, ServerSilent

T = TypeVar("T")

# Too many requests, and the answers of proxies while their backend restarts.
TRANSIENT: Final = frozenset({429, 502, 503, 504})


class Retries(msgspec.Struct, frozen=True):
    """How often and how fast requests are retried."""

    attempts: int = 3  # in total; 1: no retry
    pause: float = 0.5  # seconds before the second attempt, doubled before each further one
    max_wait: float = 30.0  # seconds; if a server asks to wait longer, there is no retry
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(
        self, attempt: Callable[[], Awaitable[T]], transient: frozenset[int] = TRANSIENT
    ) -> T:
        """Return the result of `attempt`, retried after transient failures.

        These are `ServerSilent`, and `ServerRefused` with a status in `transient`. Raises the last
        attempt's error.
        """
        pause = self.pause
        for _ in range(self.attempts - 1):
            try:
                return await attempt()
            except ServerSilent:
                delay = pause
            except ServerRefused as error:
                delay = max(pause, error.retry_after or 0.0)
                if error.status not in transient or delay > self.max_wait:
                    raise
            await self.sleep(delay)
            pause *= 2
        return await attempt()
