"""Flashes and beeps stay in sync: after any seek, in any pair of video and audio renditions.

A seek is done as in a player: decoding begins with the segment at the position, of whatever
rendition is chosen, and without the segment before it.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import msgspec
import pytest

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.render import render
from tests.media.audio_clips import Heard, heard_in_segments
from tests.media.rendering import pictures, plan_of

LEAD: Final = 10  # seconds at which the timeline begins
SECOND: Final = 48_000
_WHITE: Final = bytes(luma > 200 for luma in range(256))
BEEP: Final = 0.08  # seconds, of a flash too
FPS: Final = 24
SEEKS: Final = 20
CLIPS: Final = {
    # AAC that is cut, FLAC that is encoded, AC-3 as both.
    "seeks.mkv": Clip(
        seconds=12,
        size=(640, 400),
        audio=(AudioTrack(), AudioTrack(codec="flac"), AudioTrack(codec="ac3", channels=6)),
    ),
    "seeks.ts": Clip(seconds=12, size=(640, 400), audio=(AudioTrack(codec="mp2"), AudioTrack())),
    "seeks.mp4": Clip(
        seconds=12,
        size=(640, 400),
        video_codec="libx265",
        audio=(AudioTrack(codec="eac3", channels=6), AudioTrack("deu", rate=44_100)),
    ),
}


class Title(msgspec.Struct, frozen=True, eq=False):
    """A planned clip, and the segments that were rendered so far."""

    path: Path
    plan: Plan
    made: dict[tuple[str, int], bytes] = {}
    seen: dict[tuple[str, int], list[float]] = {}

    def segment(self, rendition: Rendition, number: int) -> bytes:
        """Return a segment with everything that a player needs to start there."""
        key = rendition.name, number
        if key not in self.made:
            init = self.plan.init(rendition)
            head = b"" if init is None else render(init, self.path)
            self.made[key] = head + render(self.plan.recipe(rendition, number), self.path)
        return self.made[key]

    def flashes(self, rendition: Rendition, number: int) -> list[float]:
        """Return the seconds of the flashes of a segment."""
        key = rendition.name, number
        if key not in self.seen:
            self.seen[key] = flashes(self.segment(rendition, number))
        return self.seen[key]


@pytest.fixture(scope="module", params=CLIPS)
def title(request: pytest.FixtureRequest, clip_factory: Callable[[str, Clip], Path]) -> Title:
    """A clip that flashes and beeps at every full second."""
    path = clip_factory(request.param, CLIPS[request.param])
    return Title(path, plan_of(path), {}, {})


def flashes(segment: bytes) -> list[float]:
    """Return the seconds at which the disc of a clip turns white, inside the segment."""
    shown = sorted(pictures(segment), key=lambda each: each.pts or 0)
    white = [_white_pixels(picture) for picture in shown]
    middle = (min(white) + max(white)) / 2
    return [
        float((picture.pts or 0) * (picture.time_base or 0)) - LEAD
        for picture, before, now in zip(shown[1:], white, white[1:], strict=False)
        if before < middle <= now
    ]


def _white_pixels(picture: av.VideoFrame) -> int:
    plane = picture.planes[0]
    return bytes(plane).translate(_WHITE).count(1)


def beep_near(heard: Heard, seconds: float) -> float:
    """Return when a nearby beep begins, from the centre of its energy."""
    first = round((seconds - 0.3) * SECOND)
    energy = [value * value for value in heard.at(first, round(0.6 * SECOND))]
    centre = sum(number * each for number, each in enumerate(energy)) / sum(energy)
    return (first + centre) / SECOND - BEEP / 2


def window_at(plan: Plan, rendition: Rendition, seconds: Fraction) -> int:
    ends = [stop * plan.base.value for stop in rendition.edges[1:]]
    start = rendition.edges[0] * plan.base.value
    return next(number for number, end in enumerate(ends) if end - start > seconds)


def test_after_a_seek_all_audio_is_in_sync_with_all_video(title: Title) -> None:
    plan, chance = title.plan, random.Random(7)
    shown = [r for r in plan.renditions if r.kind == "video"]
    sounds = [r for r in plan.renditions if r.kind == "audio"]
    apart = []
    for seek in range(SEEKS):
        at = plan.duration * Fraction(chance.randrange(1000), 1000)
        # Each rendition in turn, so that all have been switched to.
        picture, sound = shown[seek % len(shown)], sounds[seek % len(sounds)]
        number = window_at(plan, picture, at)
        seen = title.flashes(picture, number)
        assert seen
        heard = heard_in_segments([title.segment(sound, window_at(plan, sound, at))])
        apart += [beep_near(heard, moment) - moment for moment in seen]
    # Encoders are exact to a fraction of a millisecond, time stamps of Matroska to half of one.
    assert max(map(abs, apart)) < 0.003


def test_audio_stays_in_sync_where_a_player_switches_renditions(title: Title) -> None:
    plan, chance = title.plan, random.Random(11)
    shown = [r for r in plan.renditions if r.kind == "video"]
    sounds = [r for r in plan.renditions if r.kind == "audio"]
    for number in range(shown[0].count):
        picture, sound = chance.choice(shown), chance.choice(sounds)
        seen = title.flashes(picture, number)
        heard = heard_in_segments([title.segment(sound, number)])
        frame = 0.035  # of AC-3 at 44.1 kHz, the longest there is
        begin = float((shown[0].edges[number] - shown[0].edges[0]) * plan.base.value)
        assert abs(float(heard.start) - begin) <= frame / 2 + 0.001
        for moment in seen:
            assert abs(beep_near(heard, moment) - moment) < 1 / FPS


def test_the_first_frame_is_at_the_start_of_its_window(title: Title) -> None:
    plan = title.plan
    for rendition in plan.renditions:
        if rendition.kind != "video":
            continue
        for number in range(rendition.count):
            begin = (rendition.edges[number] - rendition.edges[0]) * plan.base.value
            with av.open(io.BytesIO(title.segment(rendition, number)), mode="r") as container:
                first = min(p.pts for p in container.demux(video=0) if p.pts is not None)
                base = container.streams.video[0].time_base or Fraction(1)
            assert abs(first * base - LEAD - begin) <= Fraction(1, 1000)
