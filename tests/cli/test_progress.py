"""How far long work is, where nobody looks at a terminal."""

from __future__ import annotations

import pytest

from blobhls.progress import report_progress


def test_a_log_gets_few_lines_however_much_there_is_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with report_progress("scan") as report:
        for done in range(10_001):
            report(done, 10_000, f"file {done}.mkv")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0] == "scan: 0/10000 file 0.mkv"
    assert lines[-1] == "scan: 10000/10000 file 10000.mkv"


def test_the_next_piece_of_work_is_reported_from_its_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with report_progress("seal") as report:
        for film in ("one", "two"):
            for done in range(101):
                report(done, 100, film)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines[11] == "seal: 0/100 two"


def test_nothing_to_do_is_no_division_by_zero(capsys: pytest.CaptureFixture[str]) -> None:
    with report_progress("gc") as report:
        report(0, 0, "")
    assert capsys.readouterr().err == "gc: 0/0 \n"
