"""Blob descriptors (BUD-02), with facts of the content as NIP-94 tags (BUD-08)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from blobhls.blob import BlobInfo
from blobhls.index.ledger.uploads import Upload
from blobhls.media.results import FileFacts

_decoder: Final = msgspec.json.Decoder(FileFacts)


class BlobDescriptor(msgspec.Struct, frozen=True):
    """The descriptor of a blob (BUD-02)."""

    url: Annotated[str, Meta(description="Where it is, with a file extension.")]
    sha256: str
    size: Annotated[int, Meta(description="Bytes.")]
    type: Annotated[str, Meta(description="Media type.")]
    uploaded: Annotated[int, Meta(description="Seconds since the epoch.")]
    nip94: Annotated[list[list[str]], Meta(description="Tags of NIP-94.")]


def descriptor(upload: Upload, url: str, facts: bytes | None) -> BlobDescriptor:
    """Return the descriptor of a blob; `facts`: encoded; None: not known."""
    info = upload.info
    known = FileFacts() if facts is None else _decoder.decode(facts)
    return BlobDescriptor(
        url=url,
        sha256=str(info.blob_id),
        size=info.size,
        type=info.media_type,
        uploaded=upload.uploaded_at,
        nip94=nip94(info, url, known),
    )


def descriptors(
    uploads: Sequence[Upload], base: str, facts: Mapping[str, bytes]
) -> list[BlobDescriptor]:
    """Return several descriptors; `base`: scheme and host."""
    return [
        descriptor(upload, f"{base}/{upload.info.name}", facts.get(upload.info.blob_id))
        for upload in uploads
    ]


def nip94(info: BlobInfo, url: str, facts: FileFacts) -> list[list[str]]:
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
    if facts.original is not None:
        tags.append(["ox", facts.original])
    return tags
