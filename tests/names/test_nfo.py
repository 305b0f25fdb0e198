from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.names.nfo import MAX_BYTES, Actor, Details, NfoRefused, read_nfo

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>Heat</title><originaltitle>Heat - 1995</originaltitle>
    <ratings>
        <rating name="imdb" max="10"><value>8.3</value></rating>
        <rating name="themoviedb" max="100" default="true"><value>79</value></rating>
    </ratings>
    <plot>Cops
      and robbers.</plot>
    <tagline>A Los Angeles crime saga</tagline>
    <mpaa>R</mpaa>
    <uniqueid type="imdb" default="true">tt0113277</uniqueid>
    <uniqueid type="tmdb">949</uniqueid>
    <uniqueid type="../../etc">1</uniqueid>
    <genre>Crime</genre><genre>Drama / Thriller</genre>
    <director>Michael Mann</director><studio>Regency</studio>
    <premiered>1995-12-15</premiered>
    <actor><name>Al Pacino</name><role>Hanna</role><thumb>http://x/y.jpg</thumb></actor>
    <actor><role>nobody</role></actor>
</movie>
https://www.themoviedb.org/movie/949
"""


def movie(inside: str, encoding: str = "utf-8") -> Details:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return read_nfo(f"{head}<movie>{inside}</movie>".encode(encoding))


def test_everything_that_the_web_page_shows_is_read() -> None:
    assert read_nfo(MOVIE.encode()) == Details(
        title="Heat",
        original_title="Heat - 1995",
        year=1995,
        aired="1995-12-15",
        plot="Cops and robbers.",
        tagline="A Los Angeles crime saga",
        rating=7.9,
        certificate="R",
        genres=("Crime", "Drama", "Thriller"),
        studios=("Regency",),
        directors=("Michael Mann",),
        actors=(Actor("Al Pacino", "Hanna"),),
        ids={"imdb": "tt0113277", "tmdb": "949"},
    )


def test_older_files_are_read_too() -> None:
    found = movie("<id>tt0113277</id><tmdbid>949</tmdbid><rating>8,3</rating><year>1995</year>")
    assert found == Details(year=1995, rating=8.3, ids={"imdb": "tt0113277", "tmdb": "949"})


def test_of_several_episodes_in_one_file_the_first_counts() -> None:
    body = b"<episodedetails><title>One</title></episodedetails>\n<episodedetails/>"
    assert read_nfo(body).title == "One"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    assert movie("<title>Amélie</title>", encoding).title == "Amélie"


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="UTF-8"?>'])
def test_text_wrongly_declared_as_utf8_is_read_as_cp1252(declaration: str) -> None:
    body = f"{declaration}<movie><title>Amélie \u2013 Été</title></movie>".encode("cp1252")
    assert read_nfo(body).title == "Amélie \u2013 Été"
    with pytest.raises(NfoRefused):
        read_nfo(b"<!DOCTYPE movie [<!ENTITY x 'y'>]>" + body[len(declaration) :])


def test_a_link_after_the_xml_is_ignored_and_a_link_alone_gives_the_id() -> None:
    link = b"https://www.themoviedb.org/movie/949-heat\n"
    assert read_nfo(b"\xef\xbb\xbf<movie><title>Heat</title></movie>\n" + link) == Details("Heat")
    assert read_nfo(link + b"https://www.imdb.com/title/tt0113277/").ids == {
        "imdb": "tt0113277",
        "tmdb": "949",
    }
    assert read_nfo(b"http://thetvdb.com/?tab=series&id=73739").ids == {"tvdb": "73739"}


def test_a_byte_order_mark_and_blank_lines_are_accepted() -> None:
    assert read_nfo(b"\xef\xbb\xbf<movie><title>Heat</title></movie>").title == "Heat"
    assert read_nfo(b"\n\n<movie><title>Heat</title></movie>").title == "Heat"


BOMB = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE movie [<!ENTITY l0 "lol">{BOMB}]><movie><title>&l9;</title></movie>',
        '<!DOCTYPE movie [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>',
        '<!DOCTYPE movie SYSTEM "http://127.0.0.1/x.dtd"><movie/>',
        "<!DOCTYPE movie><movie/>",
        "<movie><title>&unknown;</title></movie>",
    ],
)
def test_document_types_and_entities_are_refused(body: str) -> None:
    with pytest.raises(NfoRefused):
        read_nfo(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"https://example.org/title/tt0113277/",
        "▄▀█▄ HEAT ▄█▀ \x1b[0m".encode("cp437", "replace"),
        b"<movie><title>Heat</movie>",
        b"<movie><title>Heat</title>",
        b"<html><movie/></html>",
        b'<?xml version="1.0" encoding="nonsense"?><movie/>',
        b"<movie>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</movie>",
        b"<movie>" + b"<a/>" * 20_000 + b"</movie>",
        b"<movie>" + b" " * MAX_BYTES + b"</movie>",
    ],
    ids=range(11),
)
def test_other_and_oversized_files_are_refused(body: bytes) -> None:
    with pytest.raises(NfoRefused):
        read_nfo(body)


def test_texts_are_bounded_and_on_one_line() -> None:
    found = movie(f"<title>{'x' * 9999}\nx</title><plot>{'y' * 99_999}</plot>" + "<genre>g</genre>")
    assert len(found.title) == 300
    assert len(found.plot) == 8000


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "11", "x", "1e400"])
def test_an_invalid_rating_is_ignored(value: str) -> None:
    assert movie(f"<rating>{value}</rating>").rating is None


@given(st.text(), st.text())
def test_any_text_is_read_or_refused(title: str, rest: str) -> None:
    body = f"<movie><title>{title}</title>{rest}</movie>".encode("utf-8", "surrogatepass")
    try:
        found = read_nfo(body)
    except NfoRefused:
        return
    found.title.encode("utf-8")
    assert "\n" not in found.title


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(NfoRefused):
        read_nfo(body + b"<")
