"""What a thread of this process did with its time, and what the machine did to it."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time
from typing import Final

import msgspec

# `os.pread` lets go of the interpreter, which a busy event loop then keeps for 5 ms each time:
# through PyDLL it is kept, and a look at a dozen threads takes microseconds.
_pread: Final = ctypes.PyDLL(None).pread
_ROOM: Final = 256  # bytes: schedstat is shorter, and /proc/stat has the sum in its first line
_TICK: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Moment(msgspec.Struct, frozen=True):
    """Running totals in ns; only differences between two moments mean something."""

    wall: int
    cpu: int  # of the thread
    paused: int  # of that, or seemingly: it collected garbage, or another machine ran
    noise: int  # for which nobody's code in the thread is to blame


class _File:
    """A small file below `/proc`, kept open."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: SIM115, PTH123 - kept open
        self._into = ctypes.create_string_buffer(_ROOM)

    def words(self) -> list[bytes]:
        """Return what it begins with; nothing once its thread has ended."""
        length = _pread(self._file.fileno(), self._into, ctypes.c_size_t(_ROOM), ctypes.c_long(0))
        return self._into.raw[: max(length, 0)].split()

    def close(self) -> None:
        """Close it."""
        self._file.close()


class Clock:
    """Takes moments. To be used by one thread at a time."""

    def __init__(self) -> None:
        self._machine = _File("/proc/stat")
        self._threads: dict[int, _File] = {}
        self._delays: dict[int, int] = {}  # ns by thread
        self._delayed = 0  # ns of all threads that ever were
        self._collecting: dict[int, int] = {}  # since when, by thread
        self._collected: dict[int, int] = {}  # ns by thread
        gc.callbacks.append(self._note_collection)

    def moment(self, ident: int, cpu_clock: int) -> Moment:
        """Return where a thread stands.

        Noise is what may have kept a thread from running, or may have seemed to: time for which
        any thread of this process stood in the run queue (it may have held the interpreter's
        lock), time that the others had (they may have held it too), and time that the hypervisor
        gave to other machines. The collector walks over all objects of the tests, so its pauses
        are noise as well.
        """
        cpu = time.clock_gettime_ns(cpu_clock)
        others = time.process_time_ns() - cpu
        stolen = int(self._machine.words()[8]) * _TICK  # proc(5): cpu user nice … steal
        paused = stolen + self._collected.get(ident, 0)
        noise = self._waited() + others + paused
        return Moment(time.monotonic_ns(), cpu, paused, noise)

    def close(self) -> None:
        """Have nothing open any more."""
        gc.callbacks.remove(self._note_collection)
        for file in (self._machine, *self._threads.values()):
            file.close()

    def _waited(self) -> int:
        for thread in threading.enumerate():
            if thread.native_id is not None:
                self._look_at(thread.native_id)
        return self._delayed

    def _look_at(self, tid: int) -> None:
        if tid not in self._threads:
            try:
                self._threads[tid] = _File(f"/proc/self/task/{tid}/schedstat")
            except OSError:  # it has just ended
                return
        words = self._threads[tid].words()
        if not words:
            self._threads.pop(tid).close()
            self._delays.pop(tid, None)
            return
        delay = int(words[1])  # ns on the processor, ns in the run queue, turns
        self._delayed += delay - self._delays.get(tid, 0)
        self._delays[tid] = delay

    def _note_collection(self, phase: str, _info: dict[str, int]) -> None:
        ident = threading.get_ident()
        if phase == "start":
            self._collecting[ident] = time.monotonic_ns()
        elif ident in self._collecting:
            took = time.monotonic_ns() - self._collecting.pop(ident)
            self._collected[ident] = self._collected.get(ident, 0) + took
