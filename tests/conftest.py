"""Clips to test with, and how hypothesis behaves.

The clips are generated, a few seconds long and made once per session, so the suite needs
nothing but its own dependencies. Real files come from the folder that BLOBHLS_CORPUS names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.demo_clips.clips import make_clip
from tests import unblocked
from tests.marks import MARKS, mark_of

# Hooks: a test fails if blobhls blocks an event loop in it.
from tests.unblocked import pytest_runtest_call  # noqa: F401

# No deadline: CI machines stall. No randomness in CI: a submission must not fail by chance.
hypothesis_settings.register_profile(
    "blobhls",
    deadline=None,
    max_examples=100,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.register_profile(
    "fast", hypothesis_settings.get_profile("blobhls"), max_examples=15
)
hypothesis_settings.load_profile("blobhls")


def pytest_configure(config: pytest.Config) -> None:
    """Watch all loops that tests run, and make the marks known."""
    unblocked.pytest_configure(config)
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its folder, and by the real media that it asks for."""
    mark = mark_of(item.path)
    if mark is not None:
        item.add_marker(mark)
    elif {"clip_factory", "corpus"} & set(getattr(item, "fixturenames", ())):
        item.add_marker("codecs")


ClipFactory = Callable[[str, Clip], Path]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real media; tests that ask for it skip where there is none."""
    folder = os.environ.get("BLOBHLS_CORPUS")
    if not folder:
        pytest.skip("BLOBHLS_CORPUS is not set: no real media to test with")
    return Path(folder)


@pytest.fixture(scope="session")
def clip_factory(tmp_path_factory: pytest.TempPathFactory) -> ClipFactory:
    """Make a clip under a file name, once per session for the same name and content."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[tuple[str, str], Path] = {}

    def make(name: str, clip: Clip) -> Path:
        what = (name, repr(clip))
        if what not in made:
            path = folder / str(len(made)) / name
            path.parent.mkdir()
            make_clip(path, clip)
            made[what] = path
        return made[what]

    return make


@pytest.fixture(scope="session")
def clip_mp4(clip_factory: ClipFactory) -> Path:
    """H.264 with B-frames and AAC: 12 s, 24 frames/s, a key frame every 2 s, 320x180."""
    return clip_factory("plain.mp4", Clip(seconds=12))


@pytest.fixture(scope="session")
def clip_mkv_two_audio_srt(clip_factory: ClipFactory) -> Path:
    """H.264, English and German AAC, English and German SRT: 12 s at 30000/1001 frames/s."""
    languages = (AudioTrack("eng", title="English"), AudioTrack("deu", title="Deutsch"))
    clip = Clip(seconds=12, fps=Fraction(30000, 1001), audio=languages, subtitles=("eng", "deu"))
    return clip_factory("two-audio.mkv", clip)


@pytest.fixture(scope="session")
def clip_surround(clip_factory: ClipFactory) -> Path:
    """H.264, E-AC-3 5.1 and a commentary in AAC: 8 s."""
    sounds = (AudioTrack("eng", "eac3", 6), AudioTrack("eng", title="Commentary"))
    return clip_factory("surround.mkv", Clip(seconds=8, audio=sounds))


@pytest.fixture(scope="session")
def clip_ts(clip_factory: ClipFactory) -> Path:
    """H.264 and AAC in MPEG-TS: 12 s, 25 frames/s."""
    return clip_factory("plain.ts", Clip(seconds=12, fps=Fraction(25)))


@pytest.fixture(scope="session")
def clip_webm(clip_factory: ClipFactory) -> Path:
    """VP9 and Opus: 6 s."""
    clip = Clip(seconds=6, video_codec="libvpx-vp9", audio=(AudioTrack(codec="libopus"),))
    return clip_factory("vp9.webm", clip)


@pytest.fixture(scope="session")
def clip_avi(clip_factory: ClipFactory) -> Path:
    """MPEG-4 part 2 and MP3 in AVI: 6 s."""
    clip = Clip(seconds=6, video_codec="mpeg4", b_frames=0, audio=(AudioTrack(codec="libmp3lame"),))
    return clip_factory("mpeg4.avi", clip)


@pytest.fixture(scope="session")
def clip_hevc(clip_factory: ClipFactory) -> Path:
    """HEVC and AAC in MP4: 8 s."""
    return clip_factory("hevc.mp4", Clip(seconds=8, video_codec="libx265"))


@pytest.fixture(scope="session")
def clip_open_gop(clip_factory: ClipFactory) -> Path:
    """H.264 whose later key frames are no IDR: 12 s, no sound."""
    options = {"preset": "veryfast", "x264-params": "open-gop=1"}
    return clip_factory("open-gop.mkv", Clip(seconds=12, audio=(), video_options=options))


@pytest.fixture(scope="session")
def clip_silent(clip_factory: ClipFactory) -> Path:
    """H.264 alone in MP4: 8 s, one key frame in 4 s."""
    return clip_factory("silent.mp4", Clip(seconds=8, gop_seconds=Fraction(4), audio=()))
