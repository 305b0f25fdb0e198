"""How each audio track of a video is offered. Pure.

Every track gets a stereo rendition, which every player can play. A track with more channels gets a
surround rendition as well: cut where possible; otherwise, for 5.1 and 7.1, encoded as AC-3, which
every receiver decodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.encoding_profiles import AAC_STEREO, AC3_SURROUND, CUT, EncodingProfile
from blobhls.media.bitstream import dolby
from blobhls.media.plan.groups import with_unique_titles
from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.rendition_names import audio_name, language_tag
from blobhls.media.plan.roles import audio_characteristics
from blobhls.media.plan.timeline import Timeline
from blobhls.media.probe_values import STEREO, AudioTrack
from blobhls.recipe import AAC_FRAME, CutAudio, EncodeAudio, Packaging, Segment, Window

_PREROLL: Final = 4  # frames encoded ahead of a window and thrown away (ADR 5)
_MAX_MISSING: Final = Fraction(1, 2)  # seconds of a cut track that may be missing at either end …
_MAX_FILLED_CHANNELS: Final = 6  # … where no silent frame with this many channels can fill them
_AAC: Final = "aac"
_SURROUND_CHANNELS: Final = 6  # channels of 5.1
_DOLBY_PEAK: Final = {"ac3": 700_000, "eac3": 1_800_000}  # bits a second, the codec's maximum


def audio_renditions(timeline: Timeline, tracks: Sequence[AudioTrack]) -> list[Rendition]:
    """Return the stereo renditions of all tracks, then the surround renditions.

    The two renditions of a track share a title, so that players treat them as the same audio
    (RFC 8216 §4.3.4.2.1).
    """
    stereo = with_unique_titles([_stereo(timeline, track) for track in tracks])
    surround = [
        _surround(timeline, track, twin)
        for track, twin in zip(tracks, stereo, strict=True)
        if track.channels > STEREO
        and (_can_cut(timeline, track) or track.channels >= _SURROUND_CHANNELS)
    ]
    return [*stereo, *surround]


def _stereo(timeline: Timeline, audio: AudioTrack) -> Rendition:
    name, title = audio_name(audio)
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
        characteristics=audio_characteristics(audio),
    )


def _can_cut(timeline: Timeline, audio: AudioTrack) -> bool:
    """Say whether a track can be cut, with silence in its own codec wherever frames are missing."""
    if audio.codecs is None:
        return False
    tick, zero = audio.base.value, timeline.zero.value
    late = audio.start * tick - zero
    missing = timeline.seconds - (audio.stop * tick - zero)
    complete = late <= _MAX_MISSING and missing <= _MAX_MISSING
    return complete or audio.codec != _AAC or audio.channels <= _MAX_FILLED_CHANNELS


def _surround(timeline: Timeline, audio: AudioTrack, stereo: Rendition) -> Rendition:
    name, _ = audio_name(audio)
    if not _can_cut(timeline, audio):
        return msgspec.structs.replace(
            stereo,
            name=f"{name}-surround_ac3",
            template=_encoded(timeline, audio, AC3_SURROUND, "fmp4"),
            bandwidth=AC3_SURROUND.bitrate * 21 // 20,
            average=AC3_SURROUND.bitrate * 21 // 20,
            codecs=dolby.CODECS["ac3"],
            channels=_SURROUND_CHANNELS,
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
    """Return bits a second: the rate of every frame, plus a margin for the container.

    No header states what a dependent substream adds.
    """
    if audio.bit_rate and audio.channels <= _MAX_FILLED_CHANNELS:
        return audio.bit_rate * 21 // 20 + 4_000
    return _DOLBY_PEAK[audio.codec]
