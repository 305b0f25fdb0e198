"""Errors of the API as JSON: `{"status_code": …, "detail": …}`, and the detail in `X-Reason`."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import (
    HTTPException,
    NotFoundException,
    ServiceUnavailableException,
)

from blobhls.errors import BlobhlsError
from blobhls.http import Problem, problem, problem_headers

_Request = Request[Any, Any, Any]
_Handler = Callable[[_Request, Any], "Response[ErrorBody]"]

_log: Final = logging.getLogger(__name__)


class UnprocessableContent(HTTPException):
    """A file that is no video; declared for OpenAPI."""

    status_code = 422


OPENING_RAISES: Final = (
    NotFoundException,
    UnprocessableContent,
    ServiceUnavailableException,
)
"""Errors of a handler that opens a video; for OpenAPI."""


WRITING_RAISES: Final = (NotFoundException, ServiceUnavailableException)
"""Errors of a handler that writes to the index, which another process may lock; for OpenAPI."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an error."""

    status_code: int
    detail: str  # for a person


def exception_handlers() -> dict[int | type[Exception], _Handler]:
    """Return the `exception_handlers` for Litestar: JSON for every error."""
    return {
        BlobhlsError: _known,
        HTTPException: _of_litestar,
        OSError: _of_system,
        Exception: _unexpected,
    }


def _known(_request: _Request, error: BlobhlsError) -> Response[ErrorBody]:
    return _answer(problem(error))


def _of_litestar(request: _Request, error: HTTPException) -> Response[ErrorBody]:
    if error.status_code >= 500:
        return _unexpected(request, error)
    return _answer(Problem(error.status_code, _detail(error)), error.headers)


def _of_system(request: _Request, error: OSError) -> Response[ErrorBody]:
    if error.errno == errno.ENAMETOOLONG:  # a path of the request became a file name
        return _answer(Problem(404, "Not Found"))
    return _unexpected(request, error)


def _unexpected(request: _Request, error: Exception) -> Response[ErrorBody]:
    """Respond with 500 without details; the log has them."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(Problem(500, "internal error"))


def _detail(error: HTTPException) -> str:
    """Return Litestar's detail, or the messages of its validation."""
    if not isinstance(error.extra, list):
        return error.detail
    found = [
        f"{item['key']}: {item['message']}" if item.get("key") else str(item["message"])
        for item in error.extra
        if isinstance(item, dict) and "message" in item
    ]
    return "; ".join(found) or error.detail


def _answer(what: Problem, headers: dict[str, str] | None = None) -> Response[ErrorBody]:
    return Response(
        ErrorBody(what.status, what.reason),
        status_code=what.status,
        headers={**(headers or {}), **problem_headers(what)},
        media_type=MediaType.JSON,
    )
