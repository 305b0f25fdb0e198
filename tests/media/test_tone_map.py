"""HDR on an SDR screen: greys stay neutral and in order, and white is at its level."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import av
import pytest

from blobhls.media.video.filters import FilterGraph
from blobhls.media.video.tone_map import pq_light, pq_signal, tone_map_cube
from blobhls.recipe import Curve, EncodeVideo, Ratio, Track, Window

BASE = Fraction(1, 1000)
PATCH = 16  # pixels
Colour = tuple[float, float, float]
LIGHTS = (0, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 150, 203, 300, 400, 600, 800, 1000)  # cd/m²


def hlg_signal(light: float) -> float:
    """The HLG signal of a grey on a screen of 1000 cd/m² (BT.2100, gamma 1.2)."""
    scene = float((light / 1000) ** (1 / 1.2))
    if scene <= 1 / 12:
        return math.sqrt(3 * scene)
    return 0.17883277 * math.log(12 * scene - 0.28466892) + 0.55991073


def patches(colours: Iterable[Colour]) -> av.VideoFrame:
    """Squares of BT.2020 signals side by side, as HDR decoders output: 10 bits, limited range."""
    coded = []
    for red, green, blue in colours:
        luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
        blueness, redness = (blue - luma) / 1.8814, (red - luma) / 1.4746
        coded.append((64 + 876 * luma, 512 + 896 * blueness, 512 + 896 * redness))
    frame = av.VideoFrame(PATCH * len(coded), PATCH, "yuv420p10le")
    for number, plane in enumerate(frame.planes):
        wide = PATCH if number == 0 else PATCH // 2
        row = array("H", [round(each[number]) for each in coded for _ in range(wide)]).tobytes()
        padded = row + bytes(plane.line_size - len(row))
        plane.update(padded * (plane.buffer_size // plane.line_size))
    frame.pts, frame.color_range, frame.colorspace = 0, 1, 9
    return frame


def shown(curve: Curve, colours: list[Colour], peak: int = 1000) -> list[tuple[int, int, int]]:
    """The result for each square: Y, U and V of 8 bits."""
    source = patches(colours)
    recipe = EncodeVideo(
        Track("s", 0, Ratio.of(BASE), Ratio(0, 1)), Window(0, 1), "ts", "h264-360p-v2",
        width=source.width, height=source.height, level=31, frame=3600, tonemap=curve, peak=peak,
    )  # fmt: skip
    (picture,) = FilterGraph(recipe, BASE).run([source])
    result = []
    for number in range(len(colours)):
        at = PATCH * number + PATCH // 2
        y, u, v = (
            bytes(plane)[PATCH // 2 // part * plane.line_size + at // part]
            for plane, part in zip(picture.planes, (1, 2, 2), strict=True)
        )
        result.append((y, u, v))
    return result


def greys(curve: Curve, lights: Iterable[float]) -> list[tuple[int, int, int]]:
    signal = pq_signal if curve == "pq" else hlg_signal
    return shown(curve, [(signal(light),) * 3 for light in lights])


@pytest.mark.parametrize("curve", ["pq", "hlg"])
def test_greys_stay_neutral_and_in_order(curve: Curve) -> None:
    ramp = greys(curve, LIGHTS)
    assert {(u, v) for _, u, v in ramp} == {(128, 128)}
    lumas = [y for y, _, _ in ramp]
    assert lumas == sorted(lumas)
    # Steps that an eye tells on the HDR screen, it tells here too, up to the brightest.
    assert all(a < b for a, b in pairwise(lumas[:-2]))
    assert lumas[0] == 16
    assert 234 <= lumas[-1] <= 236


@pytest.mark.parametrize("curve", ["pq", "hlg"])
def test_white_of_100_and_203_candela_is_neither_grey_nor_clipped(curve: Curve) -> None:
    paper, white, sky = (y for y, _, _ in greys(curve, (100, 203, 600)))
    assert 160 <= paper <= 185  # two thirds to three quarters of the way up
    assert 192 <= white <= 216
    assert white + 15 <= sky < 235  # what is three times as bright is still told from it


@pytest.mark.parametrize("curve", ["pq", "hlg"])
def test_dark_tones_keep_their_brightness(curve: Curve) -> None:
    for light, (y, _, _) in zip((1, 5, 10, 26), greys(curve, (1, 5, 10, 26)), strict=True):
        # BT.1886 of a screen whose white is that of HDR (BT.2408).
        assert y == pytest.approx(16 + 219 * (light / 203) ** (1 / 2.4), abs=1)


def test_colours_keep_their_hue_and_bright_ones_pale() -> None:
    def red(light: float) -> Colour:
        # BT.709 red in BT.2020 light (BT.2087).
        return (
            pq_signal(light * 0.6274), pq_signal(light * 0.0691), pq_signal(light * 0.0164)
        )  # fmt: skip

    dark, bright = shown("pq", [red(50), red(900)])
    # BT.709 red is U below the middle and V far above; its luma is low.
    assert all(u < 128 < v for _, u, v in (dark, bright))
    assert bright[0] > dark[0] + 40


def test_a_brighter_film_has_more_steps_for_highlights() -> None:
    signals = [(pq_signal(light),) * 3 for light in (203, 1000, 3000)]
    of_1000, of_4000 = (shown("pq", [*signals], peak) for peak in (1000, 4000))
    assert of_1000[1][0] == of_1000[2][0]
    assert of_4000[1][0] < of_4000[2][0]


@pytest.mark.parametrize("light", [0.01, 1, 100, 203, 1000, 10_000])
def test_pq_is_its_own_inverse(light: float) -> None:
    assert pq_light(pq_signal(light)) == pytest.approx(light)


@pytest.mark.parametrize("curve", ["pq", "hlg"])
def test_the_table_has_every_colour_once_and_none_out_of_range(curve: Curve) -> None:
    size, *rows = tone_map_cube(curve, 1000).splitlines()
    assert len(rows) == int(size.removeprefix("LUT_3D_SIZE ")) ** 3
    values = [float(value) for row in rows for value in row.split()]
    assert (min(values), max(values)) == (0, 1)
