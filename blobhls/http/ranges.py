"""The `Range` header of one representation (RFC 9110 §14)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

# `first-pos "-" [ last-pos ]` or `"-" suffix-length` (RFC 9110 §14.1.1); ASCII digits alone.
_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)")
_MOST_DIGITS: Final = 19  # 10**18 bytes and more are beyond every blob


class Whole(msgspec.Struct, frozen=True):
    """Answer 200 with everything: no range, or one that a server ignores."""


class RequestedRange(msgspec.Struct, frozen=True):
    """Answer 206 with the bytes `[start, stop)`; never empty, never beyond the end."""

    start: int
    stop: int


class Unsatisfiable(msgspec.Struct, frozen=True):
    """Answer 416 with `Content-Range: bytes */size`."""


Span = Whole | RequestedRange | Unsatisfiable


def parse_range(header: str | None, size: int) -> Span:
    """Return the answer to a `Range` header for a representation of `size` bytes.

    - The end is clamped (§14.1.2).
    - A suffix longer than the representation is all of it, as a `RequestedRange`: the range was
      understood and fulfilled, which is what 206 says (§15.3.7). An empty representation has no
      range: `Whole`.
    - An unknown unit, a malformed or backward range: `Whole` (§14.2: "MUST ignore").
    - Several ranges: `Whole`, which §14.2 allows; players never send them.
    - A start at or beyond the end, or a suffix of no bytes: `Unsatisfiable`.

    For `GET` only: on other methods a server ignores `Range` (§14.2).
    """
    if not header:
        return Whole()
    spec = _only_spec(header)
    found = _SPEC.fullmatch(spec) if spec else None
    if found is None:
        return Whole()
    first, last = found.groups()
    if first:
        return _from(_number(first), _number(last) if last else None, size)
    return _suffix(_number(last), size) if last else Whole()


def content_range(span: RequestedRange, size: int) -> str:
    """Return the `Content-Range` of a 206 (RFC 9110 §14.4)."""
    return f"bytes {span.start}-{span.stop - 1}/{size}"


def unsatisfied_range(size: int) -> str:
    """Return the `Content-Range` of a 416 (RFC 9110 §14.4)."""
    return f"bytes */{size}"


def _only_spec(header: str) -> str | None:
    """Return the one range of a `bytes` range set; None for other units and several ranges.

    Unit names are case-insensitive (§14.1); empty list members don't count (§5.6.1.2).
    """
    unit, _, range_set = header.partition("=")
    if unit.strip(" \t").lower() != "bytes":
        return None
    specs = [spec for spec in (member.strip(" \t") for member in range_set.split(",")) if spec]
    return specs[0] if len(specs) == 1 else None


def _number(digits: str) -> int:
    """Return the value, or one beyond every size: Python refuses to parse 5 000 digits."""
    return int(digits.lstrip("0")[:_MOST_DIGITS] or "0")


def _from(first: int, last: int | None, size: int) -> Span:
    if last is not None and last < first:
        return Whole()
    if first >= size:
        return Unsatisfiable()
    return RequestedRange(first, size if last is None else min(last + 1, size))


def _suffix(length: int, size: int) -> Span:
    if length == 0:
        return Unsatisfiable()
    return RequestedRange(max(0, size - length), size) if size else Whole()
