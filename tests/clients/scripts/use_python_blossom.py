"""Uses python-blossom: a request comes as JSON on standard input, what happened goes out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from python_blossom import (  # type: ignore[import-not-found]  # it has its own environment
    AsyncBlossomClient,
    BlossomClient,
    BlossomError,
)

_TEXT = "text/plain"

Json = dict[str, Any]


def refusal(call: Callable[[], object]) -> Json | None:
    """Return what the client says of a call that has to fail; None if it does not."""
    try:
        call()
    except BlossomError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "message": str(error)}
    return None


def pages(client: Any, server: str) -> list[list[Json]]:  # noqa: ANN401 - it has no types here
    """Return a list in pages of two, the last of them empty or short."""
    found: list[list[Json]] = []
    while not found or len(found[-1]) == 2:
        cursor = found[-1][-1]["sha256"] if found else None
        found.append(client.list_blobs(server, cursor=cursor, limit=2))
    return found


async def to_all(request: Json, data: bytes) -> Json:
    """Upload to both open servers at once."""
    servers = [request["a"], request["b"]]
    async with AsyncBlossomClient(nsec=request["nsec"], default_servers=servers) as client:
        found: Json = await client.upload_to_all(data=data, mime_type=_TEXT)
        return found


def story(request: Json) -> Json:
    """Do all that the client can do."""
    a, b, closed = request["a"], request["b"], request["closed"]
    texts = [Path(path).read_bytes() for path in request["texts"]]
    picture, video = Path(request["picture"]).read_bytes(), Path(request["video"]).read_bytes()
    unsent = Path(request["unsent"]).read_bytes()
    with (
        BlossomClient(nsec=request["nsec"]) as client,
        BlossomClient(nsec=request["nsec"], expiration_seconds=-1) as late,
        BlossomClient() as nobody,
    ):
        said: Json = {"ahead": client.head_upload_requirements(a, texts[0], _TEXT, use_auth=True)}
        said["uploads"] = [client.upload_blob(a, data=text, mime_type=_TEXT) for text in texts]
        said["again"] = client.upload_blob(a, file_path=request["texts"][0])
        first, third = said["uploads"][0]["sha256"], said["uploads"][2]["sha256"]
        said["head"] = nobody.head_blob(a, first)
        said["downloaded"] = hashlib.sha256(nobody.get_blob(a, first).get_bytes()).hexdigest()
        said["pages"] = pages(client, a)
        said["mirrored"] = client.mirror_blob(b, said["uploads"][2]["url"], third)
        said["everywhere"] = list(asyncio.run(to_all(request, texts[3])).values())
        said["mediaAhead"] = client.media_head(a, picture, "image/jpeg")
        said["picture"] = client.media_upload(a, picture, "image/jpeg")
        said["video"] = client.media_upload(a, video, "video/mp4")
        client.upload_blob(closed, data=texts[0], mime_type=_TEXT)
        said["closed"] = {
            "without": refusal(lambda: nobody.get_blob(closed, first)),
            "downloaded": hashlib.sha256(
                client.get_blob(closed, first, use_auth=True).get_bytes()
            ).hexdigest(),
            "listed": client.list_blobs(closed, use_auth=True),
        }
        said["refused"] = {
            "expired": refusal(lambda: late.upload_blob(a, data=unsent, mime_type=_TEXT)),
            "missing": refusal(lambda: nobody.upload_blob(a, data=unsent, use_auth=False)),
        }
        said["removed"] = client.delete_blob(a, first)
        said["missing"] = refusal(lambda: nobody.head_blob(a, first))
        said["removedTwice"] = refusal(lambda: client.delete_blob(a, first))
    return said


if __name__ == "__main__":
    print(json.dumps(story(json.load(sys.stdin))))
