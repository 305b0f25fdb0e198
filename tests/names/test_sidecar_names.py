from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.names.sidecar_names import Sidecar, read_sidecar

Case = tuple[str, tuple[str | None, str | None, str]]

CASES: list[Case] = [
    ("Heat", (None, None, "")),
    ("Heat.en", ("en", None, "")),
    ("HEAT.eng", ("eng", None, "")),
    ("Heat.pt-BR", ("pt-BR", None, "")),
    ("Heat.zh_Hant", ("zh-Hant", None, "")),
    ("Heat.English", ("en", None, "")),
    ("Heat.en.forced", ("en", None, "forced")),
    ("Heat.forced.en", ("en", None, "forced")),
    ("Heat.de.foreign", ("de", None, "forced")),
    ("Heat.en.sdh", ("en", None, "impaired")),
    ("Heat.en.cc", ("en", None, "impaired")),
    ("Heat.en.hi", ("en", None, "impaired")),
    ("Heat.hi", ("hi", None, "")),
    ("Heat.en.default", ("en", None, "default")),
    ("Heat.en.default.sdh", ("en", None, "impaired default")),
    ("Heat.Commentary.en", ("en", "Commentary", "")),
    ("Heat.en.Commentary", ("en", "Commentary", "")),
    ("Heat.Director's words.de.forced", ("de", "Director's words", "forced")),
    ("Heat.Signs.Songs.ja", ("ja", "Signs Songs", "")),
    ("Heat.forced", (None, None, "forced")),
    ("Heat.2nd version", (None, "2nd version", "")),
    ("Heat..en..", ("en", None, "")),
]


@pytest.mark.parametrize(("stem", "wanted"), CASES, ids=[ascii(stem) for stem, _ in CASES])
def test_a_name_states_language_title_and_role(
    stem: str, wanted: tuple[str | None, str | None, str]
) -> None:
    language, title, flags = wanted
    assert read_sidecar(stem, "Heat") == Sidecar(
        language,
        title,
        forced="forced" in flags,
        hearing_impaired="impaired" in flags,
        default="default" in flags,
    )


@pytest.mark.parametrize("stem", ["Ran", "Heat 2", "Heat 2.en", "Hea", "Heats.en"])
def test_a_file_named_after_another_video_is_not_used(stem: str) -> None:
    assert read_sidecar(stem, "Heat") is None


@given(st.text(), st.text())
def test_any_name_is_read_without_an_error(video: str, rest: str) -> None:
    read_sidecar(f"{video}.{rest}", video)
