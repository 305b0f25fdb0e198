"""Have a build make everything of a library that it makes in reasonable time, and list it."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.reproducing.asking import answers
from tests.reproducing.build import Build, Home, Trouble
from tests.reproducing.listing import Listing, read_listing

_SHORT: Final = 15  # seconds of a file of which a rung is encoded too
_RUNG: Final = re.compile(r"(\d+)p_h264")
_TEXTS: Final = 3  # files that get subtitles beside them: no file of the corpus has any
_SUBTITLES: Final = """\
1
00:00:00,200 --> 00:00:01,000
<i>Where</i> were we?

2
00:00:01,500 --> 00:00:09,000
Über den Fluß,
and back again.
"""


def write(build: Build, home: Home, media: Path, renditions: Sequence[str]) -> Listing:
    """Fill a new home with the media, have all of it sealed, and return what came of it.

    Of each short file, those of `renditions` that it has are sealed too, or its lowest rung, and
    every sound. Raises `Trouble`.
    """
    if home.db.exists():
        raise Trouble(f"{home.folder} is in use already: what is known there is not made again")
    _fill(home.library, media)
    build.run(home, "scan")
    said = defaultdict(list)
    outputs = [build.run(home, "seal", "--all")]
    for names, videos in sorted(_more(home, renditions).items()):
        flags = [word for name in names for word in ("--rendition", name)]
        outputs.append(build.run(home, "seal", *videos, *flags))
    for line in "".join(outputs).splitlines():
        video_id, _, ending = line.partition("  ")
        said[video_id].append(ending)
    with build.serving(home) as address:
        told = answers(address, home)
    return read_listing(home, dict(said), told)


def _fill(library: Path, media: Path) -> None:
    """Copy the media: what a state was made of then stays with it, whatever becomes of the rest."""
    shutil.copytree(media, library)
    for folder in (library, *(path for path in library.rglob("*") if path.is_dir())):
        folder.chmod(0o755)  # the corpus may be read-only
    files = sorted(path for path in library.iterdir() if path.is_file())
    for path in [path for path in files if path.suffix != ".md"][:_TEXTS]:
        path.with_suffix(".de.srt").write_text(_SUBTITLES, "utf-8")


def _more(home: Home, renditions: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """Return the videos of which more is to be sealed, by what that is: a command for each."""
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    rows = home.rows(
        "SELECT video_id, plan_id, body FROM files JOIN plans USING (source_id) "
        "WHERE problem IS NULL AND duration < ? ORDER BY video_id",
        _SHORT,
    )
    for video_id, plan_id, body in rows:
        kinds = {each["name"]: each["kind"] for each in json.loads(body)["renditions"]}
        sealed = home.rows("SELECT rendition FROM seals WHERE plan_id = ?", plan_id)
        wanted = _wanted(kinds, renditions) - {name for (name,) in sealed}
        if wanted:
            found[tuple(sorted(wanted))].append(video_id)
    return found


def _wanted(kinds: dict[str, str], renditions: Sequence[str]) -> set[str]:
    rungs = sorted((int(rung[1]), name) for name in kinds if (rung := _RUNG.fullmatch(name)))
    pictures = [name for name in renditions if name in kinds] or [name for _, name in rungs[:1]]
    return {*pictures, *(name for name, kind in kinds.items() if kind != "video")}
