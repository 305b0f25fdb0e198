"""Wait before the page: from a click on Play to the first picture, and for places never seen.

Run by hand: `python tests/bench/bench_page.py [--media FOLDER]` where the package is installed.
Needs `ffmpeg`, Chromium, Node and `npm install --prefix tests/web --no-package-lock`. The film
is ten minutes of 1080p H.264; every turn has a copy with a fingerprint of its own that nothing
has looked into, and a browser that was never here. The click comes as soon as the title is shown.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from statistics import median
from typing import Any, Final

import uvloop

from tests.bench.material import (
    fresh_settings,
    listed,
    load_line,
    long_film,
    media_folder,
    middle,
    never_seen,
    serving,
    settle,
)
from tests.web.browser import PROGRAMS, Browser, open_browser

_TURNS: Final = 7
_PLACES: Final = [150, 400, 250, 550]  # seconds
_ALLOWED: Final = 1.0  # seconds, for each
_WEIGHT: Final = (400_000, 60_000)  # bytes: all, ours
_PAGES: Final = {
    "home": ("/", "home-view a"),
    "the player": ("/watch/{id}", ".controls media-play-button"),
}


def main() -> None:
    """Print the tables."""
    film = long_film(media_folder(__doc__), ".mp4")
    node, program = shutil.which("node"), shutil.which(PROGRAMS["chromium"])
    if node is None or program is None:
        raise SystemExit("needs node and chromium")
    with (
        open_browser(node, "chromium", program) as browser,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        waits, weights = runner.run(_measured(browser, film))
    print(f"median (range) of {_TURNS} turns in ms, {load_line()}\n")
    print("| what | ms | must be | |\n|---|---|---|---|")
    for what, seconds in waits.items():
        said = _said(median(seconds), _ALLOWED)
        print(f"| {what} | {middle(seconds)} | ≤ {_ALLOWED * 1000:.0f} | {said} |")
    print("\n| first load of | compressed | of it ours | |\n|---|---|---|---|")
    for what, weight in weights.items():
        ours = weight["all"] - weight["vendor"]
        said = _said(max(weight["all"] / _WEIGHT[0], ours / _WEIGHT[1]), 1)
        print(f"| {what} | {weight['all'] / 1000:.0f} KB | {ours / 1000:.0f} KB | {said} |")


async def _measured(
    browser: Browser, film: Path
) -> tuple[dict[str, list[float]], dict[str, dict[str, int]]]:
    """Return seconds by what was waited for, and bytes by page."""
    first: list[float] = []
    seeks: list[float] = []
    with fresh_settings() as settings:
        async with serving(settings) as (services, address):

            async def see(scenario: str, **given: object) -> Any:  # noqa: ANN401 - what the scenario returns
                return await asyncio.to_thread(browser.see, address, scenario, given)

            for number in range(_TURNS + 1):
                copy = never_seen(film, settings.target_path, number)
                settle()
                video_id = await listed(services, copy)
                seen = await see("waits", id=video_id, places=_PLACES)
                if number:  # the first warms both up
                    first.append(seen["first"] / 1000)
                    seeks += [wait / 1000 for wait in seen["seeks"]]
                if number < _TURNS:
                    copy.unlink()
            weights = {
                name: await see("weighs", path=path.format(id=video_id), ready=ready)
                for name, (path, ready) in _PAGES.items()
            }
    return {"click to first picture": first, "seek to an unseen place": seeks}, weights


def _said(measured: float, allowed: float) -> str:
    return "reached" if measured <= allowed else "missed"


if __name__ == "__main__":
    main()
