"""After any changes of a tree, a scan with memory gives the same catalogue as a fresh one."""

from __future__ import annotations

import shutil
import tempfile
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.library.build import read_tree
from blobhls.library.scan import ScanMemory, scan
from blobhls.library.walk import walk

_FILES = [
    "Always.mkv", "Heat/Heat.mkv", "Heat/Heat - 4K.mkv", "Heat/poster.jpg", "Heat/Heat.mkv.part",
    "Heat/trailers/a.mkv", "Heat/Subs/en.srt", "Lost/Season 1/S01E01.mkv", "Lost/tvshow.nfo",
    "Lost/Season 1/S01E01-trailer.mkv", "Lost/Season 1/season.nfo", "Lost/extras/b.mkv",
    "Ran/VIDEO_TS/VTS_01_1.VOB", "Ran/VIDEO_TS/VTS_01_2.VOB", "Ran/.nomedia",
]  # fmt: skip
_FOLDERS = ["Heat", "Lost", "Lost/Season 1", "Ran", "New"]

Step = tuple[str, str, str]  # what is done to what; and the new name of what is renamed

_STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(_FILES), st.just("")),
    st.tuples(st.just("remove"), st.sampled_from(_FILES[1:]), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(_FOLDERS), st.sampled_from(_FOLDERS)),
    st.tuples(st.just("clear"), st.sampled_from(_FOLDERS), st.just("")),
    st.tuples(st.just("rest"), st.just(""), st.just("")),
)


def do(root: Path, step: Step, size: int) -> None:
    what, name, new = step
    path = root / name
    if what == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    elif what == "remove":
        path.unlink(missing_ok=True)
    elif what == "clear":
        shutil.rmtree(path, ignore_errors=True)
    elif what == "rename" and path.exists() and not (root / new).exists():
        if (root / new).is_relative_to(path):
            return
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        path.rename(root / new)


@settings(max_examples=25)
@given(st.lists(_STEPS, min_size=1, max_size=12))
def test_a_scan_with_memory_equals_a_fresh_one(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "Library")
        root.mkdir()
        db = Database(Path(folder, "index.db"), MIGRATIONS)
        intake, memory, sizes = CatalogueIntake(db), ScanMemory(), count(1)
        do(root, ("write", "Always.mkv", ""), next(sizes))
        for step in steps:
            do(root, step, next(sizes))
            scan(root, intake, memory=memory)
            fresh = read_tree(walk(root), "Library")
            known = {path: file.seen for path, file in intake.known_files().items()}
            assert known == {video.path: video for video in fresh.videos}
            pictures = db.all("SELECT owner_id FROM artwork WHERE is_frame = 0")
            assert sorted(pictures) == sorted((owner_id,) for owner_id, _ in fresh.artwork)
            notes = db.all("SELECT owner_id FROM notes")
            assert sorted(notes) == sorted((owner_id,) for owner_id in fresh.nfo_files)
            texts = db.all("SELECT video_id FROM texts")
            assert sorted(texts) == sorted((text.video_id,) for text in fresh.subtitle_files)
        db.close()
