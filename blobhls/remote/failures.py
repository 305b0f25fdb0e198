"""Failures of other servers. Texts of theirs are sanitised before they are shown."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from blobhls.errors import FetchFailed

_MAX_LENGTH: Final = 200  # characters of a foreign text
_SPACES: Final = re.compile(r"\s+")


class ServerSilent(FetchFailed):
    """The server can't be reached, is too slow or disconnected: a retry may succeed."""


class ServerRefused(FetchFailed):
    """The server answered with a status that is no success.

    `reason`: the server's own text (`X-Reason`, BUD-01), sanitised, or the usual phrase of the
    status; `retry_after`: seconds, where the server asks to wait.
    """

    def __init__(
        self, host: str, status: int, reason: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{host} answered {status}: {reason}")
        self.host = host
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def refusal(host: str, status: int, x_reason: str | None, retry_after: str | None) -> ServerRefused:
    """Return the error for a response with these headers."""
    reason = clean(x_reason or "") or _phrase(status)
    return ServerRefused(host, status, reason, _seconds(retry_after))


def clean(text: str) -> str:
    """Return a foreign text safe for a terminal and a page: one short line, no controls."""
    one_line = _SPACES.sub(" ", text[: 4 * _MAX_LENGTH])
    # Category C: control characters, and format characters that change the writing direction.
    visible = "".join(each for each in one_line if not unicodedata.category(each).startswith("C"))
    visible = visible.strip()
    return visible if len(visible) <= _MAX_LENGTH else visible[: _MAX_LENGTH - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _seconds(retry_after: str | None) -> float | None:
    """Parse `Retry-After` (RFC 9110 §10.2.3), seconds or a date; None for anything else."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
