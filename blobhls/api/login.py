"""`/api/v1/login`: the operator's password, where one is set.

It is checked after routing, so every handler is guarded, however its URL is spelled.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cachetools import LRUCache
from litestar import Request, Response, delete, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import (
    NotAuthorizedException,
    ServiceUnavailableException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.handlers import BaseRouteHandler
from litestar.params import RawBody, SkipValidation
from litestar.types import Guard

from blobhls.api.bodies import BodyOperation, decode_body
from blobhls.errors import PasswordNeeded, TooMany
from blobhls.index.access import Index
from blobhls.index.viewing.sessions import LIFETIME, Sessions

_COOKIE: Final = "blobhls_session"
_PATH: Final = "/api/v1"
_BODY_LIMIT: Final = 4096  # bytes
_ATTEMPTS: Final = 10  # wrong ones from an address within a minute
_ALL_ATTEMPTS: Final = 100  # wrong ones from all addresses, as an attacker can have many
_WINDOW: Final = 60  # seconds
_ADDRESSES: Final = 10_000  # remembered
_OPEN: Final = {"open": True}  # handlers that need no password

_Connection = ASGIConnection[Any, Any, Any, Any]


class Attempts:
    """Counts wrong passwords."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        self._failed: LRUCache[str, deque[float]] = LRUCache(_ADDRESSES)
        self._all: deque[float] = deque(maxlen=_ALL_ATTEMPTS)

    def check(self, address: str) -> None:
        """Raise `TooMany` while an address must wait."""
        for times in (self._failed.get(address), self._all):
            if times and len(times) == times.maxlen:
                wait = times[0] + _WINDOW - self._clock()
                if wait > 0:
                    raise TooMany("too many wrong passwords", int(wait) + 1)

    def fail(self, address: str) -> None:
        """Count a wrong password."""
        times = self._failed.get(address) or deque(maxlen=_ATTEMPTS)
        times.append(self._clock())
        self._failed[address] = times
        self._all.append(self._clock())


class Authenticator:
    """Authenticates clients of the API. Without sessions, every client is admitted."""

    def __init__(self, sessions: Sessions | None, index: Index, attempts: Attempts) -> None:
        self._sessions = sessions
        self._index = index
        self._attempts = attempts

    @property
    def is_strict(self) -> bool:
        """Whether there is a password."""
        return self._sessions is not None

    async def admits(self, connection: _Connection) -> bool:
        """Say whether a request has a session or the password; raises `TooMany`."""
        if self._sessions is None:
            return True
        token = connection.cookies.get(_COOKIE)
        if token:
            is_open: bool = await self._index.lookup(self._sessions.is_open, token)
            if is_open:
                return True
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.knows(connection, _text(given.strip()))

    def knows(self, connection: _Connection, password: str) -> bool:
        """Say whether a password is right; a wrong one is counted. Raises `TooMany`."""
        if self._sessions is None:
            return True
        address = connection.client.host if connection.client else ""
        self._attempts.check(address)
        if self._sessions.is_password(password):
            return True
        self._attempts.fail(address)
        return False

    async def open(self) -> str | None:
        """Begin a session; None if no password is set."""
        return None if self._sessions is None else await self._index.write(self._sessions.open)

    async def close(self, connection: _Connection) -> None:
        """End the session of a request, if it has one."""
        token = connection.cookies.get(_COOKIE)
        if token and self._sessions is not None:
            await self._index.write(self._sessions.close, token)

    def guard(self) -> Guard:
        """Return the guard that refuses clients without session or password, for a router."""

        async def check(connection: _Connection, handler: BaseRouteHandler) -> None:
            if not handler.opt.get("open") and not await self.admits(connection):
                raise PasswordNeeded("the password is needed")

        return check


def _text(value: str) -> str:
    """Return a header's value as text: it was decoded as Latin-1, but programs send UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


AuthenticatorDependency = NamedDependency[SkipValidation[Authenticator]]


class LoginValue(msgspec.Struct, frozen=True):
    """Whether a password is needed, and whether this client is admitted."""

    required: bool
    valid: bool  # this client is admitted


class Password(msgspec.Struct, frozen=True):
    """The body of a login."""

    password: str


class LoginOperation(BodyOperation):
    """The OpenAPI description of `Password`."""

    body = Password


@get(
    "/login",
    opt=_OPEN,
    tags=["login"],
    summary="Ask whether a password is needed",
    description="Needs no password.",
    response_description="Whether it is needed, and whether this client is admitted.",
)
async def get_login(
    request: Request[Any, Any, Any], authenticator: AuthenticatorDependency
) -> LoginValue:
    """Say whether a password is needed."""
    return LoginValue(authenticator.is_strict, await authenticator.admits(request))


@post(
    "/login",
    status_code=200,
    opt=_OPEN,
    request_max_body_size=_BODY_LIMIT,
    operation_class=LoginOperation,
    tags=["login"],
    summary="Give the password",
    description="Sets a cookie that lasts 90 days. After ten wrong ones within a minute the "
    "address must wait.",
    response_description="This client is admitted.",
    raises=[
        ValidationException,
        NotAuthorizedException,
        TooManyRequestsException,
        ServiceUnavailableException,
    ],
)
async def post_login(
    request: Request[Any, Any, Any], body: RawBody, authenticator: AuthenticatorDependency
) -> Response[LoginValue]:
    """Begin a session; 401 for a wrong password."""
    given = decode_body(body, Password).password
    if not authenticator.knows(request, given):
        raise PasswordNeeded("that is not the password")
    answer = Response(LoginValue(authenticator.is_strict, valid=True))
    token = await authenticator.open()
    if token is not None:
        answer.set_cookie(
            _COOKIE,
            token,
            max_age=LIFETIME,
            path=_PATH,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return answer


@delete(
    "/login",
    opt=_OPEN,
    tags=["login"],
    summary="End the session",
    description="No session is not an error.",
    response_description="The session is over.",
    response_cookies=[Cookie(_COOKIE, path=_PATH, max_age=0)],
    raises=[ServiceUnavailableException],
)
async def delete_login(
    request: Request[Any, Any, Any], authenticator: AuthenticatorDependency
) -> None:
    """End a session."""
    await authenticator.close(request)


LOGIN_HANDLERS = (get_login, post_login, delete_login)
"""To be mounted at `/api/v1`; need `authenticator`, whose `guard` all of the API needs."""
