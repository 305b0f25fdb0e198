from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A vault; nothing may be left in staging whatever happened."""
    bench = Bench(tmp_path)
    yield bench
    assert bench.staged() == []
    bench.close()
