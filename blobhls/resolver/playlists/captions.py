"""Closed captions in master playlists. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from blobhls import hls
from blobhls.media.plan.plan import Rendition

_GROUP: Final = "captions"


def caption_media(videos: Sequence[Rendition]) -> tuple[hls.Media, ...]:
    """Return a rendition for each caption channel that any of these renditions carries.

    Without a language: the video does not tell it.
    """
    channels = dict.fromkeys(channel for each in videos for channel in each.captions)
    names = ("Closed captions", *(f"Closed captions {n}" for n in range(2, len(channels) + 1)))
    return tuple(
        hls.Media("CLOSED-CAPTIONS", _GROUP, name, autoselect=True, instream_id=channel)
        for name, channel in zip(names, channels, strict=False)
    )


def captions_of(rendition: Rendition, videos: Sequence[Rendition]) -> str | hls.NoCaptions | None:
    """Return the `CLOSED-CAPTIONS` of a rendition: the group, or `NONE`.

    Returns None, for no attribute, where only other renditions have captions: by RFC 8216
    §4.3.4.2 either all variants say `NONE`, or no variant does.
    """
    if rendition.captions:
        return _GROUP
    return None if any(each.captions for each in videos) else hls.NO_CAPTIONS
