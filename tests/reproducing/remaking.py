"""Have a build make again what another one made, and look at every byte."""

from __future__ import annotations

import hashlib
import http
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from tests.reproducing.asking import AT_ONCE, get
from tests.reproducing.build import Build, Home
from tests.reproducing.listing import Blob, Listing

_EXAMPLES: Final = 10


class Report(msgspec.Struct, frozen=True):
    """How it went."""

    asked: int  # blobs
    again: int  # blobs whose bytes were gone, and came back right
    kept: int  # blobs whose bytes must stay, and were right
    faults: list[str]

    def lines(self) -> Iterator[str]:
        """Yield what to print."""
        yield f"{self.asked} blobs: {self.again} made again, {self.kept} read as they were kept"
        yield f"{len(self.faults)} faults"
        yield from (f"    {fault}" for fault in self.faults[:_EXAMPLES])


def remake(build: Build, home: Home, listing: Listing) -> Report:
    """Evict all that can be made again, ask a server for every blob, and compare.

    The home is changed. Raises `Trouble`.
    """
    build.run(home, "gc", "--cache-limit", "0")
    evicted = {blob_id for (blob_id,) in home.rows("SELECT blob_id FROM blobs WHERE present = 0")}
    faults = [*_not_evicted(home, listing, evicted)]
    with build.serving(home) as address, ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = sorted(listing.blobs.items())
        found = list(pool.map(partial(_fault, address), wanted))
    right = {blob_id for (blob_id, _), fault in zip(wanted, found, strict=True) if fault is None}
    faults += filter(None, found)
    faults += _not_noted(home, right)
    return Report(len(wanted), len(right & evicted), len(right - evicted), faults)


def _not_evicted(home: Home, listing: Listing, evicted: set[str]) -> Iterator[str]:
    """Yield what did not go, by the index or in the store, wherever that keeps it."""
    files = [path.relative_to(home.blobs) for path in home.blobs.rglob("*") if path.is_file()]
    # Whether folders are part of a blob's name, or stand before it, is the store's own affair.
    here = {path.name for path in files} | {"".join(path.parts) for path in files}
    for blob_id, blob in sorted(listing.blobs.items()):
        if not blob.pinned and blob_id not in evicted:
            yield f"{blob_id}: {blob.media_type} was not evicted"
    for blob_id in sorted(evicted & here):
        yield f"{blob_id}: its file is still there"


def _not_noted(home: Home, right: set[str]) -> Iterator[str]:
    """Yield what was served and is not known to be here, and what lost the build's trust."""
    absent = {blob_id for (blob_id,) in home.rows("SELECT blob_id FROM blobs WHERE present = 0")}
    for blob_id in sorted(right & absent):
        yield f"{blob_id}: it was served, and the index says that it is not here"
    for recipe_id, reason in home.rows(
        "SELECT recipe_id, quarantined FROM recipes WHERE quarantined IS NOT NULL"
    ):
        yield f"recipe {recipe_id}: {reason}"
    for profile, engine in home.rows("SELECT profile, engine FROM proofs WHERE proven = 0"):
        yield f"profile {profile} does not repeat on {engine}"


def _fault(address: str, wanted: tuple[str, Blob]) -> str | None:
    """Get one blob; return what is wrong with it, None if nothing is."""
    blob_id, blob = wanted
    try:
        answer = get(f"{address}/{blob_id}")
    except OSError as error:
        return f"{blob_id}: {error!r}"
    if answer.status != http.HTTPStatus.OK:
        return f"{blob_id}: {answer.status} {answer.reason} ({blob.media_type})"
    found = hashlib.sha256(answer.body).hexdigest()
    if found != blob_id:
        return f"{blob_id}: its bytes have {found}"
    if answer.media_type != blob.media_type:
        return f"{blob_id}: {answer.media_type}, not {blob.media_type}"
    return None
