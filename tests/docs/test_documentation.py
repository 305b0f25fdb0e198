"""What the documentation says is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from blobhls.cli import cli
from blobhls.settings import CONFIG_ENV, KEY_ENV, SETTINGS, Setting, load

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_flag_and_variable(setting: Setting) -> None:
    for page in (README, OPERATING):
        assert f"`{setting.env}`" in page
        for flag in setting.flags:
            assert re.search(rf"`{re.escape(flag)}[ `]", page)
    assert f"| `{setting.name}` |" in OPERATING


@pytest.mark.parametrize("page", [README, OPERATING], ids=["README", "operating"])
def test_no_setting_is_documented_that_does_not_exist(page: str) -> None:
    known = {setting.env for setting in SETTINGS} | {CONFIG_ENV, KEY_ENV, "BLOBHLS_CORPUS"}
    assert set(re.findall(r"BLOBHLS_[A-Z_]*[A-Z]", page)) <= known


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_sub_command_and_its_own_flags_are_in_the_readme(command: str) -> None:
    assert f"`blobhls {command}" in README
    for parameter in cli.commands[command].params:
        for flag in parameter.opts:
            if flag.startswith("-"):
                assert re.search(rf"`{re.escape(flag)}[ `]", README)


def test_the_example_configuration_file_loads(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", OPERATING, re.DOTALL)
    assert example
    config_file = tmp_path / "blobhls.toml"
    config_file.write_text(example[1], "utf-8")
    assert load({}, {}, config_file).cache_limit == 200 * 1000**3


def test_ci_runs_the_line_of_the_readme_that_tests() -> None:
    lines = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert len(lines) == 2
    assert all("\n" not in line for line in lines)
    assert lines[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
