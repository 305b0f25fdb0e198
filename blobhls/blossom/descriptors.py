"""Blob descriptors (BUD-02), with what is known of a blob's content as NIP-94 tags (BUD-08)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from blobhls.blob import BlobInfo
from blobhls.blossom.asgi import Scope
from blobhls.errors import BadRequest
from blobhls.index.uploads import Upload
from blobhls.media.results import Facts

_HOST: Final = re.compile(
    r"[A-Za-z0-9._\-]{1,253}(?::[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?"
)

_decoder: Final = msgspec.json.Decoder(Facts)


class Descriptor(msgspec.Struct, frozen=True):
    """What a client is told of a blob."""

    url: Annotated[str, Meta(description="Where it is, with a file extension.")]
    sha256: str
    size: Annotated[int, Meta(description="Bytes.")]
    type: Annotated[str, Meta(description="Media type.")]
    uploaded: Annotated[int, Meta(description="Seconds since the epoch.")]
    nip94: Annotated[list[list[str]], Meta(description="Tags of NIP-94.")]


class Naming:
    """Knows the URLs that clients can use."""

    def __init__(self, public_url: str | None) -> None:
        """`public_url`: scheme and host; None: as each request has it."""
        self._public_url = public_url

    def base(self, scope: Scope) -> str:
        """Return scheme and host without a slash at the end; raises `BadRequest`."""
        if self._public_url is not None:
            return self._public_url
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        text = host.decode("latin-1")
        if not _HOST.fullmatch(text):
            raise BadRequest("the Host header is not a host")
        return f"{scope['scheme']}://{text}"

    def url(self, scope: Scope, info: BlobInfo) -> str:
        """Return the URL of a blob."""
        return f"{self.base(scope)}/{info.name}"


def descriptor(upload: Upload, url: str, facts: bytes | None) -> Descriptor:
    """Return the descriptor of a blob; `facts`: encoded, None where nothing is known."""
    info = upload.info
    known = Facts() if facts is None else _decoder.decode(facts)
    return Descriptor(
        url=url,
        sha256=str(info.blob_id),
        size=info.size,
        type=info.media_type,
        uploaded=upload.uploaded_at,
        nip94=nip94(info, url, known),
    )


def descriptors(
    uploads: Sequence[Upload], base: str, facts: Mapping[str, bytes]
) -> list[Descriptor]:
    """Return several descriptors; `base`: scheme and host."""
    return [
        descriptor(upload, f"{base}/{upload.info.name}", facts.get(upload.info.blob_id))
        for upload in uploads
    ]


def nip94(info: BlobInfo, url: str, facts: Facts) -> list[list[str]]:
    """Return the tags of a file metadata event (NIP-94)."""
    tags = [
        ["url", url],
        ["m", info.media_type],
        ["x", str(info.blob_id)],
        ["size", str(info.size)],
    ]
    if facts.width and facts.height:
        tags.append(["dim", f"{facts.width}x{facts.height}"])
    if facts.duration is not None:
        tags.append(["duration", f"{facts.duration:.3f}"])
    if facts.blurhash is not None:
        tags.append(["blurhash", facts.blurhash])
    return tags
