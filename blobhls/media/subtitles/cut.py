"""Text subtitles as WebVTT segments; a cue that crosses a boundary is in both segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.subtitle import AssSubtitle

from blobhls.encoding_profiles import PLAIN_SUBTITLES
from blobhls.hls import Cue, webvtt
from blobhls.media.container.source import readable_packets, seek_to
from blobhls.media.container.sparse_reader import (
    discard_others,
    pacing_stream,
    packets_until,
    seek_near,
)
from blobhls.media.subtitles.ass import CueText, parse_script, plain_text, reduce_event
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, TEXT_REACH, CutSubtitleFile, CutSubtitles

_INTERLEAVING: Final = 2  # seconds by which a cue may lag behind its video in the file
_DEFAULT_LENGTH: Final = Fraction(3)  # seconds, of a cue without a duration
_MAX_SETTINGS: Final = 1_000  # bytes
_MAX_CUES: Final = 5_000  # of one window; no player shows that many


def cut_subtitles(recipe: CutSubtitles, container: InputContainer) -> bytes:
    """Return one WebVTT segment; cue times count from time 0 of the timeline.

    A cue that began more than 30 s before the window is only found through the recipe's `earlier`.
    At most 5 000 cues are kept.
    """
    stream = container.streams[recipe.track.stream]
    start, stop = Fraction(recipe.start, 1000), Fraction(recipe.stop, 1000)
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    read = _reader(recipe, stream)
    cues = []
    for packet in _packets(recipe, container, stream):
        if packet.pts is None:
            continue
        begin = packet.pts * tick - zero
        if begin >= stop:
            break
        end = begin + (packet.duration * tick if packet.duration else _DEFAULT_LENGTH)
        if end > start and end > 0 and (cue_text := read(packet)).text:
            cues.append(Cue(max(begin, Fraction(0)), end, cue_text.text, cue_text.settings))
            if len(cues) == _MAX_CUES:
                break
    if recipe.profile != PLAIN_SUBTITLES.name:
        # Signs are often written several times on top of each other, for outline and shadow.
        cues = list(dict.fromkeys(cues))
    return webvtt(cues, LEAD_SECONDS * MPEG_CLOCK).encode()


def empty_subtitles() -> bytes:
    """Return a segment without cues."""
    return webvtt((), LEAD_SECONDS * MPEG_CLOCK).encode()


def _packets(
    recipe: CutSubtitles, container: InputContainer, stream: Stream
) -> Iterator[Packet[Stream]]:
    """Yield the track's packets from before the window on."""
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    start, stop = zero + Fraction(recipe.start, 1000), zero + Fraction(recipe.stop, 1000)
    if isinstance(recipe, CutSubtitleFile):
        yield from readable_packets(
            container, stream
        )  # the file was read in full when it was opened
        return
    if container.format.name.startswith("mov"):
        # The sample table lists every cue, and samples are contiguous: nothing else is read.
        discard_others(container, stream)
        seek_to(container, stream, int(start / tick), -1)
        yield from readable_packets(container, stream)
        return
    discard_others(container, *filter(None, (stream, pacing_stream(container))))
    for at in recipe.earlier or ():
        yield from _cues_at(container, stream, at)
    seek_near(container, start - TEXT_REACH, recipe.position)
    yield from packets_until(container, stream, stop + _INTERLEAVING, recipe.track.joins)


def _cues_at(container: InputContainer, stream: Stream, at: int) -> Iterator[Packet[Stream]]:
    """Yield the cues that begin at a tick; the file needs an index that lists them."""
    seek_to(container, stream, at, -1)
    limit = at * (stream.time_base or 1) + _INTERLEAVING
    for packet in packets_until(container, stream, Fraction(limit)):
        if packet.pts == at:
            yield packet
        elif packet.pts is not None and packet.pts > at:
            return


def _reader(recipe: CutSubtitles, stream: Stream) -> Callable[[Packet[Stream]], CueText]:
    """Return the function that turns packets of a stream into text, as the profile defines it."""
    if recipe.profile == PLAIN_SUBTITLES.name:
        return lambda packet: CueText("\n".join(filter(None, map(plain_text, _events(packet)))), "")
    script = parse_script(bytes(stream.codec_context.extradata or b""))

    def read(packet: Packet[Stream]) -> CueText:
        found = [
            cue_text for event in _events(packet) if (cue_text := reduce_event(event, script)).text
        ]
        settings = next(
            (cue_text.settings for cue_text in found if cue_text.settings), _settings(packet)
        )
        return CueText("\n".join(cue_text.text for cue_text in found), settings)

    return read


def _events(packet: Packet[Stream]) -> list[str]:
    try:
        decoded = packet.decode()
    except av.FFmpegError:
        return []
    return [e.ass.decode("utf-8", "replace") for e in decoded if isinstance(e, AssSubtitle)]


def _settings(packet: Packet[Stream]) -> str:
    """Return the settings of a cue from a WebVTT source; `webvtt` drops invalid ones."""
    if not packet.has_sidedata("webvtt_settings"):
        return ""
    return bytes(packet.get_sidedata("webvtt_settings"))[:_MAX_SETTINGS].decode("utf-8", "replace")
