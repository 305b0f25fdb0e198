"""The script that compares builds goes on working: here one build is both of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reproducing.before_after import main

_ABSENT = "0" * 64


@pytest.fixture(scope="module")
def written(
    clip_hevc: Path, clip_mkv_two_audio_srt: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a state, and the list of what is in it."""
    folder = tmp_path_factory.mktemp("before")
    media = folder / "media"
    media.mkdir()
    for clip in (clip_hevc, clip_mkv_two_audio_srt):
        (media / clip.name).symlink_to(clip)
    (media / "broken.mp4").write_bytes(b"no video")
    assert main(["write", "--media", str(media), *_state(folder), *_listed(folder)]) == 0
    return folder


def _state(folder: Path) -> list[str]:
    return ["--state", str(folder / "state")]


def _listed(folder: Path) -> list[str]:
    return ["--list", str(folder / "list.json")]


def test_a_list_has_every_kind_of_recipe_and_what_was_refused(written: Path) -> None:
    found = json.loads((written / "list.json").read_text())
    recipes = [r for source in found["sources"].values() for r in source["recipes"].values()]
    assert {recipe["tag"].rpartition("-")[0] for recipe in recipes} >= {
        "cut-video", "cut-audio", "cut-text", "cut-text-file", "encode-video", "init", "scaled",
    }  # fmt: skip
    assert len(found["sources"]["hevc.mp4"]["roots"]) == 2  # what is cheap, then with a rung
    assert list(found["refused"]) == ["broken.mp4"]


def test_a_build_differs_from_itself_in_nothing(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(written / "list.json")
    assert main(["compare", path, path]) == 0
    assert "nothing differs" in capsys.readouterr().out


def test_other_bytes_of_one_recipe_are_a_difference(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads((written / "list.json").read_text())
    recipe_id, recipe = next(iter(found["sources"]["hevc.mp4"]["recipes"].items()))
    next(iter(recipe["bindings"].values()))["blob_id"] = _ABSENT
    (tmp_path / "list.json").write_text(json.dumps(found))
    assert main(["compare", str(written / "list.json"), str(tmp_path / "list.json")]) == 1
    told = capsys.readouterr().out
    assert "binding: differs: 1" in told
    assert recipe_id in told


def test_a_build_makes_again_what_it_wrote_and_misses_what_is_not_there(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = (written / "state" / "index.db").read_bytes()
    assert main(["remake", *_state(written), *_listed(written)]) == 0
    told = capsys.readouterr().out
    assert " 0 made again" not in told
    assert "0 faults" in told

    found = json.loads((written / "list.json").read_text())
    found["blobs"][_ABSENT] = {"size": 1, "media_type": "video/mp2t", "pinned": True}
    (tmp_path / "list.json").write_text(json.dumps(found))
    assert main(["remake", *_state(written), *_listed(tmp_path)]) == 1
    assert f"{_ABSENT}: 404" in capsys.readouterr().out
    assert (written / "state" / "index.db").read_bytes() == index
