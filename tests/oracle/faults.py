"""What a validator reports."""

from __future__ import annotations

from typing import Literal

import msgspec

Rule = Literal[
    "sync",  # packets of 188 bytes that begin with 0x47
    "tables",  # PAT and PMT first, whole, and naming every stream
    "continuity",  # counters go up by one, inside segments and over joins
    "pes",  # PES packets begin, end and are as long as they say
    "pcr",  # the clock is there
    "random-access",  # a segment begins with a picture that needs no other, and nothing leads it
    "parameter-sets",  # and it brings what its decoder needs
    "dts-order",  # decode times strictly go up
    "pts-repeat",  # no picture twice
    "pts-overlap",  # no picture before its time
    "pts-gap",  # no picture missing
    "audio-frames",  # audio is whole frames, nothing between them
    "audio-grid",  # sample counts and timestamps agree
    "boxes",  # boxes nest, and sizes are right
    "tfdt",  # decode time goes on where it stopped
    "extinf",  # a playlist's duration is the segment's
    "extinf-sum",  # and does not drift
]


class Problem(msgspec.Struct, frozen=True):
    """A rule broken inside one segment."""

    rule: Rule
    detail: str


class Fault(msgspec.Struct, frozen=True):
    """A rule broken by segment number `segment` of a rendition, or at the join before it."""

    segment: int
    rule: Rule
    detail: str
