from __future__ import annotations

from typing import Annotated

import msgspec

from blobhls.http import json_schema


class Track(msgspec.Struct):
    language: str | None = None


class Choices(msgspec.Struct):
    """What was chosen."""

    audio: Annotated[Track | None, msgspec.Meta(description="By language.")]
    others: list[Track] = []


def test_a_schema_says_what_the_struct_takes_and_refers_to_nothing_outside() -> None:
    track = {
        "title": "Track",
        "type": "object",
        "properties": {
            "language": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        },
        "required": [],
    }
    assert json_schema(Choices) == {
        "title": "Choices",
        "description": "What was chosen.",
        "type": "object",
        "properties": {
            "audio": {"anyOf": [track, {"type": "null"}], "description": "By language."},
            "others": {"type": "array", "items": track, "default": []},
        },
        "required": ["audio"],
    }
