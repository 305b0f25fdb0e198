"""`/api/v1/pictures/<sha256>`: posters and other artwork in the size of a screen."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter, SkipValidation
from litestar.types import ASGIApp

from blobhls.api.blob_response import BlobOperation, as_blob
from blobhls.api.errors import UnprocessableContent
from blobhls.api.parameters import BlobsDependency
from blobhls.resolver import ImageWidth, Thumbnails

# The URL names the source image by its hash, so a response stays valid for ever.
_FOREVER: Final = "private, max-age=31536000, immutable"

ThumbnailsDependency = NamedDependency[SkipValidation[Thumbnails]]


class ImageOperation(BlobOperation):
    """The OpenAPI description of an image."""

    what = "The image."
    media_types = ("image/webp",)


@get(
    "/pictures/{blob_id:str}",
    operation_class=ImageOperation,
    tags=["catalogue"],
    summary="Get an image in another size",
    description="A `thumbnail`, a `banner` or other artwork as WebP, scaled on the first request. "
    "An image is never enlarged. `Content-Location` names the blob.",
    response_description="The image.",
    raises=[NotFoundException, ValidationException, UnprocessableContent],
)
async def get_picture(
    blob_id: Annotated[
        str, PathParameter(pattern="^[0-9a-f]{64}$", description="SHA-256 of the image.")
    ],
    width: Annotated[ImageWidth, QueryParameter(description="Pixels at most.")],
    thumbnails: ThumbnailsDependency,
    blobs: BlobsDependency,
) -> ASGIApp:
    """Return a scaled image as its blob."""
    return as_blob(await thumbnails.scaled(blob_id, width), blobs, _FOREVER)


IMAGE_HANDLERS = (get_picture,)
"""To be mounted at `/api/v1`; need `thumbnails` and `blobs`."""
