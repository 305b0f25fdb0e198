"""What the benches measure with: long films, and a server without its background work.

The films are made once and kept in a folder, so that only the first run pays for them.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import uvicorn

from blobhls.app.asgi import build_app
from blobhls.app.background import scan_library
from blobhls.app.http.transport import CoalescingProtocol
from blobhls.app.services import Services, open_services
from blobhls.settings import Settings, load

MB: Final = 1_000_000
_KEPT: Final = "blobhls-bench"


def media_folder(description: str | None) -> Path:
    """Return the folder that `--media` names, else one that stays among the temporary files."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--media", type=Path, default=Path(tempfile.gettempdir(), _KEPT))
    folder: Path = parser.parse_args().media
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def long_film(folder: Path, suffix: str) -> Path:
    """Return ten minutes of 1080p30 H.264 and AAC, about 400 MB, as `.mp4` or `.mkv`."""
    return _kept(folder / f"long{suffix}", size="1920x1080", rate=5_200, loops=29)


def film_4k(folder: Path) -> Path:
    """Return 200 s of 3840x2160 H.264 and AAC at 40 Mb/s, about 1 GB."""
    return _kept(folder / "uhd.mp4", size="3840x2160", rate=40_000, loops=9)


def hevc_4k(folder: Path, *, hdr: bool) -> Path:
    """Return ten seconds of 3840x2160 HEVC in ten bits, B-frames, as SDR or as HDR10."""
    film = folder / f"hevc-{'hdr' if hdr else 'sdr'}.mp4"
    if film.exists():
        return film
    part = film.with_suffix(".part.mp4")
    if hdr:
        said = "colour_primaries=9:transfer_characteristics=16:matrix_coefficients=9"
        source = ("-i", str(hevc_4k(folder, hdr=False)), "-c", "copy")
        run_ffmpeg(*source, "-bsf:v", f"hevc_metadata={said}", "-tag:v", "hvc1", str(part))
    else:
        parameters = "log-level=none:keyint=48:scenecut=0:open-gop=0:bframes=4:ref=4"
        run_ffmpeg(
            *("-f", "lavfi", "-i", "testsrc2=s=3840x2160:r=24", "-t", "10", "-tag:v", "hvc1"),
            *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", parameters),
            *("-pix_fmt", "yuv420p10le", str(part)),
        )
    part.replace(film)
    return film


def _kept(film: Path, *, size: str, rate: int, loops: int) -> Path:
    """Make 20 s once and repeat them without encoding; `rate` in kbit/s."""
    if film.exists():
        return film
    once = film.with_name(f"once-{size}.mp4")
    if not once.exists():
        part = once.with_suffix(".part.mp4")
        source = f"testsrc2=s={size}:r=30,noise=alls=20:allf=t"
        run_ffmpeg(
            *("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "20"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "90"),
            *("-b:v", f"{rate}k", "-maxrate", f"{rate}k", "-bufsize", f"{rate}k"),
            *("-c:a", "aac", "-b:a", "160k", "-ac", "2", str(part)),
        )
        part.replace(once)
    part = film.with_suffix(f".part{film.suffix}")
    run_ffmpeg("-stream_loop", str(loops), "-i", str(once), "-c", "copy", str(part))
    part.replace(film)
    return film


def never_seen(film: Path, library: Path, number: int) -> Path:
    """Put a film into a library under a new name and with new bytes at its end.

    The bytes, past what either container reads, give it a fingerprint of its own.
    """
    copy = library / f"Film {number}{film.suffix}"
    subprocess.run(["cp", "--reflink=auto", film, copy], check=True)
    if film.suffix == ".mp4":
        tail = (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")
    else:
        tail = b"\xec\x88" + number.to_bytes(8, "big")  # an EBML Void element of 8 bytes
    with copy.open("ab") as file:
        file.write(tail)
    return copy


def run_ffmpeg(*arguments: str) -> None:
    """Run ffmpeg to its end."""
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def settle() -> None:
    """Have the disk finish what was written so far: the next one must not pay for it."""
    os.sync()


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds `action` takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def load_line() -> str:
    """Say how busy the machine was: ratios of a busy one are worth less."""
    return f"load {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} cores"


def middle(seconds: list[float]) -> str:
    """Return median and range in milliseconds."""
    low, high = min(seconds) * 1000, max(seconds) * 1000
    return f"{median(seconds) * 1000:.0f} ({low:.0f} to {high:.0f})"


@contextmanager
def fresh_settings(workers: int = 2) -> Iterator[Settings]:
    """Give an empty library, index and cache on the disk; gone afterwards."""
    # Not in a memory file system: the syncs of the store are part of what is measured.
    with tempfile.TemporaryDirectory(dir=os.environ.get("BLOBHLS_BENCH_DIR")) as name:
        folder = Path(name)
        (folder / "library").mkdir()
        flags = {
            "target_path": str(folder / "library"),
            "db": str(folder / "index.db"),
            "cache_path": str(folder / "blobs"),
            "workers": str(workers),
            "port": "0",
        }
        yield load(flags, {})


@contextmanager
def command(settings: Settings, *more: str) -> Iterator[tuple[str, int]]:
    """Run the real command; yields its address, without `/` at the end, and its process id.

    `more`: further flags.
    """
    chosen = ("target_path", "db", "cache_path", "workers", "port")
    flags = [f"--{name.replace('_', '-')}={getattr(settings, name)}" for name in chosen]
    line = [sys.executable, "-m", "blobhls", *flags, *more]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            yield said.split()[-1].rstrip("/"), process.pid
        finally:
            process.terminate()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[Services, str]]:
    """Serve the real application on a real socket, without the task that probes files ahead.

    Yields the services and the address. `await scan_library(services)` lists new files.
    """
    async with open_services(settings) as services:
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        config = uvicorn.Config(
            build_app(services),
            port=0,
            http=CoalescingProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield services, f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await running


async def listed(services: Services, film: Path) -> str:
    """Walk over the library and return the id of a video in it."""
    await scan_library(services)
    shows, _ = services.storage.catalogue.shows()
    return next(v.video_id for show in shows for v in show.videos if v.path == film.name)
