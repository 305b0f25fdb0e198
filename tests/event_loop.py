"""Finds what blocks an event loop: callbacks of blobhls that keep everybody else waiting.

A thread leaves a heartbeat in the queue of every running event loop, 200 times a second. uvloop
has no hook for its callbacks, so the thread looks at the stack of a loop that has missed two
looks; a stack tells the line too. It looks at no other: reading the frames of a thread that runs
can corrupt them in Python 3.11. A block is what is seen in one and the same callback from one look
to the next; a second heartbeat tells it from the next turn of the same coroutine.

Whose fault it is: blobhls's, where a frame of blobhls is on the stack, unless the innermost
coroutine is a test's, which then makes clips, say, or calls by itself what the product calls in a
thread. What stands in for a part of blobhls and blocks counts, if it is called by blobhls; so does
a module that is imported: a viewer waits for it too.

How long it took is never overestimated: see `_Suspect.block`.

A server is watched while it serves: before and after, nobody can be kept waiting.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec
import uvicorn
import uvloop

from tests.loop_clock import Clock, Moment

ROOT: Final = Path(__file__).parent.parent
PRODUCT: Final = f"{ROOT / 'blobhls'}/"
TESTS: Final = f"{ROOT / 'tests'}/"
NOTED: Final = 20  # ms; shorter blocks are not told

_EVERY: Final = 0.005  # seconds between two looks
_MISSED: Final = 2  # looks that a loop does not answer before its stack is looked at
_MS: Final = 1_000_000  # ns
_COROUTINE: Final = (
    inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE | inspect.CO_ASYNC_GENERATOR
)
# Below them is the callback.
_LOOP_CODE: Final = frozenset(
    function.__code__
    for function in (
        asyncio.BaseEventLoop.run_forever,
        asyncio.BaseEventLoop._run_once,  # type: ignore[attr-defined]
        asyncio.Handle._run,
    )
)
# Not the doing of the callback: the finalizer of another test's object, and the system's scheduler,
# which a thread that starts another one waits for.
_NOISE_CODE: Final = frozenset(
    {weakref.finalize.__call__.__code__, threading.Thread.start.__code__}
)
_LOOPS: Final[tuple[type[Any], ...]] = (asyncio.BaseEventLoop, uvloop.Loop)


_MainLoop = Callable[[uvicorn.Server], Awaitable[None]]


class Block(msgspec.Struct, frozen=True):
    """One callback that kept its loop for long."""

    blocked: int  # ms for which nothing but its own code is to blame
    cpu: int  # ms of them that it computed; the rest it waited for a lock, a disk, a sleep
    wall: int  # ms that went by
    stack: tuple[str, ...]  # where it was seen most often, innermost first

    def __str__(self) -> str:
        lines = "\n".join(f"    {line}" for line in self.stack)
        return (
            f"{self.blocked} ms ({self.cpu} ms computing, {self.blocked - self.cpu} ms waiting; "
            f"{self.wall} ms by the clock), innermost first:\n{lines}"
        )


class _Suspect:
    """A callback that was seen at work."""

    def __init__(self, root: FrameType, before: Moment, first: Moment) -> None:
        """`before`: the last look that did not see it, `first`: the one that did."""
        self.root = root
        self.beats: list[None] = []  # not empty: the loop has come round since `first`
        self.last = first
        self._before = before
        self._first = first
        self._stacks: Counter[tuple[str, ...]] = Counter()

    def see(self, now: Moment, told: tuple[str, ...]) -> None:
        """Note that it is still at work, and where."""
        self.last = now
        self._stacks[told] += 1

    def block(self, now: Moment) -> Block:
        """Return what is sure about it, once it has ended.

        It computed at least from the first look to the last, and from the look before to the last
        it used up what noise can't explain, without the time in which it may not have begun.
        Noise and pauses are counted until `now`: their ends tell how long they were.
        """
        begun = min(self._first.wall - self._before.wall, int(_MISSED * _EVERY * 1e9))
        wall = self.last.wall - self._before.wall - begun
        paused = now.paused - self._first.paused
        computed = max(0, self.last.cpu - self._first.cpu - paused)
        sure = max(computed, wall - (now.noise - self._before.noise))
        stack = self._stacks.most_common(1)[0][0]
        return Block(sure // _MS, computed // _MS, wall // _MS, stack)


class _Watched:
    """An event loop that runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop, product: str) -> None:
        self.loop = loop
        self.ident = threading.get_ident()
        self._cpu_clock = time.pthread_getcpuclockid(self.ident)
        self.serves: bool | None = None  # None: perhaps it will
        self.early: list[Block] = []
        self._product = product
        self._previous: Moment | None = None
        self._suspect: _Suspect | None = None
        self._beats: list[None] = [None]  # not empty: the loop has come round since the last look
        self._missed = 0  # looks

    def comes_round(self, clock: Clock) -> tuple[bool, Block | None]:
        """Say whether the loop still answers, and return what has come to its end since."""
        if not self._beats:
            self._missed += 1
            return self._missed < _MISSED, None
        suspect, self._suspect = self._suspect, None
        self._previous, self._missed = self._moment(clock), 0
        self._beats = []
        self.loop.call_soon_threadsafe(self._beats.append, None)
        return True, None if suspect is None else suspect.block(self._previous)

    def look(self, clock: Clock, frame: FrameType | None) -> Block | None:
        """Look once; return what has come to its end since."""
        now = self._moment(clock)
        stack = _callback(frame)
        ours = is_ours(stack, self._product)
        suspect, ended = self._suspect, None
        if suspect is not None and (not ours or suspect.root is not stack[-1] or suspect.beats):
            ended, suspect = suspect.block(now), None
        if suspect is None and ours:
            suspect = _Suspect(stack[-1], self._previous or now, now)
            self.loop.call_soon_threadsafe(suspect.beats.append, None)
        if suspect is not None:
            suspect.see(now, _told(stack, self._product))
        self._suspect, self._previous = suspect, now
        return ended

    def begin_to_serve(self) -> None:
        """Forget what was before."""
        self.serves = True
        self._previous = self._suspect = None

    def end(self, clock: Clock) -> Block | None:
        """Return what was at work when the loop ended."""
        return None if self._suspect is None else self._suspect.block(self._moment(clock))

    def _moment(self, clock: Clock) -> Moment:
        return clock.moment(self.ident, self._cpu_clock)


class Watch:
    """Watches all event loops of this process while it is entered."""

    def __init__(self, tell: Callable[[Block], None], product: str = PRODUCT) -> None:
        """`tell` is called in the watching thread; `product`: the folder that is to blame."""
        self._tell = tell
        self._product = product
        self._clock = Clock()
        self._loops: dict[int, _Watched] = {}
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    @contextmanager
    def watching(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Watch a loop that the calling thread is about to run."""
        watched = _Watched(loop, self._product)
        with self._changed:
            self._loops[watched.ident] = watched
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._loops[watched.ident]
                self._note(watched, watched.end(self._clock))
                if watched.serves is None:
                    for block in watched.early:
                        self._tell(block)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Have the calling thread's loop be a server's, which serves during the body."""
        watched = self._loops[threading.get_ident()]
        with self._changed:
            watched.begin_to_serve()
        try:
            yield
        finally:
            with self._changed:
                watched.serves = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
        self._clock.close()

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._loops or self._over)
                if self._over:
                    return
                for watched in self._loops.values():
                    answers, ended = watched.comes_round(self._clock)
                    self._note(watched, ended)
                    if answers:
                        continue
                    frame = sys._current_frames().get(watched.ident)
                    self._note(watched, watched.look(self._clock, frame))
                    del frame  # or its locals would live until the next look
            time.sleep(_EVERY)

    def _note(self, watched: _Watched, block: Block | None) -> None:
        if block is None or block.blocked < NOTED:
            return
        if watched.serves is None:
            watched.early.append(block)
        elif watched.serves:
            self._tell(block)


@contextmanager
def watch(tell: Callable[[Block], None], product: str = PRODUCT) -> Iterator[None]:
    """Have `tell` called with everything that blocks a loop that begins to run in the body."""
    watching = Watch(tell, product)
    with ExitStack() as hooks:
        for kind in _LOOPS:
            hooks.enter_context(_replaced(kind, "run_forever", _run_watched(kind, watching)))
        serve = _serve_watched(uvicorn.Server.main_loop, watching)
        hooks.enter_context(_replaced(uvicorn.Server, "main_loop", serve))
        watching.start()
        hooks.callback(watching.stop)
        yield


@contextmanager
def _replaced(kind: type[Any], name: str, new: object) -> Iterator[None]:
    original = getattr(kind, name)
    setattr(kind, name, new)
    try:
        yield
    finally:
        setattr(kind, name, original)


def _run_watched(kind: type[Any], watching: Watch) -> Callable[[Any], None]:
    original = kind.run_forever

    def run_forever(loop: asyncio.AbstractEventLoop) -> None:
        with watching.watching(loop):
            original(loop)

    return run_forever


def _serve_watched(original: _MainLoop, watching: Watch) -> _MainLoop:
    async def main_loop(server: uvicorn.Server) -> None:
        with watching.serving():
            await original(server)

    return main_loop


def _callback(frame: FrameType | None) -> list[FrameType]:
    """Return the frames of the callback that a loop runs just now, innermost first."""
    found = []
    while frame is not None and frame.f_code.co_filename != __file__:
        found.append(frame)
        frame = frame.f_back
    while found and found[-1].f_code in _LOOP_CODE:
        found.pop()
    return found


def is_ours(stack: Sequence[FrameType], product: str) -> bool:
    """Say whether what a stack shows is the product's doing; the innermost frame comes first."""
    coroutines = (f.f_code.co_filename for f in stack if f.f_code.co_flags & _COROUTINE)
    if next(coroutines, "").startswith(TESTS):
        return False
    if any(frame.f_code in _NOISE_CODE for frame in stack):
        return False
    return any(frame.f_code.co_filename.startswith(product) for frame in stack)


def _told(stack: Sequence[FrameType], product: str) -> tuple[str, ...]:
    """Return the innermost line, and those that are no library's."""
    lines = [
        f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        for index, frame in enumerate(stack)
        if index == 0 or frame.f_code.co_filename.startswith((product, TESTS))
    ]
    return tuple(line.removeprefix(f"{ROOT}/") for line in lines)
