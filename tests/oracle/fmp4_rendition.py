"""Rules for renditions in fragmented MP4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tests.oracle.elementary import H264_ROLES, HEVC_ROLES, NalRoles, nal_type
from tests.oracle.faults import Fault
from tests.oracle.fmp4 import BoxBroken, Fragment, Sample, Track, parse_fragment, parse_init
from tests.oracle.timeline import (
    Timing,
    check_decode_order,
    check_durations,
    check_presentation,
    typical_frame,
)


def check_fmp4(
    segments: Sequence[bytes],
    extinf: Sequence[Fraction],
    init: bytes,
    kind: str,
    frame: Fraction | None,
    longest: Fraction | None,
) -> Iterator[Fault]:
    """Yield the faults of a rendition; see `check_rendition`."""
    try:
        track = parse_init(init).track(kind)
    except BoxBroken as error:
        yield Fault(0, "boxes", f"init blob: {error}")
        return
    if not track.config:
        yield Fault(0, "parameter-sets", f"{track.entry} of the init blob has no configuration")
    fragments: list[tuple[int, Fragment]] = []
    for number, data in enumerate(segments):
        try:
            fragment = parse_fragment(data, track)
        except BoxBroken as error:
            yield Fault(number, "boxes", str(error))
            continue
        for problem in fragment.problems:
            yield Fault(number, problem.rule, problem.detail)
        if kind == "video":
            yield from _check_first_picture(number, data, fragment.samples[0], track)
        fragments.append((number, fragment))
    yield from _check_decode_times(fragments)
    yield from _check_times(fragments, extinf, track, kind, frame, longest)


def _check_decode_times(fragments: Sequence[tuple[int, Fragment]]) -> Iterator[Fault]:
    """`tfdt` is the previous decode time plus duration, exactly."""
    expected: int | None = None
    for number, fragment in fragments:
        first, last = fragment.samples[0], fragment.samples[-1]
        if expected is not None and first.dts != expected:
            yield Fault(number, "tfdt", f"{first.dts}, and the segment before ends at {expected}")
        expected = last.dts + last.duration


def _check_times(
    fragments: Sequence[tuple[int, Fragment]],
    extinf: Sequence[Fraction],
    track: Track,
    kind: str,
    frame: Fraction | None,
    longest: Fraction | None,
) -> Iterator[Fault]:
    timings = [
        Timing(number, tuple(s.dts for s in each.samples), tuple(s.pts for s in each.samples))
        for number, each in fragments
    ]
    # Composition offsets may be negative in CMAF, so PTS before DTS is no fault here.
    yield from check_decode_order([Timing(t.number, t.dts, t.dts) for t in timings])
    ticks = frame * track.timescale if frame is not None else typical_frame(timings)
    if ticks is None:
        return
    if kind == "video":
        for timing in timings:
            if timing.pts[0] != timing.start:
                yield Fault(timing.number, "random-access", "pictures are shown before the first")
        bound = None if longest is None else longest * track.timescale
        yield from check_presentation(timings, ticks, bound)
    if len(timings) == len(extinf):
        starts = [Fraction(timing.start, track.timescale) for timing in timings]
        end = max(sample.pts + sample.duration for sample in fragments[-1][1].samples)
        tolerance = longest or ticks / track.timescale
        yield from check_durations(starts, Fraction(end, track.timescale), extinf, tolerance)


def _check_first_picture(number: int, data: bytes, sample: Sample, track: Track) -> Iterator[Fault]:
    """A segment begins with a sync sample whose content is one."""
    if not sample.sync:
        yield Fault(number, "random-access", "the first sample is not a sync sample")
    roles, size = _nal_layout(track)
    if roles is None:
        return
    found = sample_nal_types(data[sample.offset : sample.offset + sample.size], roles, size)
    if not found & roles.random_access:
        yield Fault(number, "random-access", f"the first sample has NAL types {sorted(found)}")
    in_band = track.entry in {"avc3", "hev1"}  # parameter sets may be in the samples alone
    if in_band and roles.parameter_sets - found and not _config_has_sets(track):
        yield Fault(number, "parameter-sets", f"{track.entry} with neither kind of parameter sets")
    if not in_band and not _config_has_sets(track):
        yield Fault(number, "parameter-sets", f"{track.entry} without parameter sets")


def _nal_layout(track: Track) -> tuple[NalRoles | None, int]:
    """Return the NAL roles, and the bytes of a NAL length (ISO/IEC 14496-15)."""
    if track.entry in {"avc1", "avc3"} and len(track.config) > 6:
        return H264_ROLES, (track.config[4] & 3) + 1
    if track.entry in {"hvc1", "hev1"} and len(track.config) > 22:
        return HEVC_ROLES, (track.config[21] & 3) + 1
    return None, 0


def _config_has_sets(track: Track) -> bool:
    """Say whether avcC names an SPS, or hvcC has any arrays."""
    if track.entry in {"avc1", "avc3"}:
        return bool(track.config[5] & 0x1F)
    return bool(track.config[22])


def sample_nal_types(sample: bytes, roles: NalRoles, length_size: int) -> set[int]:
    """Return the NAL types of a sample whose NAL units have their length before them."""
    found = set()
    at = 0
    while at + length_size < len(sample):
        length = int.from_bytes(sample[at : at + length_size], "big")
        at += length_size
        found.add(nal_type(sample[at], roles))
        at += length
    return found
