"""Audio that is encoded window by window is as good at the boundaries as elsewhere."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest

from blobhls import recipe
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.recipe import AAC_FRAME, EncodeAudio
from tests.media.audio_clips import (
    Film,
    Heard,
    Signal,
    difference,
    heard_in,
    heard_in_segments,
    make_film,
    noise,
    rms,
    sine,
    sweep,
)
from tests.oracle.joins import check_rendition

EDGES = (0, 43, 92, 140)  # frames of the grid; three seconds
COUNT = EDGES[-1] * AAC_FRAME
BLOCK = 2048  # samples
FILMS: dict[str, tuple[Film, Signal]] = {
    "mp3.avi": (Film("libmp3lame", 44_100), sine),
    "mp3.mkv": (Film("libmp3lame", 44_100), sweep),
    "opus.webm": (Film("libopus"), sweep),
    "vorbis.mkv": (Film("vorbis", 44_100), sine),
    "ac3.mkv": (Film("ac3", layout="5.1"), sine),
    "mp2.ts": (Film("mp2", 44_100, shifted=Fraction(10)), sine),
    "pcm.mkv": (Film(), noise),
    "flac.mkv": (Film("flac"), sweep),
    "mono.mkv": (Film(rate=22_050, layout="mono"), noise),
    "eight.mkv": (Film("pcm_u8", 8_000, "mono"), sweep),
    "high.mkv": (Film(rate=96_000), sine),
}


def encoding_of(path: Path) -> EncodeAudio:
    plan = make_plan("source", probe(path))
    rendition = next(each for each in plan.renditions if each.kind == "audio")
    first = plan.recipe(rendition, 0)
    assert isinstance(first, EncodeAudio)
    return first


def frames(template: EncodeAudio, start: int, stop: int) -> EncodeAudio:
    return msgspec.structs.replace(template, start=start, stop=stop)


def lag_of(heard: Heard, clean: Heard) -> int:
    """Return by how many samples a rendition lags, which time stamps of 1 ms allow."""
    part = heard.at(60_000, 1_000)
    return min(range(-60, 61), key=lambda lag: rms(difference(part, clean.at(60_000 + lag, 1_000))))


@pytest.mark.parametrize("name", FILMS)
def test_windows_join_without_a_gap_a_jump_or_a_click(name: str, tmp_path: Path) -> None:
    film, signal = FILMS[name]
    path = make_film(tmp_path / name, msgspec.structs.replace(film, seconds=Fraction(3)), signal)
    template = encoding_of(path)
    segments = [render(frames(template, *pair), path) for pair in pairwise(EDGES)]
    lengths = [Fraction((b - a) * AAC_FRAME, 48_000) for a, b in pairwise(EDGES)]
    assert check_rendition(segments, lengths, kind="audio") == []

    windowed = heard_in_segments(segments)
    continuous = heard_in_segments([render(frames(template, 0, EDGES[-1]), path)])
    assert len(windowed.samples) == len(continuous.samples) == COUNT
    with av.open(str(path)) as container:
        clean = heard_in(container, template.track.zero.value)
    source = clean.at(lag_of(continuous, clean), COUNT)
    usual = difference(continuous.samples, source)
    errors = [rms(usual[at : at + BLOCK]) for at in range(2 * BLOCK, COUNT - 2 * BLOCK, BLOCK)]
    off = difference(windowed.samples, source)
    for edge in EDGES[1:-1]:
        at = edge * AAC_FRAME
        assert rms(off[at - BLOCK // 2 : at + BLOCK // 2]) < 1.2 * max(errors) + 1e-4
    assert rms(off[2 * BLOCK : -2 * BLOCK]) < 1.1 * rms(usual[2 * BLOCK : -2 * BLOCK]) + 1e-5


def test_an_encode_that_begins_with_silence_has_less_error(tmp_path: Path) -> None:
    path = make_film(tmp_path / "tone.mkv", Film(rate=44_100, seconds=Fraction(2)), sine)
    heard = heard_in_segments([render(frames(encoding_of(path), 43, 86), path)])
    # Without the silent lead-in: 0.004 throughout the window.
    with av.open(str(path)) as container:
        clean = heard_in(container)
    off = difference(heard.samples, clean.at(43 * AAC_FRAME, 43 * AAC_FRAME))
    assert rms(off[BLOCK:]) < 0.0005


def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    path = make_film(tmp_path / "tone.mkv", Film("flac", seconds=Fraction(2)), sweep)
    window = frames(encoding_of(path), 40, 80)
    program = (
        "import sys, hashlib; from pathlib import Path; from blobhls import recipe;"
        "from blobhls.media.render import render;"
        "made = render(recipe.decode(sys.argv[1].encode()), Path(sys.argv[2]));"
        "print(hashlib.sha256(made).hexdigest())"
    )
    command = [sys.executable, "-c", program, recipe.encode(window).decode(), str(path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert printed == hashlib.sha256(render(window, path)).hexdigest()
