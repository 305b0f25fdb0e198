"""Any timeline, cut and encoded, joins without fault and loses no frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from tests.media.rendering import render_all
from tests.media.timelines import TimelineOf, longest, timelines, write_film
from tests.oracle.joins import check_rendition
from tests.oracle.together import Presented, check_together, presentation

_EXAMPLES = 25

# What was found once, and is tried ever since.
FOUND = {
    "no duration of the last picture": TimelineOf(
        ".ts", "libx264", (3003,) * 89, group=2, b_frames=0, offset=Fraction(0)
    ),
    "one picture that waits long": TimelineOf(
        ".mp4", "libx264", (3600,) * 73 + (10_800, 3600), group=2, b_frames=1, offset=Fraction(0)
    ),
    "two pictures a second": TimelineOf(
        ".mkv", "libx265", (45_000,) * 8, group=39, b_frames=0, offset=Fraction(10)
    ),
}


def planned(path: Path) -> Plan:
    """Plan a film as if it were larger, so that it has a rung."""
    found = probe(path)
    assert found.video is not None
    larger = msgspec.structs.replace(found.video, width=640, height=480)
    return make_plan("source", msgspec.structs.replace(found, video=larger))


# Not made smaller where they fail: that takes minutes, as each is encoded.
@settings(
    max_examples=_EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(timelines())
def test_any_timeline_joins_without_fault_and_loses_no_frame(film: TimelineOf) -> None:
    assert_whole(film)


@pytest.mark.parametrize("name", FOUND)
def test_timelines_that_once_failed_pass(name: str) -> None:
    assert_whole(FOUND[name])


def assert_whole(film: TimelineOf) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"film{film.suffix}"
        write_film(path, film)
        plan = planned(path)
        names = [r.name for r in plan.renditions if r.kind == "video"]
        seen = []
        for name in names[:1] + names[-1:]:
            made = render_all(path, plan, name)
            faults = check_rendition(
                made.segments, made.durations, made.init, longest_frame=longest(film.steps)
            )
            assert faults == [], name
            seen.append(Presented(name, made.segments, made.durations, made.init))
        shown = [time for segment in presentation(seen[0]) for time in segment]
        assert len(shown) == len(film.steps)
        real = [Fraction(time - film.times[0], 90_000) for time in film.times]
        assert all(
            abs(time - shown[0] - wanted) <= Fraction(1, 900)
            for time, wanted in zip(shown, real, strict=True)
        )
        frame = Fraction(min(film.steps), 90_000)
        same = plan.rendition(names[0]).edges == plan.rendition(names[-1]).edges
        assert check_together(seen, frame, same_windows=same) == []
