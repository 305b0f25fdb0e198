"""Posters, backdrops and stills for a library of films that don't exist, drawn here.

The library itself is made by `invented_library.py`; the pictures of the README are taken of it.
"""

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Callable
from typing import Final

import msgspec
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Size = tuple[int, int]
Colour = tuple[int, int, int]

_FINE: Final = 2  # drawn so many times larger, against jagged edges
POSTER: Final[Size] = (600, 900)
WIDE: Final[Size] = (1920, 1080)


class Scene(msgspec.Struct, frozen=True):
    """What is to be seen. Colours are hue in degrees, saturation and value from 0 to 1."""

    seed: int
    above: tuple[float, float, float]  # the top of the sky
    below: tuple[float, float, float]  # where the sky ends
    land: tuple[float, float, float]  # the nearest ground
    extra: str = ""  # something in it: a name of `_EXTRAS`
    ridges: int = 4
    rough: float = 1.0  # 0: dunes, 1: hills, 2: mountains
    stars: bool = False
    light: tuple[float, float, float] | None = None  # place (0 to 1) and radius of sun or moon


def rgb(hue: float, saturation: float, value: float) -> Colour:
    """Return a colour as Pillow has it."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """Return `part` of the other colour in one."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def draw_scene(scene: Scene, size: Size) -> Image.Image:
    """Return a landscape; the same scene gives the same picture in any shape."""
    width, height = size[0] * _FINE, size[1] * _FINE
    chance = random.Random(scene.seed)
    picture = _sky(scene, (width, height))
    if scene.stars:
        _stars(picture, chance)
    if scene.light is not None:
        _light(picture, scene)
    for number in range(scene.ridges):
        _ridge(picture, scene, number, random.Random(scene.seed * 31 + number))
        if number == scene.ridges - 2 and scene.extra:
            _EXTRAS[scene.extra](picture, scene)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _sky(scene: Scene, size: Size) -> Image.Image:
    top, bottom = rgb(*scene.above), rgb(*scene.below)
    column = Image.new("RGB", (1, 256))
    for y in range(256):
        column.putpixel((0, y), mixed(top, bottom, (y / 255) ** 1.2))
    return column.resize(size, Image.Resampling.BICUBIC)


def _stars(picture: Image.Image, chance: random.Random) -> None:
    draw = ImageDraw.Draw(picture, "RGBA")
    unit = min(picture.size) / 900
    for _ in range(260):
        x, y = chance.random() * picture.width, chance.random() ** 1.6 * picture.height * 0.7
        radius = unit * chance.choice((0.6, 0.8, 1.0, 1.6))
        draw.circle((x, y), radius, fill=(255, 250, 235, chance.randrange(90, 240)))


def _light(picture: Image.Image, scene: Scene) -> None:
    assert scene.light is not None
    x, y = picture.width * scene.light[0], picture.height * scene.light[1]
    radius = min(picture.size) * scene.light[2]
    bright = mixed(rgb(*scene.below), (255, 250, 236), 0.75)
    small = (max(1, picture.width // 8), max(1, picture.height // 8))
    glow = Image.new("L", small, 0)
    ImageDraw.Draw(glow).circle((x / 8, y / 8), radius / 8 * 2.2, fill=120)
    glow = glow.filter(ImageFilter.GaussianBlur(radius / 8)).resize(picture.size)
    picture.paste(bright, (0, 0, *picture.size), glow)
    ImageDraw.Draw(picture).circle((x, y), radius, fill=bright)


def _horizon(scene: Scene, number: int) -> float:
    return 0.52 + 0.42 * number / max(1, scene.ridges - 1)


def _ridge(picture: Image.Image, scene: Scene, number: int, chance: random.Random) -> None:
    """Draw a line of hills; the farther away, the paler."""
    width, height = picture.size
    near = (number + 1) / scene.ridges
    fill = mixed(rgb(*scene.below), rgb(*scene.land), 0.25 + 0.75 * near)
    waves = [
        (2**octave * (0.7 + chance.random() * 0.6), chance.random() * 7, 0.5**octave)
        for octave in range(2 + round(3 * scene.rough))
    ]
    swing = height * (0.05 + 0.035 * scene.rough) * (1.15 - 0.4 * near)
    line = [
        (x, height * _horizon(scene, number)
         - swing * sum(a * math.sin(f * 3.2 * x / height + p) for f, p, a in waves))
        for x in range(0, width + 4, 4)
    ]  # fmt: skip
    ImageDraw.Draw(picture).polygon([(0, height), *line, (width, height)], fill=fill)


def _lighthouse(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture, "RGBA")
    x, foot, unit = width * 0.68, height * 0.80, height / 100
    beam = (255, 236, 180, 70)
    top = foot - 34 * unit
    draw.polygon([(x, top), (-width * 0.2, top - 16 * unit), (-width * 0.2, top + 3 * unit)], beam)
    draw.polygon([(x, top), (width * 1.2, top - 3 * unit), (width * 1.2, top + 9 * unit)], beam)
    dark = (*mixed(rgb(*scene.land), (0, 0, 0), 0.35), 255)
    draw.polygon([(x - 2.6 * unit, foot), (x - 1.5 * unit, top + 2 * unit),
                  (x + 1.5 * unit, top + 2 * unit), (x + 2.6 * unit, foot)], dark)  # fmt: skip
    draw.rectangle((x - 2.2 * unit, top + 1.4 * unit, x + 2.2 * unit, top + 2.2 * unit), dark)
    draw.rectangle((x - 1.2 * unit, top - 1.6 * unit, x + 1.2 * unit, top + 1.4 * unit),
                   (255, 240, 190, 255))  # fmt: skip
    draw.polygon([(x - 1.6 * unit, top - 1.6 * unit), (x, top - 3.6 * unit),
                  (x + 1.6 * unit, top - 1.6 * unit)], dark)  # fmt: skip


def _city(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    chance = random.Random(scene.seed + 7)
    dark, lit = mixed(rgb(*scene.land), (0, 0, 0), 0.2), (255, 214, 140)
    unit, x = height / 100, -1.0
    while x < width:
        wide, tall = unit * chance.uniform(4, 8), unit * chance.uniform(10, 38)
        top = height * 0.86 - tall
        draw.rectangle((x, top, x + wide, height), fill=dark)
        for row in range(int(tall / unit / 2.2)):
            for column in range(int(wide / unit / 1.6)):
                if chance.random() < 0.3:
                    left, up = x + unit * (0.7 + column * 1.6), top + unit * (1 + row * 2.2)
                    draw.rectangle((left, up, left + unit * 0.7, up + unit), fill=lit)
        x += wide + unit * chance.uniform(0, 1)


def _trees(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    chance = random.Random(scene.seed + 3)
    unit = height / 100
    for _ in range(int(width / unit / 1.4)):
        x, tall = chance.random() * width, unit * chance.uniform(9, 24)
        foot = height * 0.92
        dark = mixed(rgb(*scene.land), rgb(*scene.below), chance.uniform(0.02, 0.3))
        for part in range(3):
            top, wide = foot - tall * (1 - part * 0.27), tall * (0.13 + 0.06 * part)
            draw.polygon([(x, top), (x - wide, top + tall * 0.46), (x + wide, top + tall * 0.46)],
                         fill=dark)  # fmt: skip


def _sail(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    x, foot, unit = width * 0.4, height * 0.82, height / 100
    dark = mixed(rgb(*scene.land), (0, 0, 0), 0.4)
    pale = mixed(rgb(*scene.below), (255, 255, 255), 0.5)
    draw.polygon([(x, foot - 21 * unit), (x, foot - 2 * unit), (x + 11 * unit, foot - 2 * unit)],
                 fill=pale)  # fmt: skip
    draw.polygon([(x - unit, foot - 18 * unit), (x - unit, foot - 2 * unit),
                  (x - 8 * unit, foot - 2 * unit)], fill=mixed(pale, dark, 0.3))  # fmt: skip
    draw.polygon([(x - 9 * unit, foot - unit), (x + 12 * unit, foot - unit),
                  (x + 8 * unit, foot + 3 * unit), (x - 6 * unit, foot + 3 * unit)],
                 fill=dark)  # fmt: skip


def _rocket(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture, "RGBA")
    x, top, unit = width * 0.55, height * 0.24, height / 100
    for step in range(60):
        y = top + unit * (12 + step)
        wide = unit * (0.5 + step * 0.05)
        draw.ellipse((x - wide, y, x + wide, y + 3 * unit), (255, 226, 180, max(0, 120 - step * 2)))
    pale = (*mixed(rgb(*scene.below), (255, 255, 255), 0.7), 255)
    dark = (*rgb(*scene.land), 255)
    draw.polygon([(x - 3.4 * unit, top + 12 * unit), (x - 1.5 * unit, top + 6 * unit),
                  (x + 1.5 * unit, top + 6 * unit), (x + 3.4 * unit, top + 12 * unit)],
                 dark)  # fmt: skip
    draw.ellipse((x - 1.8 * unit, top - 3 * unit, x + 1.8 * unit, top + 13 * unit), pale)
    draw.circle((x, top + 3 * unit), 0.9 * unit, dark)


def _planet(picture: Image.Image, scene: Scene) -> None:
    width, height = picture.size
    draw = ImageDraw.Draw(picture, "RGBA")
    x, y, radius = width * 0.62, height * 0.3, min(picture.size) * 0.24
    body = mixed(rgb(*scene.below), rgb(*scene.above), 0.35)
    draw.circle((x, y), radius, (*body, 255))
    for band in range(-4, 5):
        half = math.sqrt(max(0, 1 - (band / 5) ** 2)) * radius
        shade = (*mixed(body, (0, 0, 0), 0.1 + 0.05 * (band % 3)), 150)
        draw.rectangle((x - half, y + band * radius / 5, x + half, y + (band + 0.6) * radius / 5),
                       shade)  # fmt: skip
    ring = (x - radius * 1.7, y - radius * 0.28, x + radius * 1.7, y + radius * 0.34)
    draw.arc(ring, -8, 188, (*mixed(body, (255, 255, 255), 0.6), 255), int(radius * 0.09))


_EXTRAS: Final[dict[str, Callable[[Image.Image, Scene], None]]] = {
    "lighthouse": _lighthouse,
    "city": _city,
    "trees": _trees,
    "sail": _sail,
    "rocket": _rocket,
    "planet": _planet,
}


def font(height: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with Pillow."""
    return ImageFont.load_default(size=height)


def draw_poster(scene: Scene, title: str, line: str = "") -> Image.Image:
    """Return a poster with its title on it."""
    picture = draw_scene(scene, POSTER)
    shade = Image.linear_gradient("L").resize((POSTER[0], 380)).point(lambda v: v * 0.75)
    picture.paste((6, 8, 14), (0, POSTER[1] - 380), shade)
    draw = ImageDraw.Draw(picture)
    words = _broken(title.upper(), 62, 520)
    y = POSTER[1] - 62 - 62 * len(words)
    for row in words:
        draw.text((40, y), row, font=font(62), fill=(250, 247, 240), stroke_width=1)
        y += 62
    if line:
        draw.text((42, y + 12), line.upper(), font=font(19), fill=(225, 220, 210))
    return picture


def draw_logo(title: str) -> Image.Image:
    """Return a title as a picture that is transparent around the letters."""
    letters = font(120)
    left, top, right, bottom = letters.getbbox(title.upper(), stroke_width=2)
    picture = Image.new("RGBA", (round(right - left) + 20, round(bottom - top) + 20))
    ImageDraw.Draw(picture).text(
        (10 - left, 10 - top), title.upper(), font=letters, fill=(250, 244, 230, 255),
        stroke_width=2,
    )  # fmt: skip
    return picture


def _broken(title: str, height: float, widest: float) -> list[str]:
    """Break a title into lines."""
    letters, rows = font(height), [""]
    for word in title.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and letters.getlength(longer) > widest:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
