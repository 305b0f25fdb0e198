"""Limits and lifetimes of uploads."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

import msgspec

from blobhls.errors import StoreFull, TooLarge, TooMany, TypeRefused
from blobhls.index.ledger.uploads import Usage


class UploadLimits(msgspec.Struct, frozen=True):
    """Which uploads are accepted, and how long they stay. None: no limit."""

    most_bytes: int | None = None  # of one blob
    types: tuple[str, ...] = ("*/*",)  # type/subtype, either may be *
    key_bytes: int | None = None
    key_blobs: int | None = None
    all_blobs: int | None = None  # a blob with two owners counts twice
    all_bytes: int | None = None  # likewise
    expire: tuple[tuple[str, int], ...] = ()  # media type, and seconds after the last read

    def check_blob(self, size: int | None, media_type: str | None) -> None:
        """Raise `TooLarge` or `TypeRefused` for a blob; None: not known yet."""
        if self.most_bytes is not None and size is not None and size > self.most_bytes:
            raise TooLarge(f"a blob may have {self.most_bytes} bytes at most")
        if media_type is not None and not any(
            fnmatchcase(media_type, pattern) for pattern in self.types
        ):
            raise TypeRefused(f"blobs of type {media_type} are not accepted here")

    @property
    def has_quota(self) -> bool:
        """Whether there is any quota."""
        quotas = (self.key_bytes, self.key_blobs, self.all_bytes, self.all_blobs)
        return any(quota is not None for quota in quotas)

    def check_quota(self, usage: Callable[[str | None], Usage], pubkey: str, size: int) -> None:
        """Raise `TooMany` or `StoreFull` if `size` more bytes exceed a quota.

        `usage` returns the usage of an owner, or of all owners together (None).
        """
        mine = usage(pubkey)
        if self.key_blobs is not None and mine.blobs >= self.key_blobs:
            raise TooMany(f"you have {mine.blobs} blobs here, and may have no more")
        if self.key_bytes is not None and mine.bytes + size > self.key_bytes:
            raise TooMany(f"you may have {self.key_bytes} bytes here, and have {mine.bytes}")
        total = usage(None)
        if self.all_blobs is not None and total.blobs >= self.all_blobs:
            raise StoreFull("there is no room for more uploads here")
        if self.all_bytes is not None and total.bytes + size > self.all_bytes:
            raise StoreFull("there is no room for more uploads here")

    def lifetime(self, media_type: str) -> int | None:
        """Return how many seconds an upload of a type stays after it was last read."""
        return next(
            (seconds for kind, seconds in self.expire if fnmatchcase(media_type, kind)), None
        )
