"""The end of tracks in truncated files."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from blobhls.media.probe.probe import probe


@pytest.fixture
def cut_off(clip_mp4: Path, tmp_path: Path) -> tuple[Path, int]:
    """A film truncated in its last but nineteenth frame, and the end of the frame before it."""
    whole, path = tmp_path / "whole.mp4", tmp_path / "cut-off.mp4"
    with (
        av.open(str(clip_mp4)) as source,
        av.open(str(whole), "w", options={"movflags": "faststart"}) as target,
    ):
        video = source.streams.video[0]
        copied = target.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)
    with av.open(str(whole)) as container:
        *kept, torn = [p for p in container.demux(video=0) if p.size][:-19]
        assert torn.pos is not None
        path.write_bytes(whole.read_bytes()[: torn.pos + torn.size // 2])
        return path, max((p.pts or 0) + (p.duration or 0) for p in kept)


def test_a_frame_at_a_truncated_end_is_not_part_of_the_video(
    cut_off: tuple[Path, int],
) -> None:
    path, end = cut_off
    video = probe(path).video
    assert video is not None
    assert video.stop == end


def test_a_damaged_frame_in_the_middle_does_not_end_the_video(corpus: Path) -> None:
    damaged, whole = (
        probe(corpus / "derived/bipbop_200flips.ts"),
        probe(corpus / "bipbop_960x720_20s.ts"),
    )
    assert damaged.video is not None
    assert whole.video is not None
    assert damaged.video.stop == whole.video.stop
