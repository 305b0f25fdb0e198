"""Files of the corpus that players can't play, and why."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import pytest

Player = Literal["hls.js", "shaka-player", "Chromium", "mpv"]
"""Chromium: its own player, without a library."""


class Failing(msgspec.Struct, frozen=True):
    """Why a file does not play to its end without an error."""

    reason: str
    always: bool = True  # else it may play: it depends on the machine, or on the level


_HEVC: Final = Failing("Chromium plays HEVC only with a hardware decoder", always=False)
_BROKEN: Final = Failing("one frame is damaged: Chromium also stops there in the file itself")
_CUT_OFF: Final = "its last frame is truncated: where it is cut, not encoded, Chromium stops there"
_SHORT: Final = Failing(
    "it lasts a twentieth of a second, and hls.js switches levels within it",
    always=False,
)
_CODECS: Final = "Chromium's own player does not switch between codecs"
_FEW: Final = "Chromium's own player starts no TS of fewer than eight frames, also of other muxers"
_HOLES: Final = "Chromium's own player takes a frame that lasts longer than two for a hole"

FAILING: Final[dict[Player, dict[str, Failing]]] = {
    "hls.js": {
        "corrupted.mp4": _BROKEN,
        "no-aud.ts": Failing(_CUT_OFF, always=False),
        "sample_with_pgs_subtitles.mkv": _SHORT,
        "sample_with_vobsub.mkv": _SHORT,
    },
    "shaka-player": {
        "corrupted.mp4": _BROKEN,
        "no-aud.ts": Failing(_CUT_OFF),
        **dict.fromkeys(
            (
                "h265_10bits.mp4",
                "hdr10-video-with-sdr-container.mp4",
                "hevc.mp4",
                "hevc.ts",
                "mb_video-h265.mp4",
                "shaka_hls-ts-h265_10bit.ts",
            ),
            _HEVC,
        ),
    },
    "Chromium": {
        "annex-b-truncated.mp4": Failing(_FEW),
        "corrupted.mp4": _BROKEN,
        "demo.ogv": Failing(_HOLES),
        "movie_300.webm": Failing(_CODECS, always=False),
        "no-aud.ts": Failing(_CUT_OFF, always=False),
        "pixel_aspect_ratio.mp4": Failing(_HOLES),
    },
    "mpv": {
        "corrupted.mp4": Failing("one frame is damaged, which it reports"),
        "no-aud.ts": Failing("its last frame is truncated, which it reports"),
        "pixel_aspect_ratio.mp4": Failing("frames 1 µs apart, which it reports"),
        "sample_with_invalid_nalu.mp4": Failing("one frame is damaged, which it reports"),
    },
}
"""By player, what of the files does not play: each is played all the same, to see that it is so."""


def failing_files() -> list[tuple[str, str, str]]:
    """Return file, players and reason, by file."""
    players: dict[tuple[str, str], list[str]] = {}
    for player, files in FAILING.items():
        for name, failing in files.items():
            players.setdefault((name, failing.reason), []).append(player)
    rows = [(name, ", ".join(which), reason) for (name, reason), which in players.items()]
    return sorted(rows, key=lambda row: row[0].lower())


def marked(names: tuple[str, ...], player: Player) -> list[object]:
    """Return the parameters of a test that plays files."""
    return [_marked(name, FAILING[player].get(name)) for name in names]


def _marked(name: str, failing: Failing | None) -> object:
    if failing is None:
        return name
    mark = pytest.mark.xfail(reason=failing.reason, strict=failing.always)
    return pytest.param(name, marks=mark)
