"""The files of the page: how they are addressed, how large they are, what they may do."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from blobhls.web import Assets, load_assets
from blobhls.web.assets import Asset

OURS = 60_000  # bytes of the first load, compressed, at the most
ALL = 400_000  # of everything, hls.js and media-chrome included


@pytest.fixture(scope="module")
def assets() -> Assets:
    return load_assets()


def sent(assets: Iterable[Asset]) -> int:
    """Return how many bytes a browser gets."""
    return sum(len(asset.gzipped or asset.body) for asset in assets)


def write_page(folder: Path, script: str) -> Assets:
    (folder / "js").mkdir(exist_ok=True)
    (folder / "index.html").write_text('<!-- {{preloads}} --><script src="{{assets}}/js/main.js">')
    (folder / "service-worker.js").write_text('["{{files}}"]')
    (folder / "js" / "main.js").write_text(script)
    return load_assets(folder, folder / "absent")


def test_the_page_is_light(assets: Assets) -> None:
    shell = assets.shell.body.decode()
    named = [a for name, a in assets.files.items() if f'"{assets.prefix}/{name}"' in shell]
    assert len(named) > 30
    assert sent([assets.shell, assets.service_worker, *named]) <= OURS
    assert sent([assets.shell, assets.service_worker, *assets.files.values()]) <= ALL


def test_a_change_anywhere_changes_the_address_of_everything(tmp_path: Path) -> None:
    before, after = write_page(tmp_path, "one"), write_page(tmp_path, "two")
    assert before.digest != after.digest
    assert f'src="/web/{after.digest}/js/main.js"'.encode() in after.shell.body
    assert write_page(tmp_path, "one") == before


def test_every_script_is_preloaded_and_kept_by_the_service_worker(tmp_path: Path) -> None:
    page = write_page(tmp_path, "one")
    assert f'modulepreload" href="{page.prefix}/js/main.js"'.encode() in page.shell.body
    assert page.service_worker.body == f'["/", "{page.prefix}/js/main.js"]'.encode()


def test_a_module_that_is_loaded_later_is_not_preloaded(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "now.js").write_text("1")
    (tmp_path / "js" / "later.js").write_text("2")
    page = write_page(tmp_path, 'import "./now.js";\nopen(() => import("./later.js"));')
    assert b"js/now.js" in page.shell.body
    assert b"js/later.js" not in page.shell.body


def test_what_is_compressed_is_the_same_file(tmp_path: Path) -> None:
    asset = write_page(tmp_path, "long " * 100).files["js/main.js"]
    assert asset.gzipped
    assert gzip.decompress(asset.gzipped) == asset.body
    assert write_page(tmp_path, "x").files["js/main.js"].gzipped is None


def test_no_script_or_style_stands_in_the_html(assets: Assets) -> None:
    html = assets.shell.body.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"\b(?:on\w+|style)=", html) == []
    assert "{{" not in html


def test_every_import_leads_to_a_file(assets: Assets) -> None:
    for name, asset in assets.files.items():
        if name.startswith("vendor/") or not name.endswith(".js"):
            continue
        for target in re.findall(
            r'^(?:import|.*\bfrom) "(\.[^"]+)"', asset.body.decode(), re.MULTILINE
        ):
            path = (Path("/") / name).parent / target
            assert str(path.resolve()).lstrip("/") in assets.files, f"{name}: {target}"


def test_nothing_is_fetched_from_elsewhere(assets: Assets) -> None:
    for name, asset in assets.files.items():
        if not name.startswith("vendor/"):
            found = set(re.findall(rb"https?://[^\"' ]+", asset.body))
            assert found <= {b"http://www.w3.org/2000/svg"}, name
