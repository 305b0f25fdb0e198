"""A process that derives recipes: `python -m tests.reproducing.deriving SOURCE CORES CPU`.

Reads one recipe a line; prints the SHA-256 of each, or why it can't be made. `CPU` is `own`, or
`old` for the instructions of a CPU of 2003.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from pathlib import Path
from typing import Final

import av

from blobhls.errors import BlobhlsError
from blobhls.media import worker
from blobhls.media.render import render
from blobhls.media.video import encoder_options
from blobhls.recipe import EncodeVideo, decode, timed

_SSE2: Final = 0x1F  # AV_CPU_FLAG_MMX … SSE2, and nothing newer
_MEMORY: Final = 4 << 30  # bytes, as the server allows


def main(source: str, cores: str, cpu: str) -> None:
    """Derive what standard input asks for."""
    worker.prepare(_MEMORY)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    if cpu == "old":
        _forget_new_instructions()
    for line in sys.stdin:
        print(_outcome(line.encode(), Path(source)), flush=True)


def _outcome(body: bytes, source: Path) -> str:
    try:
        return hashlib.sha256(render(timed(decode(body)), source)).hexdigest()
    except BlobhlsError as error:
        return f"{type(error).__name__}: {error}"


def bundled(name: str) -> Path | None:
    """Return a library that PyAV's wheel brings along; None where it uses the system's."""
    folder = Path(av.__file__).parent.with_name("av.libs")
    return next(iter(sorted(folder.glob(f"{name}*"))), None)


def _forget_new_instructions() -> None:
    libavutil, dav1d = bundled("libavutil"), bundled("libdav1d")
    if libavutil is None:
        raise SystemExit("libav is not bundled with PyAV here: its CPU flags can't be reached")
    ctypes.CDLL(str(libavutil)).av_force_cpu_flags(_SSE2)
    if dav1d is not None:
        ctypes.CDLL(str(dav1d)).dav1d_set_cpu_flags_mask(0)
    configure = encoder_options.configure  # x264 looks at the CPU itself

    def configured(encoder: av.VideoCodecContext, recipe: EncodeVideo) -> None:
        configure(encoder, recipe)
        parameters = encoder.options["x264-params"] + ":asm=sse2"
        encoder.options = {**encoder.options, "x264-params": parameters}

    encoder_options.configure = configured


if __name__ == "__main__":
    main(*sys.argv[1:])
