"""Video encoders and their options: x264, or those of a GPU."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext

from blobhls.encoding_profiles import EncodingProfile, profile_named
from blobhls.recipe import MPEG_CLOCK, EncodeVideo

_FORMATS: Final = {"h264_qsv": "nv12"}  # an encoder's pixel format, where it is not yuv420p
_NO_KEY_FRAMES: Final = 1 << 20  # frames after the first without another key frame


def encoder_for(recipe: EncodeVideo) -> VideoCodecContext:
    """Return an encoder that is not opened yet; raises `ValueError` where this libav lacks it."""
    name = profile_named(recipe.profile).encoder
    if name not in av.codecs_available:
        raise ValueError(f"this libav has no {name}")
    encoder = av.CodecContext.create(name, "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError(f"{name} does not encode video")
    return encoder


def configure(encoder: VideoCodecContext, recipe: EncodeVideo) -> None:
    """Set an encoder's options for a recipe."""
    profile = profile_named(recipe.profile)
    encoder.width, encoder.height = recipe.width, recipe.height
    encoder.pix_fmt = _FORMATS.get(profile.encoder, "yuv420p")
    encoder.time_base = Fraction(1, MPEG_CLOCK)
    encoder.framerate = Fraction(MPEG_CLOCK, recipe.frame).limit_denominator(1001)
    encoder.sample_aspect_ratio = Fraction(1)
    encoder.color_range = 1  # limited
    encoder.color_primaries, encoder.color_trc, encoder.colorspace = recipe.colour
    if profile.evictable:
        encoder.thread_count = 1
    encoder.options = {
        "profile": "high",
        "level": f"{recipe.level / 10:.1f}",
        "maxrate": str(profile.maxrate),
        "bufsize": str(profile.maxrate),
        **_OPTIONS[profile.encoder](profile),
    }
    if recipe.packaging == "fmp4":
        encoder.flags |= av.codec.context.Flags.global_header


def _x264(profile: EncodingProfile) -> dict[str, str]:
    return {
        "preset": profile.preset,
        "crf": str(profile.crf),
        "bf": "3",
        # One thread and no CPU-specific macroblock tree, or the bytes differ (ADR 2).
        "x264-params": "cpu-independent=1:keyint=infinite",
    }


def _nvenc(profile: EncodingProfile) -> dict[str, str]:
    quality = {"rc": "vbr", "cq": str(profile.crf), "b": "0"}
    return {"preset": profile.preset, "g": str(_NO_KEY_FRAMES), "bf": "2", **quality}


def _qsv(profile: EncodingProfile) -> dict[str, str]:
    return {"preset": profile.preset, "g": str(_NO_KEY_FRAMES), "global_quality": str(profile.crf)}


def _vaapi(profile: EncodingProfile) -> dict[str, str]:
    return {"rc_mode": "QVBR", "g": str(_NO_KEY_FRAMES), "global_quality": str(profile.crf)}


_OPTIONS: Final = {"libx264": _x264, "h264_nvenc": _nvenc, "h264_qsv": _qsv, "h264_vaapi": _vaapi}
