"""Hardware encoders: used if one is configured and works."""

from __future__ import annotations

import logging
from typing import Final

from blobhls.encoding_profiles import HARDWARE, RUNGS, ladder_profile
from blobhls.errors import WorkerFailed
from blobhls.media.jobs import CheckEncoder
from blobhls.workers import Priority, WorkerPool

_log: Final = logging.getLogger(__name__)


async def usable_hardware(encoder: str, workers: WorkerPool) -> str:
    """Return the key of `HARDWARE` if that encoder works, or "" for x264.

    It is checked in a worker process: its driver may crash or hang.
    """
    if encoder not in HARDWARE:
        return ""
    profile = ladder_profile(min(RUNGS), encoder)
    reason = await refused(profile.name, workers)
    if reason:
        _log.warning("%s can't encode here, so x264 does: %s", encoder, reason)
        return ""
    _log.info(
        "%s encodes video; its blobs are pinned, as no other GPU gives the same bytes", encoder
    )
    return encoder


async def refused(profile: str, workers: WorkerPool) -> str:
    """Return why the encoder of a profile can't be used here; "" if it can."""
    try:
        return await workers.run(CheckEncoder(profile), Priority.VIEWER)
    except WorkerFailed as error:
        return error.reason
