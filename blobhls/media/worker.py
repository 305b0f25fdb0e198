"""A worker process: its setup and its engine."""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import sys
from pathlib import Path
from typing import Final

import av

from blobhls.media.execution import Executor
from blobhls.media.images.scaler import encoder
from blobhls.media.jobs import AnyJob
from blobhls.media.places import Places
from blobhls.media.results import Engine

_PR_SET_PDEATHSIG: Final = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_MOST_KEPT: Final = 32 << 20  # bytes; glibc takes no higher threshold
_CPU_CLASSES: Final = ("avx512f", "avx2", "avx", "sse4_2", "asimd")

JOBS: Final = AnyJob
"""The jobs that a worker of this module executes."""


def start(places: Places, memory: int) -> Executor:
    """Set this process up as a worker and return its executor.

    `memory`: bytes of address space.
    """
    prepare(memory)
    return Executor(places, Engine(engine(), encoder()))


def prepare(memory: int) -> None:
    """Set up a process: limited memory, quiet libav, and SIGKILL when the server ends.

    `memory`: bytes of address space.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _keep_freed_memory()
    av.logging.set_level(av.logging.PANIC)


def _keep_freed_memory() -> None:
    """Have glibc reuse the memory of one segment for the next.

    Releasing it to the system and faulting it in anew took a tenth of the time of cutting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MOST_KEPT)
        mallopt(_M_TRIM_THRESHOLD, 2 * _MOST_KEPT)


def engine() -> str:
    """Return the name of the engine: versions of libav* and the class of CPU."""
    libraries = "/".join(
        f"{name}-{'.'.join(map(str, version))}"
        for name, version in sorted(av.library_versions.items())
        if name in {"libavcodec", "libavformat", "libavfilter", "libswscale", "libswresample"}
    )
    return f"av-{av.__version__} {libraries} {platform.machine()}/{_cpu_class()}"


def _cpu_class() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return platform.processor() or "unknown"
    return next((name for name in _CPU_CLASSES if name in flags), "baseline")
