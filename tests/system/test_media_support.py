"""`docs/media-support.md` is true: its facts always, and that files play where it is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.media import EXCEPTIONS, corpus_files
from tests.system.player import need_ffmpeg
from tests.system.server import Home, Server
from tests.system.support import (
    NONE,
    PAGE,
    Row,
    facts_of,
    mode,
    players,
    read_page,
    write_page,
)
from tests.system.trial import Verdict, try_file

FILES = corpus_files()


@pytest.fixture(scope="module")
def server(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_ffmpeg()
    home = Home(tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("trying"))
    for path in FILES.values():
        shutil.copyfile(path, home.library / path.name)
    with home.serving() as server:
        yield server


@pytest.mark.skipif(not FILES, reason="BLOBHLS_CORPUS is not set: no real media to list")
def test_every_file_of_the_corpus_is_listed_and_no_other() -> None:
    if mode() == "write":
        write_page(row for name, row in read_page().items() if name in FILES)
    else:
        assert sorted(read_page()) == sorted(FILES)


def test_the_page_says_what_players_do_not_play() -> None:
    assert PAGE.read_text("utf-8").endswith(players(read_page().values()))


@pytest.mark.skipif(mode() == "write", reason="the page is being written")
@pytest.mark.parametrize("file", FILES)
def test_the_page_says_what_a_file_is_and_what_is_made_of_it(file: str) -> None:
    assert facts_of(FILES[file]) == read_page()[file].facts


@pytest.mark.skipif(not mode(), reason="only with BLOBHLS_MEDIA_SUPPORT: a quarter of an hour")
@pytest.mark.parametrize("file", FILES)
def test_the_page_says_whether_a_file_plays(file: str, server: Server) -> None:
    row = row_of(file, try_file(server, FILES[file]))
    if mode() == "write":
        write_page({**read_page(), file: row}.values())
    assert row == read_page()[file]
    exception = EXCEPTIONS.get(FILES[file].name)
    plays = "no" if exception is not None and not exception.plays else "yes"
    assert (row.plays_open, row.plays_sealed) == (plays, plays), row.remarks


def row_of(file: str, verdict: Verdict) -> Row:
    """Return what the page has to say of a file."""
    name = FILES[file].name
    remarks = [EXCEPTIONS[name].reason] if name in EXCEPTIONS else []
    if verdict.refused:
        remarks.append(f"refused: {verdict.refused}")
    if verdict.shortened:
        remarks.append("of the ladder only the lowest rung was tried")
    for face, faults in (("open", verdict.opened), ("sealed", verdict.sealed)):
        remarks += [f"**{face}: {fault}**" for fault in faults]
    return Row(
        file, facts_of(FILES[file]),
        "no" if verdict.refused or verdict.opened else "yes",
        "no" if verdict.refused or verdict.sealed else "yes",
        "; ".join(remarks) or NONE,
    )  # fmt: skip
