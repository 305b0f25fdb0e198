"""What is worth another try, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from blobhls.remote.failures import ServerRefused, ServerSilent

T = TypeVar("T")

# Too many requests, and what proxies say while the server behind them is started again.
PASSING: Final = frozenset({429, 502, 503, 504})


class Retries(msgspec.Struct, frozen=True):
    """How often and how fast one asks again."""

    attempts: int = 3  # in all; 1: never again
    pause: float = 0.5  # seconds before the second attempt, doubled for each further one
    longest: float = 30.0  # seconds; whoever asks for more patience gets no more attempts
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(
        self, attempt: Callable[[], Awaitable[T]], passing: frozenset[int] = PASSING
    ) -> T:
        """Return what `attempt` returns, asked again after failures that may pass.

        Those are `ServerSilent`, and `ServerRefused` with a status in `passing`. The last
        attempt's error is raised.
        """
        pause = self.pause
        for _ in range(self.attempts - 1):
            try:
                return await attempt()
            except ServerSilent:
                wait = pause
            except ServerRefused as error:
                wait = max(pause, error.retry_after or 0.0)
                if error.status not in passing or wait > self.longest:
                    raise
            await self.sleep(wait)
            pause *= 2
        return await attempt()
