"""What other servers do wrong. Their own words are cleaned before anybody sees them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from blobhls.errors import FetchFailed

_LONGEST: Final = 200  # characters of somebody else's words
_SPACES: Final = re.compile(r"\s+")


class ServerSilent(FetchFailed):
    """Not reached, too slow, or broken off in the middle: another try may go well."""


class ServerRefused(FetchFailed):
    """A server answered, with a status that is not success.

    `status` as answered; `reason` the server's words (`X-Reason`, BUD-01), cleaned, or the
    usual phrase; `retry_after` in seconds where the server asked for patience.
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
    """Return the error for an answer with these headers."""
    reason = clean(x_reason or "") or _phrase(status)
    return ServerRefused(host, status, reason, _seconds(retry_after))


def clean(text: str) -> str:
    """Return somebody else's words fit for a terminal and a page: one short line, no controls."""
    one_line = _SPACES.sub(" ", text[: 4 * _LONGEST])
    # Category C: controls, and formats that turn the direction of what is read.
    shown = "".join(each for each in one_line if not unicodedata.category(each).startswith("C"))
    shown = shown.strip()
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _seconds(retry_after: str | None) -> float | None:
    """Read `Retry-After` (RFC 9110 §10.2.3): seconds or a date; None for anything else."""
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
