"""Hardware encoders are checked in a worker; without one x264 encodes, and one line says so."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from blobhls.app.hardware import refused, usable_hardware
from blobhls.encoding_profiles import ladder_profile
from blobhls.media.places import Places
from blobhls.workers import LocalPool

pytestmark = pytest.mark.processes

_MEMORY = 4 << 30
NOWHERE = Places(Path("/"), Path("/"), Path("/"))


def asked(encoder: str) -> str:
    async def ask() -> str:
        workers = LocalPool(1, _MEMORY, NOWHERE)
        try:
            return await usable_hardware(encoder, workers)
        finally:
            await workers.close()

    return asyncio.run(ask())


def test_x264_needs_no_check(caplog: pytest.LogCaptureFixture) -> None:
    assert asked("x264") == ""
    assert not caplog.records


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine may have the card")
def test_without_the_card_x264_encodes_and_one_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        assert asked("nvenc") == ""
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "nvenc can't encode here, so x264 does: " in record.getMessage()


def test_an_encoder_that_works_is_not_refused() -> None:
    async def ask() -> str:
        workers = LocalPool(1, _MEMORY, NOWHERE)
        try:
            return await refused(ladder_profile(360).name, workers)
        finally:
            await workers.close()

    assert asyncio.run(ask()) == ""


def test_a_driver_that_crashes_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crashing.py").write_text(
        "import os\nfrom blobhls.media.jobs import CheckEncoder as JOBS\n\n"
        "class Driver:\n    def execute(self, job): os.abort()\n\n"
        "def start(places, memory): return Driver()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    async def ask() -> str:
        workers = LocalPool(1, _MEMORY, NOWHERE, module="crashing")
        try:
            return await refused("h264-360p-nvenc-v1", workers)
        finally:
            await workers.close()

    assert asyncio.run(ask())
