"""Recipes of the blanks that stand in for segments that can't be rendered. Pure."""

from __future__ import annotations

from blobhls.encoding_profiles import ladder_profile
from blobhls.media.container.clock import frame_ticks
from blobhls.media.plan.codecs import h264_level
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import Blank, CutVideo, EncodeVideo


def blank_recipe(plan: Plan, rendition: Rendition, number: int) -> Blank:
    """Return the recipe of a black frame, silence or an empty subtitle segment.

    In MPEG-TS, H.264 may change its parameter sets at any IDR, so black frames of our own encoder
    can follow cut video. Video cut to fMP4 is bound to its initialisation section: there the blank
    shows one of the source's own frames throughout.
    """
    recipe = plan.recipe(rendition, number)
    if isinstance(recipe, CutVideo) and recipe.packaging == "ts":
        return Blank(_encoded_like(recipe, rendition))
    return Blank(recipe)


def _encoded_like(recipe: CutVideo, rendition: Rendition) -> EncodeVideo:
    width, height = (max(2, side // 2 * 2) for side in (rendition.width, rendition.height))
    profile = ladder_profile(min(width, height))
    return EncodeVideo(
        recipe.track,
        recipe.window,
        recipe.packaging,
        profile.name,
        width=width,
        height=height,
        level=h264_level(width, height, rendition.frame_rate.value, profile.maxrate),
        frame=frame_ticks(rendition.frame_rate.value),
    )
