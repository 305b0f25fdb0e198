"""Text subtitles as WebVTT segments; a cue that crosses a boundary stands in both."""

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
from blobhls.media.subtitles.ass import Words, parse_script, plain, reduced
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, TEXT_REACH, CutSubtitleFile, CutSubtitles

_INTERLEAVING: Final = 2  # seconds that a cue may stand behind its picture in the file
_UNKNOWN_LENGTH: Final = Fraction(3)  # seconds, of a cue without a duration
_MOST_SETTINGS: Final = 1_000  # bytes
_MOST_CUES: Final = 5_000  # of one window; no player shows as many


def cut_subtitles(recipe: CutSubtitles, container: InputContainer) -> bytes:
    """Return one WebVTT segment; cue times count from time 0 of the timeline.

    A cue that began more than 30 s before the window is found where the recipe says so, and more
    cues than anybody can read are left out.
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
        end = begin + (packet.duration * tick if packet.duration else _UNKNOWN_LENGTH)
        if end > start and end > 0 and (words := read(packet)).text:
            cues.append(Cue(max(begin, Fraction(0)), end, words.text, words.settings))
            if len(cues) == _MOST_CUES:
                break
    if recipe.profile != PLAIN_SUBTITLES.name:
        # Signs are often written several times on top of each other, for outline and shadow.
        cues = list(dict.fromkeys(cues))
    return webvtt(cues, LEAD_SECONDS * MPEG_CLOCK).encode()


def empty_subtitles() -> bytes:
    """Return a segment without a cue."""
    return webvtt((), LEAD_SECONDS * MPEG_CLOCK).encode()


def _packets(
    recipe: CutSubtitles, container: InputContainer, stream: Stream
) -> Iterator[Packet[Stream]]:
    """Yield the track's packets from before the window on."""
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    start, stop = zero + Fraction(recipe.start, 1000), zero + Fraction(recipe.stop, 1000)
    if isinstance(recipe, CutSubtitleFile):
        yield from readable_packets(container, stream)  # all of it was read as it was opened
        return
    if container.format.name.startswith("mov"):
        # The sample table lists every cue, and samples follow each other: nothing else is read.
        discard_others(container, stream)
        seek_to(container, stream, int(start / tick), -1)
        yield from readable_packets(container, stream)
        return
    discard_others(container, *filter(None, (stream, pacing_stream(container))))
    for at in recipe.earlier or ():
        yield from _standing_at(container, stream, at)
    seek_near(container, start - TEXT_REACH, recipe.position)
    yield from packets_until(container, stream, stop + _INTERLEAVING, recipe.track.joins)


def _standing_at(container: InputContainer, stream: Stream, at: int) -> Iterator[Packet[Stream]]:
    """Yield the cues that begin at a tick; an index that lists them is needed."""
    seek_to(container, stream, at, -1)
    limit = at * (stream.time_base or 1) + _INTERLEAVING
    for packet in packets_until(container, stream, Fraction(limit)):
        if packet.pts == at:
            yield packet
        elif packet.pts is not None and packet.pts > at:
            return


def _reader(recipe: CutSubtitles, stream: Stream) -> Callable[[Packet[Stream]], Words]:
    """Return what turns packets of a stream into words, as the recipe's profile does it."""
    if recipe.profile == PLAIN_SUBTITLES.name:
        return lambda packet: Words("\n".join(filter(None, map(plain, _events(packet)))), "")
    script = parse_script(bytes(stream.codec_context.extradata or b""))

    def read(packet: Packet[Stream]) -> Words:
        found = [words for event in _events(packet) if (words := reduced(event, script)).text]
        settings = next((words.settings for words in found if words.settings), _settings(packet))
        return Words("\n".join(words.text for words in found), settings)

    return read


def _events(packet: Packet[Stream]) -> list[str]:
    try:
        decoded = packet.decode()
    except av.FFmpegError:
        return []
    return [e.ass.decode("utf-8", "replace") for e in decoded if isinstance(e, AssSubtitle)]


def _settings(packet: Packet[Stream]) -> str:
    """Return the settings that a cue has in a WebVTT source; what is none `webvtt` leaves out."""
    if not packet.has_sidedata("webvtt_settings"):
        return ""
    return bytes(packet.get_sidedata("webvtt_settings"))[:_MOST_SETTINGS].decode("utf-8", "replace")
