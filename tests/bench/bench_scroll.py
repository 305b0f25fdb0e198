"""The page of all movies with 5 000 of them, in Chromium: by wheel and by holding Down.

Needs the checkout on PYTHONPATH, chromium, node and tests/web/node_modules. Every title has a
poster of its own, which the server scales when the browser asks for it. Both ways take fifteen
seconds: the wheel turns as fast as would be needed to see everything, if no frame were late. Frames
are those of requestAnimationFrame, drawn without a graphics card.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from blobhls.app.background import scan_library
from tests.system.inprocess import Inside, inside
from tests.system.server import Home
from tests.web.gallery import draw_scene, font
from tests.web.invented_library import FILMS

_SIZE = (400, 600)  # pixels of a poster


def poster(ground: Image.Image, number: int) -> bytes:
    """Return a poster that no other title has."""
    picture = ground.copy()
    ImageDraw.Draw(picture).text((40, 60), str(number), font=font(120), fill="white")
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()


def make_titles(inner: Inside, library: Path, count: int) -> None:
    """List `count` films, each with a poster; nothing looks into their files."""
    for number in range(count):
        (library / f"Title {number:04} ({1950 + number % 70}).mkv").touch()
    asyncio.run_coroutine_threadsafe(scan_library(inner.services), inner.loop).result()
    grounds = [draw_scene(film.scene, _SIZE) for film in FILMS]
    catalogue = inner.services.storage.catalogue
    shows, _ = catalogue.shows()
    for number, show in enumerate(shows):
        picture = poster(grounds[number % len(grounds)], number)
        put = inner.services.vault.put(picture, "image/jpeg")
        info = asyncio.run_coroutine_threadsafe(put, inner.loop).result()
        catalogue.set_artwork(show.show_id, "thumbnail", info.blob_id)


def measured(address: str) -> dict[str, Any]:
    """Return what `scroll.mjs` saw."""
    script = str(Path(__file__).with_name("scroll.mjs"))
    done = subprocess.run(["node", script, address], check=True, capture_output=True)
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=5000)
    titles = parser.parse_args().titles
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "library", Path(folder))
        home.library.mkdir()
        with inside(home, workers="2") as inner:
            make_titles(inner, home.library, titles)
            cold, warm = measured(inner.address), measured(inner.address)
    table = Table("", "by wheel", "by wheel again", "holding Down", "again")
    runs = (cold["wheel"], warm["wheel"], cold["keys"], warm["keys"])
    for name, show in _ROWS.items():
        table.add_row(name, *map(show, runs))
    console = Console()
    console.print(table)
    console.print(f"{titles} titles, all listed after {cold['ready']:.0f} ms")


_ROWS: dict[str, Callable[[dict[str, Any]], str]] = {
    "pixels scrolled": lambda run: f"{run['pixels']:.0f}",
    "frames a second": lambda run: f"{run['frames'] / run['seconds']:.0f}",
    "from frame to frame, median": lambda run: f"{run['median']:.0f} ms",
    "99 %": lambda run: f"{run['late']:.0f} ms",
    "longest": lambda run: f"{run['longest']:.0f} ms",
    "over 50 ms": lambda run: f"{run['slow']} of {run['frames']}",
    "long tasks": lambda run: f"{run['tasks']}, {run['longestTask']:.0f} ms at most",
    "frames without a card in the middle": lambda run: f"{run['empty']}",
    "layout shift": lambda run: f"{run['shifted']:.3f}",
    "elements at most": lambda run: f"{run['nodes']}",
}


if __name__ == "__main__":
    main()
