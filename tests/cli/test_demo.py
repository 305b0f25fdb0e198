"""Generated clips and the demo library."""

from __future__ import annotations

import multiprocessing
from fractions import Fraction
from pathlib import Path

import av
import pytest

from blobhls.demo_clips import library
from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.demo_clips.clips import make_clip
from blobhls.demo_clips.library import demo_clips, make_demo_library
from blobhls.errors import BlobhlsError

pytestmark = pytest.mark.codecs


def frames_and_keys(path: Path) -> tuple[int, list[float]]:
    """Return how many frames decode, and the seconds at which key frames stand."""
    with av.open(path) as container:
        frames = list(container.decode(video=0))
        keys = [float(frame.time) for frame in frames if frame.key_frame]
    return len(frames), keys


def test_a_clip_has_exactly_its_frames_and_key_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_clip(path, Clip(seconds=5, fps=Fraction(25), gop_seconds=Fraction(1), size=(160, 90)))
    assert frames_and_keys(path) == (125, [0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.mkv", Clip(audio=(AudioTrack("eng"), AudioTrack("deu")), subtitles=("eng", "fra"))),
        ("a.mp4", Clip(video_codec="libx265", subtitles=("deu",), chapters=("One", "Two"))),
        ("a.mov", Clip(audio=(AudioTrack(codec="ac3", channels=1, rate=44_100),))),
        ("a.ts", Clip(fps=Fraction(30000, 1001))),
        ("a.webm", Clip(video_codec="libvpx-vp9", audio=(AudioTrack(codec="libopus"),))),
        ("a.avi", Clip(video_codec="mpeg4", b_frames=0, audio=(AudioTrack(codec="libmp3lame"),))),
    ],
)  # fmt: skip
def test_every_container_holds_the_tracks_it_was_given(
    tmp_path: Path, name: str, clip: Clip
) -> None:
    path = tmp_path / name
    make_clip(path, clip)
    with av.open(path) as container:
        streams = container.streams
        assert len(streams.video) == 1
        assert [each["metadata"]["title"] for each in container.chapters()] == list(clip.chapters)
        assert len(streams.audio) == len(clip.audio)
        assert [stream.metadata["language"] for stream in streams.subtitles] == list(clip.subtitles)
        if name != "a.avi":  # AVI has no languages
            languages = [stream.metadata["language"] for stream in streams.audio]
            assert languages == [track.language for track in clip.audio]
        assert container.duration is not None
        assert abs(container.duration / av.time_base - clip.seconds) < 0.1


def test_a_container_that_has_no_subtitles_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match="no such clip"):
        make_clip(tmp_path / "a.ts", Clip(subtitles=("eng",)))
    assert list(tmp_path.iterdir()) == []


def test_the_demo_is_one_film_and_one_series_of_two_seasons() -> None:
    parts = [Path(name).parts for name in demo_clips()]
    assert sum(len(part) == 2 for part in parts) == 1
    assert {part[:2] for part in parts if len(part) == 3} == {
        ("Harbour Lights", "Season 01"), ("Harbour Lights", "Season 02"),
    }  # fmt: skip


def test_a_demo_library_that_is_complete_is_left_alone(tmp_path: Path) -> None:
    for name in demo_clips():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"made before")
    told: list[str] = []
    make_demo_library(tmp_path, lambda done, total, what: told.append(what))
    assert told == []


def two_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    short = Clip(seconds=1, size=(64, 36), audio=())
    monkeypatch.setattr(library, "demo_clips", lambda: {"a/a.mp4": short, "b.mp4": short})


def test_missing_clips_are_made_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_clips(monkeypatch)
    told: list[tuple[int, int, str]] = []
    make_demo_library(tmp_path, lambda done, total, what: told.append((done, total, what)))
    assert (tmp_path / "a/a.mp4").stat().st_size > 0
    assert (tmp_path / "b.mp4").stat().st_size > 0
    assert [done for done, _, _ in told] == [0, 1, 2]
    assert {what for _, _, what in told[1:]} == {"a.mp4", "b.mp4"}
    assert multiprocessing.active_children() == []


def test_a_folder_that_can_t_be_written_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_clips(monkeypatch)
    (tmp_path / "file").touch()
    with pytest.raises(BlobhlsError, match=r"can.t make the demo library in .*File exists"):
        make_demo_library(tmp_path / "file", lambda *_: None)
    assert multiprocessing.active_children() == []
