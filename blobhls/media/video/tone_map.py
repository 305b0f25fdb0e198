"""Tone mapping: HDR video for SDR screens, from PQ and HLG of BT.2020 to BT.709.

A single 3D lookup table does all of it, from coded colour to coded colour: light as an HDR screen
would show it (SMPTE ST 2084; BT.2100 HLG), compressed to the range of an SDR screen (EETF of
BT.2390), mapped to its gamut and coded for it (BT.1886). The table is the same on every machine,
and libav's filter rounds the same way on every CPU for 12-bit pixels. swscale's own conversion took
4.6 s before the first frame of every segment, and turned blue skies magenta.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Final, TypeAlias

from blobhls.recipe import Curve

_GRID: Final = 33  # steps of each colour; lut3d interpolates between them
_WHITE: Final = 203.0  # cd/m² of diffuse white in HDR (BT.2408): SDR's 100 %
_HLG_PEAK: Final = 1000.0  # cd/m² of the screen that HLG is shown on (BT.2100)
_SDR_GAMMA: Final = 2.4  # BT.1886
# SMPTE ST 2084.
_M1, _M2 = 2610 / 16384, 2523 / 32
_C1, _C2, _C3 = 3424 / 4096, 2413 / 128, 2392 / 128
# BT.2100 table 5.
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_LUMA_2020: Final = (0.2627, 0.6780, 0.0593)
_LUMA_709: Final = (0.2126, 0.7152, 0.0722)
# BT.2407 §2: linear BT.2020 to linear BT.709.
_TO_709: Final = (
    (1.6605, -0.5876, -0.0728),
    (-0.1246, 1.1329, -0.0083),
    (-0.0182, -0.1006, 1.1187),
)

Colour: TypeAlias = tuple[float, float, float]


def tone_map_cube(curve: Curve, peak: int) -> str:
    """Return the table as a `.tone_map_cube` file: red varies fastest, values from 0 to 1.

    `peak`: cd/m² of the brightest light in the video; brighter light becomes white.
    """
    rows = [f"LUT_3D_SIZE {_GRID}"]
    rows += [f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in _entries(curve, peak)]
    return "\n".join(rows) + "\n"


def _entries(curve: Curve, peak: int) -> Iterator[Colour]:
    steps = [step / (_GRID - 1) for step in range(_GRID)]
    if curve == "pq":
        light = [pq_light(step) for step in steps]
        compress: Callable[[float], float] = cache(_compressor(float(peak)))
        for blue, green, red in product(light, repeat=3):
            yield _bt709_signal(_compressed((red, green, blue), compress))
    else:
        light = [_hlg_scene(step) for step in steps]
        compress = _compressor(_HLG_PEAK)
        for blue, green, red in product(light, repeat=3):
            yield _bt709_signal(_compressed(_hlg_display((red, green, blue)), compress))


def _compressed(light: Colour, compress: Callable[[float], float]) -> Colour:
    """Return compressed light, where white is 1.

    One half compresses each colour on its own, which pales bright colours as film does. The other
    half scales all three by the factor of the brightest, which keeps the hue. The first alone
    turned skies to cyan; the second alone left bright faces orange.
    """
    most = max(light)
    gain = compress(most) / most if most else 0.0
    red, green, blue = ((compress(part) + part * gain) / 2 for part in light)
    return red, green, blue


def pq_light(signal: float) -> float:
    """Return cd/m² of a PQ signal from 0 to 1 (SMPTE ST 2084 EOTF)."""
    root: float = signal ** (1 / _M2)
    return float(10_000 * (max(root - _C1, 0.0) / (_C2 - _C3 * root)) ** (1 / _M1))


def pq_signal(light: float) -> float:
    """Return the PQ signal of cd/m² (SMPTE ST 2084 inverse EOTF)."""
    part: float = (light / 10_000) ** _M1
    return float(((_C1 + _C2 * part) / (1 + _C3 * part)) ** _M2)


def _hlg_scene(signal: float) -> float:
    """Return scene light from 0 to 1 of an HLG signal (BT.2100 inverse OETF)."""
    if signal <= 0.5:
        return signal * signal / 3
    return float((math.exp((signal - _C) / _A) + _B) / 12)


def _hlg_display(scene: Colour) -> Colour:
    """Return cd/m² on a screen of 1000 cd/m² (BT.2100 OOTF, gamma 1.2)."""
    luma = sum(part * weight for part, weight in zip(scene, _LUMA_2020, strict=True))
    gain = _HLG_PEAK * luma**0.2
    red, green, blue = scene
    return red * gain, green * gain, blue * gain


def _compressor(peak: float) -> Callable[[float], float]:
    """Return the EETF of BT.2390 §5.4, from cd/m² up to `peak` to fractions of SDR's white.

    Light below the knee stays as it is; above, a Hermite spline leads to white. The knee is lower
    than BT.2390's, which leaves 4 of 219 steps for everything between 400 and 1000 cd/m².
    """
    if peak <= _WHITE:
        return lambda light: min(light / _WHITE, 1.0)
    top = pq_signal(peak)
    limit = pq_signal(_WHITE) / top
    knee = 2 * limit - 1

    def compress(light: float) -> float:
        level = min(pq_signal(light) / top, 1.0)
        if level > knee:
            at = (level - knee) / (1 - knee)
            level = (
                (2 * at**3 - 3 * at**2 + 1) * knee
                + (at**3 - 2 * at**2 + at) * (1 - knee)
                + (3 * at**2 - 2 * at**3) * limit
            )
        return min(pq_light(level * top) / _WHITE, 1.0)

    return compress


def _bt709_signal(light: Colour) -> Colour:
    """Return the BT.709 signal of linear BT.2020 light, where white is 1."""
    bt709 = [sum(w * p for w, p in zip(row, light, strict=True)) for row in _TO_709]
    luma = sum(w * p for w, p in zip(_LUMA_709, bt709, strict=True))
    # Colours outside BT.709 are paled towards the grey of the same luminance.
    least, most = min(bt709), max(bt709)
    saturation = 1.0
    if least < 0:
        saturation = luma / (luma - least)
    if most > 1:
        saturation = min(saturation, (1 - luma) / (most - luma)) if luma < 1 else 0.0
    red, green, blue = (
        min(max(luma + saturation * (part - luma), 0.0), 1.0) ** (1 / _SDR_GAMMA) for part in bt709
    )
    return red, green, blue
