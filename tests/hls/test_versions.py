"""Every golden playlist, of values and of plans, states the version that its text needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from blobhls.hls import parse_master, parse_media

TESTS: Final = Path(__file__).parent.parent
GOLDEN: Final = sorted([*TESTS.glob("hls/golden/*.m3u8"), *TESTS.glob("resolver/golden/*.m3u8")])

# What is used, and the version that brought it (RFC 8216 §7; EXT-X-GAP: rfc8216bis). Of master
# playlists §7 demands none; 4 is its advice where there is more than variants.
NEEDS: Final = {
    r"^#EXTINF:\d+\.": 3,
    r"^#EXT-X-BYTERANGE:": 4,
    r"^#EXT-X-I-FRAMES-ONLY$": 4,
    r"^#EXT-X-MEDIA:": 4,
    r"^#EXT-X-I-FRAME-STREAM-INF:": 4,
    r"^#EXT-X-MAP:": 5,
    r"^#EXT-X-GAP$": 8,
}


def needed(text: str) -> int:
    """Return the version that a text needs, derived from the text alone."""
    found = [n for tag, n in NEEDS.items() if re.search(tag, text, re.MULTILINE)]
    if "#EXT-X-MAP:" in text and "#EXT-X-I-FRAMES-ONLY" not in text:
        found.append(6)
    return max(found, default=1)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_playlist_states_exactly_the_version_it_needs(path: Path) -> None:
    text = path.read_text()
    (stated,) = re.findall(r"^#EXT-X-VERSION:(\d+)$", text, re.MULTILINE)
    assert int(stated) == needed(text)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_lower_version_of_a_media_playlist_is_refused(path: Path) -> None:
    text = path.read_text()
    if "#EXTINF" not in text:
        assert parse_master(text)
        return
    lower = re.sub(r"VERSION:(\d+)", lambda found: f"VERSION:{int(found[1]) - 1}", text)
    with pytest.raises(ValueError, match="needs EXT-X-VERSION"):
        parse_media(lower)
