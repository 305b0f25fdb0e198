"""Every playlist is read by hls-parser in its strict mode."""

from __future__ import annotations

import pytest

from tests.clients.stage import Interpreter
from tests.players.stage import BlossomApp, Masters


@pytest.mark.parametrize("face", ["open", "sealed"])
def test_a_strict_parser_accepts_every_playlist(
    masters: Masters, node: Interpreter, face: BlossomApp
) -> None:
    urls = masters.of(face)
    answers = node.tell("playlists.mjs", {"urls": list(urls.values())})
    assert {name: answers[url]["error"] for name, url in urls.items()} == dict.fromkeys(urls)
    assert all(answers[url]["playlists"] > 0 for url in urls.values())
    assert all(answers[url]["segments"] > 0 for url in urls.values())
