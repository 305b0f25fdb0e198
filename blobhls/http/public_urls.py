"""The URLs at which clients reach this server."""

from __future__ import annotations

import re
from typing import Any, Final

from blobhls.blob import BlobInfo
from blobhls.errors import BadRequest

_HOST: Final = re.compile(
    r"[A-Za-z0-9._\-]{1,253}(?::[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?"
)


class PublicUrls:
    """Returns URLs of this server that clients can use."""

    def __init__(self, public_url: str | None) -> None:
        """`public_url`: scheme and host; None: taken from each request."""
        self._public_url = public_url

    def base(self, scope: Any) -> str:  # noqa: ANN401 - an ASGI scope: a dict, or Litestar's type
        """Return scheme and host without a slash at the end; raises `BadRequest`."""
        if self._public_url is not None:
            return self._public_url
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        text = host.decode("latin-1")
        if not _HOST.fullmatch(text):
            raise BadRequest("the Host header is not a host")
        return f"{scope['scheme']}://{text}"

    def url(self, scope: Any, info: BlobInfo) -> str:  # noqa: ANN401 - as above
        """Return the URL of a blob."""
        return f"{self.base(scope)}/{info.name}"
