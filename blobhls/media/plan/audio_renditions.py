"""How each sound track of a video is offered. Pure.

Every track has a rendition in stereo that plays everywhere. One of more channels has another beside
it: cut where that can be, else, of 5.1 and 7.1, as AC-3, which every receiver understands.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.encoding_profiles import AAC_STEREO, AC3_SURROUND, CUT, EncodingProfile
from blobhls.media.bitstream import dolby
from blobhls.media.plan.groups import settled
from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.rendition_names import language_tag, sound_name
from blobhls.media.plan.roles import sound_characteristics
from blobhls.media.plan.timeline import Timeline
from blobhls.media.probe_values import STEREO, AudioTrack
from blobhls.recipe import AAC_FRAME, CutAudio, EncodeAudio, Packaging, Segment, Window

_PREROLL: Final = 4  # frames encoded ahead of a window and thrown away (ADR 5)
_SILENCE: Final = Fraction(1, 2)  # seconds that cut sound may be missing at either end …
_FILLED_CHANNELS: Final = 6  # … where there is no silent frame of so many channels to fill it
_AAC: Final = "aac"
_CINEMA: Final = 6  # channels of 5.1
_DOLBY_PEAK: Final = {"ac3": 700_000, "eac3": 1_800_000}  # bits a second, of any there is


def sound_renditions(timeline: Timeline, tracks: Sequence[AudioTrack]) -> list[Rendition]:
    """Return the stereo renditions of all tracks, then the surround ones.

    Both of a track have the same title, so that players take them for the same (RFC 8216
    §4.3.4.2.1).
    """
    stereo = settled([_stereo(timeline, track) for track in tracks])
    surround = [
        _surround(timeline, track, twin)
        for track, twin in zip(tracks, stereo, strict=True)
        if track.channels > STEREO and (_can_cut(timeline, track) or track.channels >= _CINEMA)
    ]
    return [*stereo, *surround]


def _stereo(timeline: Timeline, audio: AudioTrack) -> Rendition:
    name, title = sound_name(audio)
    cut = audio.codec == _AAC and audio.channels <= STEREO and audio.codecs is not None
    template: Segment = (
        _cut(timeline, audio) if cut else _encoded(timeline, audio, AAC_STEREO, timeline.packaging)
    )
    rate = _aac_rate(audio) if cut else AAC_STEREO.peak
    return Rendition(
        name=f"{name}_aac",
        kind="audio",
        template=template,
        edges=timeline.edges,
        bandwidth=rate,
        average=rate,
        codecs=audio.codecs if cut else "mp4a.40.2",
        title=title,
        language=language_tag(audio.language),
        channels=audio.channels if cut else STEREO,
        default=audio.default,
        characteristics=sound_characteristics(audio),
    )


def _can_cut(timeline: Timeline, audio: AudioTrack) -> bool:
    """Say whether a track can be cut as it is, its holes filled with silence of its kind."""
    if audio.codecs is None:
        return False
    tick, zero = audio.base.value, timeline.zero.value
    late = audio.start * tick - zero
    missing = timeline.seconds - (audio.stop * tick - zero)
    whole = late <= _SILENCE and missing <= _SILENCE
    return whole or audio.codec != _AAC or audio.channels <= _FILLED_CHANNELS


def _surround(timeline: Timeline, audio: AudioTrack, stereo: Rendition) -> Rendition:
    name, _ = sound_name(audio)
    if not _can_cut(timeline, audio):
        return msgspec.structs.replace(
            stereo,
            name=f"{name}-surround_ac3",
            template=_encoded(timeline, audio, AC3_SURROUND, "fmp4"),
            bandwidth=AC3_SURROUND.bitrate * 21 // 20,
            average=AC3_SURROUND.bitrate * 21 // 20,
            codecs=dolby.CODECS["ac3"],
            channels=_CINEMA,
            surround=True,
        )
    rate = _aac_rate(audio) if audio.codec == _AAC else _dolby_rate(audio)
    return msgspec.structs.replace(
        stereo,
        name=f"{name}-surround_{audio.codec}",
        template=_cut(timeline, audio),
        bandwidth=rate,
        average=rate,
        codecs=audio.codecs,
        channels=audio.channels,
        objects=audio.objects,
        surround=True,
    )


def _cut(timeline: Timeline, audio: AudioTrack) -> CutAudio:
    return CutAudio(
        timeline.track(audio),
        Window(0, 0),
        # hls.js reads no E-AC-3 from transport streams, and everything reads fMP4 (ADR 35).
        timeline.packaging if audio.codec == _AAC else "fmp4",
        CUT.name,
        samples=audio.frame_size or AAC_FRAME,
        rate=audio.sample_rate,
    )


def _encoded(
    timeline: Timeline, audio: AudioTrack, profile: EncodingProfile, packaging: Packaging
) -> EncodeAudio:
    track = timeline.track(audio)
    return EncodeAudio(track, 0, 0, _PREROLL, packaging, profile.name)


def _aac_rate(audio: AudioTrack) -> int:
    return max(64_000 * audio.channels + 64_000, audio.bit_rate * 5 // 4)


def _dolby_rate(audio: AudioTrack) -> int:
    """Return bits a second: the same for all frames, and some more for the container.

    What a dependent substream adds is in nobody's headers.
    """
    if audio.bit_rate and audio.channels <= _FILLED_CHANNELS:
        return audio.bit_rate * 21 // 20 + 4_000
    return _DOLBY_PEAK[audio.codec]
