"""Frames of generated clips: a coloured test pattern with a title and a running timecode."""

from __future__ import annotations

import colorsys
import math
from fractions import Fraction
from typing import Final

import msgspec
from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int]

_WHITE: Final = (245, 245, 245)
_ORBIT_SECONDS: Final = 6
_TITLE_SECONDS: Final = 4


class TestPattern(msgspec.Struct, frozen=True):
    """What all frames of a clip have in common; every length in pixels."""

    backdrop: Image.Image  # background and small title
    opening: Image.Image  # the same with a large title, for the first seconds
    accent: Colour
    digits: Font
    digit_width: float  # of the widest digit, so that the timecode does not jitter


def prepare_pattern(title: str, size: tuple[int, int], hue: int) -> TestPattern:
    """Return the test pattern of a clip; `size` is width and height, `hue` in degrees."""
    height = size[1]
    backdrop = _landscape(size, hue)
    opening = backdrop.copy()
    _write(opening, title, height // 7, (size[0] / 2, height * 0.38), "mm")
    _write(backdrop, title, height // 18, (height * 0.06, height * 0.06), "la")
    digits = _font(height // 9)
    return TestPattern(
        backdrop=backdrop,
        opening=opening,
        accent=_colour(hue + 190, 0.7, 1.0),
        digits=digits,
        digit_width=max(digits.getlength(digit) for digit in "0123456789"),
    )


def draw_frame(pattern: TestPattern, seconds: Fraction, *, flash: bool) -> Image.Image:
    """Return the frame at `seconds` from the start; `flash` lights the moving disc."""
    image = (pattern.opening if seconds < _TITLE_SECONDS else pattern.backdrop).copy()
    width, height = image.size
    draw = ImageDraw.Draw(image)
    turn = 2 * math.pi * float(seconds % _ORBIT_SECONDS) / _ORBIT_SECONDS
    centre = (width / 2 + width * 0.4 * math.sin(turn), height * (0.38 - 0.2 * math.cos(turn)))
    draw.circle(centre, height * 0.055, fill=_WHITE if flash else pattern.accent)
    # The hand turns once a second: a repeated or missing frame is obvious.
    tick = 2 * math.pi * float(seconds % 1)
    end = (
        centre[0] + height * 0.1 * math.sin(tick),
        centre[1] - height * 0.1 * math.cos(tick),
    )
    draw.line((centre, end), fill=_WHITE, width=max(2, height // 120))
    _timecode(draw, pattern, seconds, (width / 2, height * 0.82))
    return image


def _timecode(
    draw: ImageDraw.ImageDraw, pattern: TestPattern, seconds: Fraction, centre: tuple[float, float]
) -> None:
    milliseconds = int(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    text = f"{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
    left = centre[0] - pattern.digit_width * (len(text) - 1) / 2
    for place, mark in enumerate(text):
        at = (left + place * pattern.digit_width, centre[1])
        draw.text(at, mark, font=pattern.digits, fill=_WHITE, anchor="mm")


def _gradient(size: tuple[int, int], hue: int) -> Image.Image:
    """Return a background that is dark at the top and lighter at the bottom."""
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        column.putpixel((0, y), _colour(hue, 0.7, 0.12 + 0.4 * y / size[1]))
    return column.resize(size)


def _landscape(size: tuple[int, int], hue: int) -> Image.Image:
    """Return a background with stars and the rim of a planet; deterministic."""
    image = _gradient(size, hue)
    draw = ImageDraw.Draw(image)
    width, height = size
    for star in range(60):
        # Multiples of irrational steps modulo 1: scattered, yet not random.
        at = (width * (star * math.sqrt(2) % 1), height * 0.6 * (star * math.sqrt(3) % 1))
        draw.circle(at, height / 720 * (1 + star % 3), fill=_colour(hue, 0.25, 0.85))
    draw.circle((width / 2, height * 2.2), height * 1.6, fill=_colour(hue - 25, 0.65, 0.34))
    draw.circle((width / 2, height * 2.23), height * 1.6, fill=_colour(hue - 25, 0.75, 0.22))
    return image


def _write(
    image: Image.Image, text: str, height: int, at: tuple[float, float], anchor: str
) -> None:
    """Write `text`, at most two thirds of the image wide."""
    font = _font(height)
    widest = image.width * 2 / 3
    length = font.getlength(text)
    if length > widest:
        font = _font(int(height * widest / length))
    ImageDraw.Draw(image).text(at, text, font=font, fill=_WHITE, anchor=anchor)


def _font(height: int) -> Font:
    return ImageFont.load_default(size=max(8, height))


def _colour(hue: int, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return (round(red * 255), round(green * 255), round(blue * 255))
