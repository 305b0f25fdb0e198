"""Peak memory of a worker that turns 4K HEVC of ten bits into 1080p.

Run by hand: `python tests/bench/bench_worker.py [--media FOLDER]` where the package is installed.
Needs `ffmpeg` with libx265 for the film, which is made once. A process of its own does what a
worker is asked to do: a survey, then one window of `1080p_h264`, in SDR and, tone-mapped, in HDR.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from blobhls.media import worker
from blobhls.media.jobs import Render, Survey
from blobhls.media.places import Places
from blobhls.media.plan.plan import Plan
from blobhls.media.references import LibraryFile, StagedFile
from tests.bench.material import hevc_4k, load_line, media_folder

_LIMIT: Final = 600  # MB
_MEMORY: Final = 4 << 30  # bytes, as the server allows
_RENDITION: Final = "1080p_h264"


def main() -> None:
    """Print the table."""
    folder = media_folder(__doc__)
    print(f"{load_line()}\n")
    print("| what | peak MB | CPU s |\n|---|---|---|")
    for kind in ("sdr", "hdr"):
        film = hevc_4k(folder, hdr=kind == "hdr")
        line = [sys.executable, __file__, "--alone", str(film)]
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        peak, cpu = done.stdout.split()
        print(f"| {film.name} to 1080p | {peak} (must be ≤ {_LIMIT}) | {cpu} |")


def alone(film: Path) -> None:
    """Be the worker; prints peak memory and CPU time."""
    source = LibraryFile(film.name.encode())
    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder)
        executor = worker.start(Places(film.parent, staging, staging), _MEMORY)
        plan = msgspec.json.decode(executor.execute(Survey(source)).plan, type=Plan)
        recipe = plan.recipe(plan.rendition(_RENDITION), 1)
        executor.execute(Render(source, recipe, StagedFile("segment")))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_maxrss / 1000:.0f} {used.ru_utime + used.ru_stime:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        alone(Path(sys.argv[2]))
    elif shutil.which("ffmpeg") is None:
        raise SystemExit("needs ffmpeg")
    else:
        main()
