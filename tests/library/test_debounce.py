from __future__ import annotations

from blobhls.library.debounce import Debounce


def test_a_file_is_quiet_after_a_while_without_changes() -> None:
    settling = Debounce(1.0)
    settling.record(["a.mkv"], now=10.0)
    assert settling.pop_quiet(now=10.9) == frozenset()
    assert settling.still_changing(now=10.9) == {"a.mkv"}
    assert settling.pop_quiet(now=11.0) == {"a.mkv"}
    assert settling.pop_quiet(now=12.0) == frozenset()


def test_each_change_restarts_the_wait_of_that_file_only() -> None:
    settling = Debounce(1.0)
    settling.record(["a.mkv", "b.mkv"], now=10.0)
    settling.record(["b.mkv"], now=10.9)
    assert settling.pop_quiet(now=11.5) == {"a.mkv"}
    assert settling.still_changing(now=11.5) == {"b.mkv"}
    assert settling.pop_quiet(now=11.9) == {"b.mkv"}
