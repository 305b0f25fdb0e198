"""The watch over event loops: what it finds, whom it blames, and what it takes for noise."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import uvicorn
import uvloop

from tests.event_loop import PRODUCT, ROOT, Block, watch
from tests.unblocked import FINDINGS, Noted

_NewLoop = Callable[[], asyncio.AbstractEventLoop]

pytestmark = pytest.mark.slow  # it watches loops by the clock

_SOURCE = """
import asyncio, gc, time

def spin(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass

def doze(seconds):
    time.sleep(seconds)

class Rubbish:
    def __init__(self):
        self.me = self

    def __del__(self):
        spin(0.1)

def collect():
    Rubbish()
    gc.collect()

async def do(work, *given):
    await asyncio.sleep(0.02)
    work(*given)
    await asyncio.sleep(0.02)

async def often(times):
    for _ in range(times):
        spin(0.004)
        await asyncio.sleep(0)
"""


@pytest.fixture
def product(tmp_path: Path) -> SimpleNamespace:
    """A package that is watched, with the folder that it is said to be in."""
    code = compile(_SOURCE, str(tmp_path / "product.py"), "exec")
    names: dict[str, Any] = {"folder": f"{tmp_path}/"}
    exec(code, names)
    return SimpleNamespace(**names)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> _NewLoop:
    return request.param  # type: ignore[no-any-return]


def found(product: SimpleNamespace, new_loop: _NewLoop, *steps: Callable[[], Any]) -> list[Block]:
    """Return what blocks a loop that takes some steps."""
    blocks: list[Block] = []

    async def run() -> None:
        for step in steps:
            await step()

    with watch(blocks.append, product.folder), asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(run())
    return blocks


def test_computing_is_found_with_its_line(product: SimpleNamespace, new_loop: _NewLoop) -> None:
    (block,) = found(product, new_loop, lambda: product.do(product.spin, 0.4))
    assert 200 <= block.cpu <= block.blocked <= block.wall
    assert block.stack[0].partition(":")[2].endswith(" spin")
    assert block.stack[1].endswith(" do")


def test_waiting_is_found_with_its_line(product: SimpleNamespace, new_loop: _NewLoop) -> None:
    (block,) = found(product, new_loop, lambda: product.do(product.doze, 1))
    assert block.cpu < 20 < block.blocked <= 1100
    assert "product.py:10 doze" in block.stack[0]


def test_a_block_is_never_taken_for_longer_than_it_was(
    product: SimpleNamespace, new_loop: _NewLoop
) -> None:
    blocks = found(product, new_loop, *[lambda: product.do(product.spin, 0.03)] * 20)
    assert [block for block in blocks if block.blocked > 31] == []


def test_many_short_turns_are_no_block(product: SimpleNamespace, new_loop: _NewLoop) -> None:
    async def crowd() -> None:
        await asyncio.gather(*(product.often(10) for _ in range(10)))

    assert found(product, new_loop, crowd) == []


@contextmanager
def busy_threads(product: SimpleNamespace) -> Iterator[None]:
    """Have threads that keep the interpreter to themselves for as long as they may."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            product.spin(0.01)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(work)
        try:
            yield
        finally:
            over.set()


def test_waiting_for_other_threads_is_noise(product: SimpleNamespace, new_loop: _NewLoop) -> None:
    with busy_threads(product):
        steps = [lambda: product.do(product.doze, 0.001)] * 20
        assert found(product, new_loop, *steps) == []


def test_collecting_garbage_is_noise(product: SimpleNamespace, new_loop: _NewLoop) -> None:
    assert found(product, new_loop, lambda: product.do(product.collect)) == []


def test_what_a_test_does_itself_is_its_own_affair(
    product: SimpleNamespace, new_loop: _NewLoop
) -> None:
    async def work() -> None:
        time.sleep(0.1)  # noqa: ASYNC251
        product.spin(0.1)

    assert found(product, new_loop, work) == []


def test_a_server_is_to_blame_for_what_it_does_while_it_serves(product: SimpleNamespace) -> None:
    class Server(uvicorn.Server):
        async def on_tick(self, counter: int) -> bool:
            if counter == 0:
                await product.do(product.doze, 0.5)
            return counter > 0

    async def answer(_scope: object, _receive: object, _send: object) -> None:
        raise AssertionError("nobody asks")

    async def run() -> None:
        product.doze(0.5)
        config = uvicorn.Config(answer, port=0, lifespan="off", log_config=None)
        await product.do(product.doze, 0.5)
        await Server(config).serve()
        await product.do(product.doze, 0.5)

    blocks = found(product, uvloop.new_event_loop, run)
    assert len(blocks) == 1, blocks


def test_a_test_that_saw_a_block_fails_and_is_told_where(tmp_path: Path) -> None:
    told = pytest_of(tmp_path, "")
    assert "1 failed" in told
    assert "blobhls blocked the event loop:" in told
    assert "/slow.py:2 doze" in told


@pytest.mark.parametrize(
    ("mark", "environ"),
    [
        ("@pytest.mark.blocks_the_loop('it has to')", {}),
        ("", {"BLOBHLS_LOOP_LIMIT_MS": "0"}),
        ("@pytest.mark.xfail(strict=True)", {}),
    ],
    ids=["marked", "reported only", "expected"],
)
def test_a_block_may_be_let_pass(tmp_path: Path, mark: str, environ: dict[str, str]) -> None:
    report = tmp_path / "report"
    told = pytest_of(tmp_path, mark, BLOBHLS_LOOP_REPORT=str(report), **environ)
    assert "1 passed" in told or "1 xfailed" in told, told
    noted = [msgspec.json.decode(line, type=Noted) for line in report.read_bytes().splitlines()]
    assert [each.test for each in noted] == ["test_slow.py::test"]


def pytest_of(folder: Path, mark: str, **environ: str) -> str:
    """Return what pytest says of a test with a mark that blocks its loop for a second."""
    source = f"""
import asyncio, pytest
names = dict()
exec(compile("import time\\ndef doze(): time.sleep(1)", {PRODUCT + "slow.py"!r}, "exec"), names)

{mark}
def test():
    async def run():
        names["doze"]()
    asyncio.run(run())
"""
    (folder / "test_slow.py").write_text(source)
    kept = {name: text for name, text in os.environ.items() if "BLOBHLS_LOOP" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.unblocked", "-p", "no:cacheprovider",
         "-p", "no:schemathesis", "-c", os.devnull, "--rootdir", str(folder), str(folder)],
        env=kept | {"PYTHONPATH": str(ROOT)} | environ, cwd=folder,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_servers_of_tests_are_watched_too(tmp_path: Path) -> None:
    report = tmp_path / "report"
    with FINDINGS.told_in(report):
        FINDINGS.take()
        block = Block(60, 0, 60, ("somewhere:1 f",))
        line = msgspec.json.encode(block)
        report.write_bytes(line + b"\n" + line[:10])
        assert FINDINGS.take() == [block]
        report.write_bytes(line + b"\n" + line + b"\n")
        assert FINDINGS.take() == [block]
