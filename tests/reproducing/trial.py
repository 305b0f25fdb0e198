"""Derive the same recipes in processes that have little in common, and compare."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from blobhls.encoding_profiles import profile_named
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import Timed, encode

ROOT: Final = Path(__file__).parents[2]


class Way(msgspec.Struct, frozen=True):
    """How a process derives."""

    name: str
    cores: int
    cpu: Literal["own", "old"]


WAYS: Final = (
    Way("two cores", 2, "own"),
    Way("one core", 1, "own"),
    Way("SSE2 alone", 2, "old"),
)


class Piece(msgspec.Struct, frozen=True):
    """One recipe of a plan."""

    rendition: str
    number: int  # of the window; -1 for the initialisation section
    recipe: Timed


def pieces(plan: Plan, most: int) -> list[Piece]:
    """Return `most` windows of every evictable rendition, from its first to its last."""
    return [
        piece
        for rendition in plan.renditions
        if profile_named(rendition.template.profile).evictable
        for piece in _of(plan, rendition, most)
    ]


def _of(plan: Plan, rendition: Rendition, most: int) -> Iterator[Piece]:
    init = plan.init(rendition)
    if init is not None:
        yield Piece(rendition.name, -1, init)
    last = rendition.count - 1
    steps = max(1, most - 1)
    places = {last * step // steps for step in range(most)} if most > 1 else {last // 2}
    for number in sorted(places):
        yield Piece(rendition.name, number, plan.recipe(rendition, number))


def derived(source: Path, recipes: Sequence[Timed], way: Way) -> list[str]:
    """Return what a process of its own makes of recipes: hashes, or reasons."""
    script = [sys.executable, "-m", "tests.reproducing.deriving"]
    result = subprocess.run(
        [*script, str(source), str(way.cores), way.cpu],
        input="\n".join(encode(recipe).decode() for recipe in recipes),
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    lines = result.stdout.splitlines()
    if len(lines) < len(recipes):
        said = result.stderr.strip().splitlines()
        lines += [f"the process ended: {said[-1] if said else result.returncode}"]
    return lines + ["not tried"] * (len(recipes) - len(lines))
