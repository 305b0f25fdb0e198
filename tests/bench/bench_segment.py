"""Make one 720p segment from 1080p H.264: render against the ffmpeg command line.

Run by hand: `python tests/bench/bench_segment.py [FILE]` where the package is installed (or
PYTHONPATH=.). Needs `ffmpeg`; without FILE it makes a film of a minute for itself. Ours and theirs
take turns, so that what else the machine does meets both; ratios are of medians. Ours is a fresh
process each time, interpreter and imports included. On a machine that others use, the seconds of
CPU say more about two at once than the clock on the wall: both are printed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.recipe import Segment, encode

_TURNS: Final = 3
_COLD: Final = 1.2  # times ffmpeg's seconds, at most
_SUSTAINED: Final = 0.9  # of ffmpeg's frames for a second of CPU, two processes each, at least
_RENDITION: Final = "720p_h264"
_OURS: Final = """
import sys
from pathlib import Path
from blobhls.media.render import render
from blobhls.recipe import decode
sys.stdout.buffer.write(render(decode(sys.argv[2].encode()), Path(sys.argv[1])))
"""


class Cost(msgspec.Struct, frozen=True):
    """Seconds that some processes took, side by side."""

    wall: float
    cpu: float


class Span(msgspec.Struct, frozen=True):
    """The same stretch of film for both."""

    start: float  # seconds
    duration: float
    recipe: Segment


def main() -> int:
    """Print one line for each measurement; the exit code says whether both targets are met."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(sys.argv[1]) if len(sys.argv) > 1 else _film(Path(folder))
        plan = make_plan("bench", probe(source))
        first, second = _spans(plan)
        cold = _compare(f"one segment of {first.duration:.1f} s", source, [first])
        sustained = _compare("two at once", source, [first, second])
    return 0 if cold.wall <= _COLD and 1 / sustained.cpu >= _SUSTAINED else 1


def _compare(label: str, source: Path, spans: list[Span]) -> Cost:
    """Print what both take for `spans` at once; return ours as a multiple of theirs."""
    ours, theirs = [], []
    for _ in range(_TURNS):
        ours.append(_timed([_ours(source, span) for span in spans]))
        theirs.append(_timed([_theirs(source, span) for span in spans]))
    wall = [statistics.median(cost.wall for cost in side) for side in (ours, theirs)]
    cpu = [statistics.median(cost.cpu for cost in side) for side in (ours, theirs)]
    ratio = Cost(wall[0] / wall[1], cpu[0] / cpu[1])
    print(
        f"{label}: ours {wall[0]:.2f} s, ffmpeg {wall[1]:.2f} s, {ratio.wall:.2f} times; "
        f"of CPU {cpu[0]:.2f} s and {cpu[1]:.2f} s, {ratio.cpu:.2f} times"
    )
    return ratio


def _film(folder: Path) -> Path:
    """Make a minute of 1080p with a key frame every two seconds."""
    once, film = folder / "once.mp4", folder / "film.mp4"
    picture = "testsrc2=s=1920x1080:r=30,noise=alls=3:allf=t"
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-pix_fmt", "yuv420p"]
    _ffmpeg("-f", "lavfi", "-i", picture, "-t", "6", *encoder, str(once))
    _ffmpeg("-stream_loop", "9", "-i", str(once), "-c", "copy", str(film))
    return film


def _spans(plan: Plan) -> tuple[Span, Span]:
    rendition = plan.rendition(_RENDITION)
    durations = plan.durations(rendition)
    numbers = (len(durations) // 2, len(durations) // 2 + 1)
    first, second = (
        Span(float(sum(durations[:n])), float(durations[n]), plan.recipe(rendition, n))
        for n in numbers
    )
    return first, second


def _ours(source: Path, span: Span) -> list[str]:
    return [sys.executable, "-c", _OURS, str(source), encode(span.recipe).decode()]


def _theirs(source: Path, span: Span) -> list[str]:
    return [
        *("ffmpeg", "-v", "error", "-ss", f"{span.start}", "-t", f"{span.duration}"),
        *("-i", str(source), "-vf", "scale=-2:720", "-an", "-c:v", "libx264"),
        *("-preset", "veryfast", "-threads", "1", "-f", "mpegts", "-"),
    ]


def _timed(commands: list[list[str]]) -> Cost:
    start, before = time.perf_counter(), os.times()
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    codes = [process.wait() for process in running]  # of all of them, failed or not
    if any(codes):
        raise SystemExit("a process failed")
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Cost(time.perf_counter() - start, cpu)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
