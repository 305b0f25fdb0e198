"""Render whole renditions, and count what is in them."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import msgspec

from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from tests.oracle.faults import Fault
from tests.oracle.joins import check_rendition


class Rendered(msgspec.Struct, frozen=True):
    """All segments of one rendition."""

    rendition: Rendition
    segments: tuple[bytes, ...]
    durations: tuple[Fraction, ...]
    init: bytes | None

    def alone(self, number: int) -> bytes:
        """One segment, as for a player that starts there."""
        return (self.init or b"") + self.segments[number]

    @property
    def joined(self) -> bytes:
        return (self.init or b"") + b"".join(self.segments)

    def faults(self, longest_frame: Fraction | None = None) -> list[Fault]:
        return check_rendition(
            self.segments, self.durations, self.init, longest_frame=longest_frame
        )


def plan_of(source: Path) -> Plan:
    return make_plan("source", probe(source))


def render_all(source: Path, plan: Plan, name: str) -> Rendered:
    rendition = plan.rendition(name)
    init = plan.init(rendition)
    return Rendered(
        rendition,
        tuple(render(plan.recipe(rendition, n), source) for n in range(rendition.count)),
        tuple(plan.durations(rendition)),
        None if init is None else render(init, source),
    )


def pictures(data: bytes | Path) -> list[av.VideoFrame]:
    """Decode everything that can be decoded."""
    found: list[av.VideoFrame] = []
    file = io.BytesIO(data) if isinstance(data, bytes) else str(data)
    with av.open(file, mode="r") as container:
        for packet in container.demux(container.streams.video[0]):
            try:
                found += container.streams.video[0].codec_context.decode(packet)
            except av.FFmpegError:
                continue
    return found


def mean_luma(picture: av.VideoFrame) -> float:
    """Mean of the luma plane without its padding."""
    plane = picture.planes[0]
    data, line = bytes(plane), plane.line_size
    rows = (data[y * line : y * line + picture.width] for y in range(picture.height))
    return sum(map(sum, rows)) / (picture.width * picture.height)
