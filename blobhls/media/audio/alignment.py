"""Where sound belongs on the timeline, to the sample.

Containers round time stamps: Matroska to the millisecond, 48 samples at 48 kHz. Each frame gives an
interval that the true position lies in; frames that follow each other share one position, and
what most of their intervals have in common is soon narrower than a sample.
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
# A sample of the timeline. Whole wherever it may be: a minute of sound is 3 000 frames, and
# Fractions took longer than cutting them.
Place: TypeAlias = int | Fraction

_HOLE: Final = Fraction(1, 25)  # seconds; less is a rounded or jittering time stamp
_PIECE: Final = 4096  # samples of silence at a time
_SAMPLE_BYTES: Final = 4
_JITTER: Final = Fraction(1, 500)  # seconds that phones and live encoders are off now and then


class Form(msgspec.Struct, frozen=True):
    """What decoded sound is turned into before it is put in its place: floats, in planes."""

    rate: int  # samples a second
    layout: str  # libav's name of the channels


class Sound(msgspec.Struct, frozen=True):
    """A decoded frame, mixed to floats, and the sample of the timeline that it claims to begin."""

    frame: AudioFrame
    at: Fraction
    trimmed: bool = False  # by libav, at the start of the stream, to a time stamp rounded anew
    part: int = 0  # number of the recording in its file


def aligned(seconds: Fraction, rate: int) -> int:
    """Return the last sample at or before `seconds` that is one of the 48 kHz grid too."""
    step = rate // math.gcd(rate, AAC_RATE)
    return math.floor(seconds * rate / step) * step


def on_timeline(
    sounds: Iterable[Sound], slack: Fraction, form: Form, origin: int, ending: int
) -> Iterator[AudioFrame]:
    """Yield frames without hole or overlap from sample `origin` to `ending`, their place as `pts`.

    What is missing is silence; what overlaps is left out. `slack`: samples that a claimed
    position may be off, either way.
    """
    cursor = origin
    for run in runs(sounds, slack, form.rate):
        lengths = [sound.frame.samples for sound in run]
        claims = [None if sound.trimmed else sound.at for sound in run]
        position = (
            common_start(claims, lengths, slack)
            if any(c is not None for c in claims)
            else round(run[0].at)
        )
        for sound in run:
            start, position = position, position + sound.frame.samples
            if position <= cursor or start >= ending:
                continue
            yield from _silence(form, cursor, min(start, ending))
            begin = max(start, cursor)
            yield _placed(_tail(sound.frame, begin - start), form.rate, begin)
            cursor = position
    yield from _silence(form, cursor, ending)


def placed_run(sounds: Iterable[Sound], pace: Form, first: int) -> Iterator[AudioFrame]:
    """Yield frames one after the other from their sample number `first` on, silence before them.

    `pace`: with the rate that their samples are taken to have; time stamps count from 0.
    """
    yield from _silence(pace, 0, -first)
    start = 0
    for sound in sounds:
        stop = start + sound.frame.samples
        if stop > first:
            begin = max(start, first)
            yield _placed(_tail(sound.frame, begin - start), pace.rate, begin - first)
        start = stop


def common_start(claims: Sequence[Place | None], lengths: Sequence[int], slack: Fraction) -> int:
    """Return the sample that a run of frames begins at.

    `claims`: the position of each frame as its time stamp says, `slack` samples off at most, None
    where it is not to be believed; one at least is. `lengths` in samples. The place that most
    claims allow is taken: frames laced in Matroska, whose time stamps are guesses, don't count
    against the others.
    """
    # In whole numbers of `scale` a sample: sorting Fractions took longer than cutting.
    scale = _common_denominator([slack, *(claim for claim in claims if claim is not None)])
    wide = _scaled(slack, scale)
    edges: list[tuple[int, int]] = []
    for claim, done in zip(claims, accumulate(lengths, initial=0), strict=False):
        if claim is not None:
            at = _scaled(claim, scale) - done * scale
            edges += [(at - wide, -1), (at + wide, 1)]
    edges.sort()  # at one place intervals open before others close
    best, low, high, covered = 0, edges[0][0], edges[-1][0], 0
    for number, (place, step) in enumerate(edges):
        covered -= step
        if covered > best:
            best, low, high = covered, place, edges[number + 1][0]
    return (low + high + scale) // (2 * scale)


def at_earliest(sounds: Sequence[Sound], slack: Fraction, rate: int) -> list[Sound]:
    """Return frames whose claims are never early, each run where the earliest claim puts it.

    In a DVD a time stamp is that of the first frame of sound that begins in its packet. Up to a
    packet of samples is before it, which only a header tells that libav skips.
    """
    result: list[Sound] = []
    for run in runs(sounds, slack, rate):
        counts = list(accumulate((sound.frame.samples for sound in run), initial=0))
        start = min(sound.at - done for sound, done in zip(run, counts, strict=False))
        result += [
            msgspec.structs.replace(sound, at=start + done)
            for sound, done in zip(run, counts, strict=False)
        ]
    return result


def split_runs(
    claims: Sequence[Place], lengths: Sequence[int], slack: Fraction, rate: int
) -> list[slice]:
    """Return the stretches of frames that follow each other, as slices of `claims`."""
    limit = max(2 * slack, _HOLE * rate)
    scale = _common_denominator([limit, *claims])
    places, most = [_scaled(claim, scale) for claim in claims], _scaled(limit, scale)
    starts = [
        number
        for number in range(len(places))
        if number == 0
        or abs(places[number] - places[number - 1] - lengths[number - 1] * scale) > most
    ]
    return [slice(*pair) for pair in pairwise([*starts, len(claims)])]


def settled(claims: Sequence[Place], length: int, slack: Fraction, rate: int) -> list[Place]:
    """Return where frames of `length` samples begin, freed from rounding and jitter.

    A clock that drifts against its samples is left as it is.
    """
    if not claims:
        return []
    exact = _in_a_row(claims[0], length, len(claims))
    if exact == list(claims):
        return exact  # as nearly always in MP4
    result: list[Place] = []
    late = max(slack, _JITTER * rate)
    for run in split_runs(claims, [length] * len(claims), slack, rate):
        start = common_start(claims[run], [length] * len(claims[run]), slack)
        steady = _in_a_row(start, length, len(claims[run]))
        off = [place - claim for place, claim in zip(steady, claims[run], strict=True)]
        result += claims[run] if max(off) > late or min(off) < -late else steady
    return result


def _in_a_row(start: Place, length: int, count: int) -> list[Place]:
    """Return where frames begin that follow each other from `start` on, a whole sample."""
    return list(range(int(start), int(start) + count * length, length))


def holes(places: Sequence[Place], length: int, start: Fraction, stop: Fraction) -> list[int]:
    """Return where frames of `length` samples are missing from `start` up to `stop`.

    `places` of the frames that are there, those before and after the span that touch it included.
    """
    if not places:
        return list(range(math.ceil(start / length) * length, math.ceil(stop), length))
    missing = [places[0] - length * n for n in range(int((places[0] - start) / length), 0, -1)]
    for before, after in pairwise(places):
        if after - before == length:
            continue
        count = round((after - before) / length)
        missing += [before + length * n for n in range(1, count)]
    after_last = math.ceil((stop - places[-1]) / length)
    missing += [places[-1] + length * n for n in range(1, after_last)]
    return [round(place) for place in missing if start <= place < stop]


def _common_denominator(values: Iterable[Place]) -> int:
    return math.lcm(*{value.denominator for value in values})


def _scaled(value: Place, scale: int) -> int:
    """Return `value * scale`; `scale` is a multiple of its denominator."""
    return value.numerator * (scale // value.denominator)


def runs(sounds: Iterable[Sound], slack: Fraction, rate: int) -> Iterator[list[Sound]]:
    """Yield the stretches of frames of one recording that follow each other."""
    for _, part in groupby(sounds, lambda sound: sound.part):
        heard = list(part)
        lengths = [sound.frame.samples for sound in heard]
        for run in split_runs([sound.at for sound in heard], lengths, slack, rate):
            yield heard[run]


def _placed(frame: AudioFrame, rate: int, position: int) -> AudioFrame:
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = position
    return frame


def _tail(frame: AudioFrame, skip: int) -> AudioFrame:
    """Return a frame without its first `skip` samples."""
    if not skip:
        return frame
    rest = AudioFrame(FORMAT, frame.layout.name, frame.samples - skip)
    for source, target in zip(frame.planes, rest.planes, strict=True):
        data = bytes(source)[skip * _SAMPLE_BYTES : frame.samples * _SAMPLE_BYTES]
        target.update(data.ljust(target.buffer_size, b"\0"))
    return rest


def silent(layout: str, samples: int) -> AudioFrame:
    """Return a frame of so many samples of silence; it is placed nowhere yet."""
    frame = AudioFrame(FORMAT, layout, samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def _silence(form: Form, start: int, stop: int) -> Iterator[AudioFrame]:
    """Yield silence from one sample to another."""
    while start < stop:
        frame = silent(form.layout, min(_PIECE, stop - start))
        yield _placed(frame, form.rate, start)
        start += frame.samples
