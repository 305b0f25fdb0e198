"""What stands in for segments that can't be made. Pure."""

from __future__ import annotations

from blobhls.encoding_profiles import ladder_profile
from blobhls.media.container.clock import picture_ticks
from blobhls.media.plan.codecs import h264_level
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.recipe import Blank, CutVideo, EncodeVideo


def blank_recipe(plan: Plan, rendition: Rendition, number: int) -> Blank:
    """Return the recipe of a black, silent or wordless segment.

    H.264 may change its parameter sets at any IDR of a transport stream, so black pictures of our
    own encoder fit behind cut ones. What is cut into fMP4 is bound to its initialisation section:
    there a picture of its own stands still.
    """
    recipe = plan.recipe(rendition, number)
    if isinstance(recipe, CutVideo) and recipe.packaging == "ts":
        return Blank(_as_encoded(recipe, rendition))
    return Blank(recipe)


def _as_encoded(recipe: CutVideo, rendition: Rendition) -> EncodeVideo:
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
        frame=picture_ticks(rendition.frame_rate.value),
    )
