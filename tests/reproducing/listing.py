"""What a build made of a library, as its index tells: a sorted list that outlives the build."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.reproducing.build import Home


class Blob(msgspec.Struct, frozen=True):
    """What the index says of some bytes."""

    size: int
    media_type: str
    pinned: bool  # they must stay


class Binding(msgspec.Struct, frozen=True):
    """Which blob a recipe made."""

    blob_id: str
    size: int
    media_type: str


class Recipe(msgspec.Struct, frozen=True):
    """How a blob is made."""

    tag: str  # its kind
    profile: str
    quarantined: str | None  # why it is not trusted
    bindings: dict[str, Binding]  # by engine


class Video(msgspec.Struct, frozen=True):
    """A file of the library that plays."""

    video_id: str
    show_id: str
    kind: str
    title: str
    duration: float | None  # seconds


class Source(msgspec.Struct, frozen=True):
    """What came of one file."""

    source_id: str
    plan_id: str | None
    plan_sha256: str | None  # of the plan's body
    video: Video | None  # None: a file of subtitles, or a picture
    roots: dict[str, list[str]]  # blob_id of the master playlist → renditions
    seals: dict[str, str]  # rendition → SHA-256 of what is known of it: its playlist's hash, rates
    recipes: dict[str, Recipe]


class Listing(msgspec.Struct, frozen=True):
    """Everything that came of a library."""

    sources: dict[str, Source]  # by path in the library
    refused: dict[str, str]  # path → reason
    said: dict[str, list[str]]  # video_id → how sealing it ended, each time
    answers: dict[str, str]  # path of a URL → what a server said there
    blobs: dict[str, Blob]

    @classmethod
    def load(cls, path: Path) -> Listing:
        """Return the list that a file holds."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def save(self, path: Path) -> None:
        """Write the list, in an order that makes equal lists equal files."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(msgspec.to_builtins(self), indent=1, sort_keys=True) + "\n")

    def summary(self) -> str:
        """Return how much it lists."""
        recipes = {name for source in self.sources.values() for name in source.recipes}
        roots = {name for source in self.sources.values() for name in source.roots}
        return (
            f"{len(self.sources)} sources, {len(self.refused)} refused, {len(recipes)} recipes, "
            f"{len(roots)} roots, {len(self.blobs)} blobs, "
            f"{len(self.answers)} answers"
        )


def read_listing(home: Home, said: dict[str, list[str]], answers: dict[str, str]) -> Listing:
    """Return what an index holds, beside what the command printed and the server answered."""
    videos = _videos(home)
    recipes = _recipes(home)
    names = dict(_names(home))
    names |= {name: name for name in recipes.keys() - names.values()}  # pictures
    sources = {
        name: _source(home, source_id, videos.get(name), recipes.get(source_id, {}))
        for name, source_id in names.items()
    }
    return Listing(sources, _refused(home), said, answers, _blobs(home))


def _names(home: Home) -> Iterator[tuple[str, str]]:
    for table in ("files", "texts"):
        sql = f"SELECT path, source_id FROM {table} WHERE source_id IS NOT NULL"
        for path, source_id in home.rows(sql):
            yield os.fsdecode(path), source_id


def _videos(home: Home) -> dict[str, Video]:
    rows = home.rows(
        "SELECT path, video_id, show_id, kind, title, duration FROM files WHERE problem IS NULL"
    )
    return {os.fsdecode(path): Video(*facts) for path, *facts in rows}


def _recipes(home: Home) -> dict[str, dict[str, Recipe]]:
    """Return the recipes of each source."""
    bindings: defaultdict[str, dict[str, Binding]] = defaultdict(dict)
    for recipe_id, engine, *made in home.rows(
        "SELECT recipe_id, engine, blob_id, size, media_type FROM bindings JOIN blobs USING "
        "(blob_id)"
    ):
        bindings[recipe_id][engine] = Binding(*made)
    found: defaultdict[str, dict[str, Recipe]] = defaultdict(dict)
    for recipe_id, source_id, profile, body, quarantined in home.rows(
        "SELECT recipe_id, source_id, profile, body, quarantined FROM recipes"
    ):
        tag = json.loads(body)["type"]
        found[source_id][recipe_id] = Recipe(tag, profile, quarantined, bindings[recipe_id])
    return dict(found)


def _source(home: Home, source_id: str, video: Video | None, recipes: dict[str, Recipe]) -> Source:
    plans = home.rows("SELECT plan_id, body FROM plans WHERE source_id = ?", source_id)
    if not plans:
        return Source(source_id, None, None, video, {}, {}, recipes)
    ((plan_id, body),) = plans
    roots = home.rows("SELECT blob_id, renditions FROM roots WHERE plan_id = ?", plan_id)
    seals = home.rows("SELECT rendition, body FROM seals WHERE plan_id = ?", plan_id)
    return Source(
        source_id,
        plan_id,
        hashlib.sha256(body).hexdigest(),
        video,
        {blob_id: json.loads(names) for blob_id, names in roots},
        {rendition: hashlib.sha256(seal).hexdigest() for rendition, seal in seals},
        recipes,
    )


def _refused(home: Home) -> dict[str, str]:
    rows = home.rows(
        "SELECT path, problem FROM files WHERE problem IS NOT NULL "
        "UNION ALL SELECT path, problem FROM texts WHERE problem IS NOT NULL "
        "UNION ALL SELECT path, reason FROM scan_problems"
    )
    return {os.fsdecode(path): reason for path, reason in rows}


def _blobs(home: Home) -> dict[str, Blob]:
    rows = home.rows("SELECT blob_id, size, media_type, pinned FROM blobs")
    return {blob_id: Blob(size, kind, bool(pinned)) for blob_id, size, kind, pinned in rows}
