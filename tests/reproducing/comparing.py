"""What differs between two lists, in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.reproducing.listing import Listing, Source

_EXAMPLES: Final = 3  # of each kind of difference


class Fact(NamedTuple):
    """One thing that a list says; two lists say the same of it, or they differ."""

    kind: str
    where: str
    value: str


def differences(before: Listing, after: Listing) -> list[str]:
    """Return how many facts of each kind differ, and the first of them; empty if none does."""
    old, new = ({fact[:2]: fact.value for fact in _facts(each)} for each in (before, after))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for kind, where in sorted(old.keys() | new.keys()):
        was, became = old.get((kind, where)), new.get((kind, where))
        if was is None:
            found[f"{kind}: only after"].append(f"{where}: {became}")
        elif became is None:
            found[f"{kind}: only before"].append(f"{where}: {was}")
        elif was != became:
            found[f"{kind}: differs"].append(f"{where}: {was} became {became}")
    return [line for what, examples in found.items() for line in _told(what, examples)]


def _told(what: str, examples: list[str]) -> Iterator[str]:
    yield f"{what}: {len(examples)}"
    yield from (f"    {example}" for example in examples[:_EXAMPLES])


def _facts(listing: Listing) -> Iterator[Fact]:
    for path, reason in listing.refused.items():
        yield Fact("refused", path, reason)
    for video_id, endings in listing.said.items():
        yield Fact("sealing", video_id, " | ".join(endings))
    for url, answer in listing.answers.items():
        yield Fact("answer", url, answer)
    for blob_id, blob in listing.blobs.items():
        yield Fact("blob", blob_id, str(blob))
    for path, source in listing.sources.items():
        yield from _facts_of(path, source)


def _facts_of(path: str, source: Source) -> Iterator[Fact]:
    yield Fact("source", path, source.source_id)
    yield Fact("plan", path, f"{source.plan_id}, body {source.plan_sha256}")
    yield Fact("video", path, str(source.video))
    for blob_id, renditions in source.roots.items():
        yield Fact("root", f"{path} {blob_id}", ", ".join(renditions))
    for rendition, seal in source.seals.items():
        yield Fact("seal", f"{path} {rendition}", seal)
    for recipe_id, recipe in source.recipes.items():
        where = f"{path} {recipe_id}"
        yield Fact("recipe", where, f"{recipe.tag} {recipe.profile} {recipe.quarantined}")
        for engine, binding in recipe.bindings.items():
            yield Fact("binding", f"{where} {engine}", str(binding))
