"""Where decoded audio belongs on the timeline, to the sample.

Containers round time stamps: Matroska to the millisecond, 48 samples at 48 kHz. So each frame gives
an interval that contains its true position. Consecutive frames share one position, and the
intersection of most of their intervals is soon narrower than a sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, groupby, pairwise
from typing import Final, TypeAlias

import msgspec
from av.audio.frame import AudioFrame

from blobhls.recipe import AAC_RATE

FORMAT: Final = "fltp"
# A sample of the timeline, an int where possible: a minute of audio is 3 000 frames, and Fractions
# took longer than cutting them.
SamplePosition: TypeAlias = int | Fraction

_MIN_GAP: Final = Fraction(1, 25)  # seconds; less is rounding or jitter of a time stamp
_SILENCE_PIECE: Final = 4096  # samples of silence at a time
_SAMPLE_BYTES: Final = 4
_JITTER: Final = Fraction(1, 500)  # seconds by which phones and live encoders are off at times


class AudioFormat(msgspec.Struct, frozen=True):
    """The format that audio is decoded to before it is placed: planar floats."""

    rate: int  # samples a second
    layout: str  # libav's name of the channel layout


class TimedFrame(msgspec.Struct, frozen=True):
    """A decoded frame of floats, and the sample of the timeline at which it claims to begin."""

    frame: AudioFrame
    at: Fraction
    trimmed: bool = False  # by libav, at the start of the stream: its time stamp is rounded again
    recording: int = 0  # number of the recording in its file


def common_grid_sample(seconds: Fraction, rate: int) -> int:
    """Return the last sample at or before `seconds` that is also on the 48 kHz grid."""
    step = rate // math.gcd(rate, AAC_RATE)
    return math.floor(seconds * rate / step) * step


def on_timeline(
    timed_frames: Iterable[TimedFrame],
    slack: Fraction,
    audio_format: AudioFormat,
    origin: int,
    ending: int,
) -> Iterator[AudioFrame]:
    """Yield frames from sample `origin` to `ending` without gap or overlap; `pts` is their sample.

    Gaps are filled with silence, and overlaps are left out. `slack`: samples by which a claimed
    position may be off, either way.
    """
    cursor = origin
    for run in continuous_runs(timed_frames, slack, audio_format.rate):
        lengths = [timed.frame.samples for timed in run]
        claims = [None if timed.trimmed else timed.at for timed in run]
        position = (
            common_start(claims, lengths, slack)
            if any(c is not None for c in claims)
            else round(run[0].at)
        )
        for timed in run:
            start, position = position, position + timed.frame.samples
            if position <= cursor or start >= ending:
                continue
            yield from _silence(audio_format, cursor, min(start, ending))
            begin = max(start, cursor)
            yield _with_pts(_without_first(timed.frame, begin - start), audio_format.rate, begin)
            cursor = position
    yield from _silence(audio_format, cursor, ending)


def frames_in_sequence(
    timed_frames: Iterable[TimedFrame], audio_format: AudioFormat, first: int
) -> Iterator[AudioFrame]:
    """Yield frames one after another from their sample number `first` on, preceded by silence.

    `audio_format`: with the rate that the samples are assumed to have. Time stamps count from 0.
    """
    yield from _silence(audio_format, 0, -first)
    start = 0
    for timed in timed_frames:
        stop = start + timed.frame.samples
        if stop > first:
            begin = max(start, first)
            yield _with_pts(
                _without_first(timed.frame, begin - start), audio_format.rate, begin - first
            )
        start = stop


def common_start(
    claims: Sequence[SamplePosition | None], lengths: Sequence[int], slack: Fraction
) -> int:
    """Return the sample at which a run of frames begins.

    `claims`: the position of each frame by its time stamp, at most `slack` samples off; None for a
    time stamp that is unreliable. At least one is not None. `lengths` in samples. The result is the
    position that most claims allow: frames laced in Matroska, whose time stamps are estimates, do
    not outvote the others.
    """
    # In integers, `scale` to a sample: sorting Fractions took longer than cutting.
    scale = _common_denominator([slack, *(claim for claim in claims if claim is not None)])
    wide = _scaled_to_integer(slack, scale)
    edges: list[tuple[int, int]] = []
    for claim, done in zip(claims, accumulate(lengths, initial=0), strict=False):
        if claim is not None:
            at = _scaled_to_integer(claim, scale) - done * scale
            edges += [(at - wide, -1), (at + wide, 1)]
    edges.sort()  # at one position, intervals open before others close
    best, low, high, covered = 0, edges[0][0], edges[-1][0], 0
    for number, (position, step) in enumerate(edges):
        covered -= step
        if covered > best:
            best, low, high = covered, position, edges[number + 1][0]
    return (low + high + scale) // (2 * scale)


def aligned_to_earliest_claim(
    timed_frames: Sequence[TimedFrame], slack: Fraction, rate: int
) -> list[TimedFrame]:
    """Return frames whose claims are never early, each run at the position of its earliest claim.

    On a DVD, a time stamp belongs to the first audio frame that begins in its packet. Up to a
    packet of samples precede it; their number is in a header that libav skips.
    """
    result: list[TimedFrame] = []
    for run in continuous_runs(timed_frames, slack, rate):
        counts = list(accumulate((timed.frame.samples for timed in run), initial=0))
        start = min(timed.at - done for timed, done in zip(run, counts, strict=False))
        result += [
            msgspec.structs.replace(timed, at=start + done)
            for timed, done in zip(run, counts, strict=False)
        ]
    return result


def run_slices(
    claims: Sequence[SamplePosition], lengths: Sequence[int], slack: Fraction, rate: int
) -> list[slice]:
    """Return the runs of consecutive frames, as slices of `claims`."""
    limit = max(2 * slack, _MIN_GAP * rate)
    scale = _common_denominator([limit, *claims])
    positions, most = (
        [_scaled_to_integer(claim, scale) for claim in claims],
        _scaled_to_integer(limit, scale),
    )
    starts = [
        number
        for number in range(len(positions))
        if number == 0
        or abs(positions[number] - positions[number - 1] - lengths[number - 1] * scale) > most
    ]
    return [slice(*pair) for pair in pairwise([*starts, len(claims)])]


def dejittered(
    claims: Sequence[SamplePosition], length: int, slack: Fraction, rate: int
) -> list[SamplePosition]:
    """Return where frames of `length` samples begin, without rounding and jitter.

    Runs whose clock drifts against their samples are left unchanged.
    """
    if not claims:
        return []
    exact = _consecutive(claims[0], length, len(claims))
    if exact == list(claims):
        return exact  # the usual case in MP4
    result: list[SamplePosition] = []
    late = max(slack, _JITTER * rate)
    for run in run_slices(claims, [length] * len(claims), slack, rate):
        start = common_start(claims[run], [length] * len(claims[run]), slack)
        steady = _consecutive(start, length, len(claims[run]))
        off = [position - claim for position, claim in zip(steady, claims[run], strict=True)]
        result += claims[run] if max(off) > late or min(off) < -late else steady
    return result


def _consecutive(start: SamplePosition, length: int, count: int) -> list[SamplePosition]:
    """Return where consecutive frames begin, from the integer sample `start` on."""
    return list(range(int(start), int(start) + count * length, length))


def missing_frames(
    positions: Sequence[SamplePosition], length: int, start: Fraction, stop: Fraction
) -> list[int]:
    """Return where frames of `length` samples are missing from `start` up to `stop`.

    `positions` of the frames that exist, including those before and after the span that touch it.
    """
    if not positions:
        return list(range(math.ceil(start / length) * length, math.ceil(stop), length))
    missing = [
        positions[0] - length * n for n in range(int((positions[0] - start) / length), 0, -1)
    ]
    for before, after in pairwise(positions):
        if after - before == length:
            continue
        count = round((after - before) / length)
        missing += [before + length * n for n in range(1, count)]
    after_last = math.ceil((stop - positions[-1]) / length)
    missing += [positions[-1] + length * n for n in range(1, after_last)]
    return [round(position) for position in missing if start <= position < stop]


def _common_denominator(values: Iterable[SamplePosition]) -> int:
    return math.lcm(*{value.denominator for value in values})


def _scaled_to_integer(value: SamplePosition, scale: int) -> int:
    """Return `value * scale`, where `scale` is a multiple of the value's denominator."""
    return value.numerator * (scale // value.denominator)


def continuous_runs(
    timed_frames: Iterable[TimedFrame], slack: Fraction, rate: int
) -> Iterator[list[TimedFrame]]:
    """Yield the runs of consecutive frames; none spans two recordings."""
    for _, recording in groupby(timed_frames, lambda timed: timed.recording):
        frames = list(recording)
        lengths = [timed.frame.samples for timed in frames]
        for run in run_slices([timed.at for timed in frames], lengths, slack, rate):
            yield frames[run]


def _with_pts(frame: AudioFrame, rate: int, position: int) -> AudioFrame:
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = position
    return frame


def _without_first(frame: AudioFrame, skip: int) -> AudioFrame:
    """Return a frame without its first `skip` samples."""
    if not skip:
        return frame
    rest = AudioFrame(FORMAT, frame.layout.name, frame.samples - skip)
    for source, target in zip(frame.planes, rest.planes, strict=True):
        data = bytes(source)[skip * _SAMPLE_BYTES : frame.samples * _SAMPLE_BYTES]
        target.update(data.ljust(target.buffer_size, b"\0"))
    return rest


def silent_frame(layout: str, samples: int) -> AudioFrame:
    """Return a frame of silence without a time stamp."""
    frame = AudioFrame(FORMAT, layout, samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def _silence(audio_format: AudioFormat, start: int, stop: int) -> Iterator[AudioFrame]:
    """Yield silence from one sample up to another."""
    while start < stop:
        frame = silent_frame(audio_format.layout, min(_SILENCE_PIECE, stop - start))
        yield _with_pts(frame, audio_format.rate, start)
        start += frame.samples
