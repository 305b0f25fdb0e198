"""Good renditions, encoded once."""

from __future__ import annotations

import pytest

from tests.oracle.streams import Rendition, fmp4, ts_audio, ts_video


@pytest.fixture(scope="session")
def h264() -> Rendition:
    """Four segments of H.264 in MPEG-TS, one second each."""
    return ts_video("libx264")


@pytest.fixture(scope="session")
def aac() -> Rendition:
    """Segments of AAC in MPEG-TS, of about ten PES packets each."""
    return ts_audio("aac")


@pytest.fixture(scope="session")
def h264_mp4() -> Rendition:
    """Four segments of H.264 in fMP4, one second each."""
    return fmp4("libx264")


@pytest.fixture(scope="session")
def aac_mp4() -> Rendition:
    """Segments of AAC in fMP4."""
    return fmp4("aac")
