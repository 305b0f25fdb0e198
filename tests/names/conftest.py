from __future__ import annotations

from collections.abc import Callable

import pytest

from blobhls.names.extras import read_extras_folder
from blobhls.names.folders import episode_index, read_extras, read_folder
from blobhls.names.readings import Episode, Movie, Reading
from blobhls.names.series import Folder


@pytest.fixture(scope="session")
def told() -> Callable[[str, list[str]], str]:
    """Return a function that reads a path, with the other videos of its folder, as one line."""
    return _told


def _told(path: str, others: list[str]) -> str:
    """Return the reading of `path` as one line; `others`: the other videos of its folder."""
    above, _, name = path.rpartition("/")
    folder = Folder(above, (name, *others), (), "Library")
    inside = read_extras_folder(folder.parts)
    if inside is None:
        return _line(read_folder(folder)[0])
    return _line(read_extras(folder, inside.kind)[0])


def _line(reading: Reading) -> str:
    if isinstance(reading, Movie):
        words = [reading.title, f"({reading.year})" if reading.year else ""]
    elif isinstance(reading, Episode):
        first, last = (
            (reading.episodes[0], reading.episodes[-1]) if reading.episodes else (None, None)
        )
        index = episode_index(reading.season, first, last, reading.aired)
        year = f" ({reading.series_year})" if reading.series_year else ""
        words = [f"{reading.series_title}{year}:", index or "-", reading.title]
    else:
        return f"{reading.kind}: {reading.title}" + (f" of {reading.of}" if reading.of else "")
    choice = reading.choice
    words += [f"<{choice.version}>" if choice.version else ""]
    words += [f"{{{choice.edition}}}" if choice.edition else ""]
    words += [f"part {choice.part}" if choice.part else ""]
    words += [f"{provider}={value}" for provider, value in reading.ids]
    words += [f"see {choice.main}" if choice.main else ""]
    return " ".join(filter(None, words))
