from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resolver.stage import Stage
from tests.transfer.port import Harbour


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    """A vault for what is pulled; nothing may be left in staging whatever happened."""
    harbour = Harbour(tmp_path)
    yield harbour
    assert harbour.staged() == []
    harbour.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A library whose titles are pushed; nothing may be left in staging whatever happened."""
    stage = Stage(tmp_path)
    yield stage
    assert stage.staged() == []
    stage.close()
