"""NFO files: metadata of a title in Kodi's XML (https://kodi.wiki/view/NFO_files).

Such a file is untrusted: no document type, no entities of its own, bounded in size, depth and
number of elements. Nothing that it links to is fetched.
"""

from __future__ import annotations

import contextlib
import math
import re
from typing import Final, NoReturn
from xml.parsers import expat

import msgspec

from blobhls.names.titles import printable

MAX_BYTES: Final = 512 * 1024
_MAX_DEPTH: Final = 12
_MAX_ELEMENTS: Final = 10_000
_MAX_VALUES: Final = 60  # actors, genres
_MAX_LINE: Final = 300  # characters
_MAX_TEXT: Final = 8000
_ROOTS: Final = frozenset({"movie", "tvshow", "season", "episodedetails", "musicvideo"})
_PROVIDERS: Final = frozenset({"imdb", "tmdb", "tvdb", "anidb", "anilist", "tvmaze", "mal"})
_ID: Final = re.compile(r"tt[0-9]{5,10}|[0-9]{1,10}")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_LINKS: Final = 8192  # bytes that are searched for links
_LINK: Final = re.compile(
    r"imdb\.com/(?:[a-z]{2}/)?title/(?P<imdb>tt[0-9]{5,10})"
    r"|themoviedb\.org/(?:movie|tv)/(?P<tmdb>[0-9]{1,10})"
    r"|thetvdb\.com/[^\s]{0,80}?(?<![a-z])id=(?P<tvdb>[0-9]{1,10})",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(1[89][0-9]{2}|20[0-9]{2})(?![0-9])")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NfoRefused(ValueError):
    """A file is not a readable NFO; the message says why."""


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """An actor and the role."""

    name: str
    role: str = ""


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content of an NFO file of a title or season; "" and None where it states nothing."""

    title: str = ""
    original_title: str = ""
    year: int | None = None
    aired: str = ""  # `2019-12-20`
    plot: str = ""
    tagline: str = ""
    rating: float | None = None  # 0 to 10
    certificate: str = ""  # age rating
    genres: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    actors: tuple[Actor, ...] = ()
    ids: dict[str, str] = {}


class _Element:
    """An XML element while it is parsed."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.text: list[str] = []
        self.children: list[_Element] = []

    def line(self, name: str) -> str:
        """Return the text of the first child with this name, on one line; "" if there is none."""
        return next(iter(self.lines(name)), "")

    def lines(self, name: str) -> list[str]:
        """Return the texts of the children with this name, each on one line."""
        texts = (child.own_text(_MAX_LINE) for child in self.children if child.name == name)
        return [text for text in texts if text][:_MAX_VALUES]

    def own_text(self, limit: int) -> str:
        """Return its own text with single spaces, cut off at `limit` characters."""
        return " ".join(printable("".join(self.text)).split())[:limit]

    def all(self, name: str) -> list[_Element]:
        """Return the children with this name."""
        return [child for child in self.children if child.name == name]


def read_nfo(body: bytes) -> Details:
    """Return the content of an NFO file; raises `NfoRefused`.

    Text after the XML is ignored: Kodi writes a link there. If a file holds several episodes, the
    first counts. A file with only a link gives the ids in that link.
    """
    if len(body) > MAX_BYTES:
        raise NfoRefused(f"larger than {MAX_BYTES // 1024} KiB")
    if b"<" not in body and (ids := _ids_in_links(body)):
        return Details(ids=ids)
    try:
        root = _Reader().read(body)
    except NfoRefused:
        if _is_utf8(body):
            raise
        # Old programs wrote cp1252 and declared UTF-8.
        root = _Reader().read(_DECLARATION.sub("", body.decode("cp1252", "replace")).encode())
    if root is None or root.name not in _ROOTS:
        raise NfoRefused("it is not an NFO of a movie, a series, a season or an episode")
    return _details(root)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _ids_in_links(body: bytes) -> dict[str, str]:
    """Return the ids in links to metadata providers, by provider."""
    found: dict[str, str] = {}
    for match in _LINK.finditer(body[:_LINKS].decode("ascii", "replace")):
        provider = match.lastgroup or ""
        found.setdefault(provider, match[provider].lower())
    return dict(sorted(found.items()))


class _Reader:
    """Expat, with every dangerous feature of XML refused."""

    def __init__(self) -> None:
        self._root: _Element | None = None
        self._open: list[_Element] = []
        self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        # Entities can only be declared in a document type.
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse

    def read(self, body: bytes) -> _Element | None:
        """Return the root element, or None; raises `NfoRefused`."""
        try:
            self._parser.Parse(body.lstrip(), True)  # noqa: FBT003 - expat takes no keywords
        except expat.ExpatError as error:
            # Complete before the error: text or the next episode follows in the same file.
            if self._root is None or self._open:
                raise NfoRefused(f"damaged XML: {error}") from error
        except (ValueError, LookupError) as error:  # an unknown encoding
            raise NfoRefused(f"damaged XML: {error}") from error
        return self._root

    def _refuse(self, *_: object) -> NoReturn:
        raise NfoRefused("it has a document type or entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS or len(self._open) >= _MAX_DEPTH:
            raise NfoRefused("too many elements")
        element = _Element(name.lower(), attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text.append(text)


def _details(root: _Element) -> Details:
    plots = root.all("plot") or root.all("outline")
    actors = (Actor(actor.line("name"), actor.line("role")) for actor in root.all("actor"))
    released = root.line("aired") or root.line("premiered") or root.line("releasedate")
    year = _YEAR.match(root.line("year") or released)
    return Details(
        title=root.line("title"),
        original_title=root.line("originaltitle"),
        year=None if year is None else int(year[1]),
        aired=released if _DATE.fullmatch(released) else "",
        plot=plots[0].own_text(_MAX_TEXT) if plots else "",
        tagline=root.line("tagline"),
        rating=_rating(root),
        certificate=root.line("mpaa") or root.line("certification"),
        genres=_distinct(root.lines("genre")),
        studios=_distinct(root.lines("studio")),
        directors=_distinct(root.lines("director")),
        actors=tuple(actor for actor in actors if actor.name)[:_MAX_VALUES],
        ids=_ids(root),
    )


def _distinct(lines: list[str]) -> tuple[str, ...]:
    """Return values without repeats; old files have `Drama / Crime` in one element."""
    return tuple(dict.fromkeys(part for line in lines for part in line.split(" / ")))


def _rating(root: _Element) -> float | None:
    """Return the default rating, or else the first, out of ten."""
    ratings = [rating for group in root.all("ratings") for rating in group.all("rating")]
    ratings.sort(key=lambda rating: rating.attributes.get("default") != "true")
    for rating in ratings:
        value = _number(rating.line("value"))
        maximum = _number(rating.attributes.get("max", "10")) or 10.0
        if value is not None and 0 <= value <= maximum:
            return round(value * 10 / maximum, 2)
    value = _number(root.line("rating"))
    return round(value, 2) if value is not None and 0 <= value <= 10 else None


def _number(text: str) -> float | None:
    with contextlib.suppress(ValueError):
        value = float(text.replace(",", "."))
        return value if math.isfinite(value) else None
    return None


def _ids(root: _Element) -> dict[str, str]:
    """Return the ids by provider, from `uniqueid` and from the elements of older files."""
    candidates = [
        (unique.attributes.get("type", ""), unique.own_text(20)) for unique in root.all("uniqueid")
    ]
    candidates += [(f"{provider}", root.line(f"{provider}id")) for provider in sorted(_PROVIDERS)]
    candidates += [("imdb", root.line("imdb_id")), ("imdb", root.line("id"))]
    found: dict[str, str] = {}
    for kind, value in candidates:
        provider = kind.lower()
        fits = value.startswith("tt") == (provider == "imdb")
        if provider in _PROVIDERS and fits and _ID.fullmatch(value):
            found.setdefault(provider, value)
    return dict(sorted(found.items()))
