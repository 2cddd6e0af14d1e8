"""Cards: the pictures of pages that other sites show, whatever a title is made of."""

import struct
import xml.etree.ElementTree as ET
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.web.pages.picture_fonts import drawable, files, runs, width
from releasecal.web.pages.preview_picture import card
from support.build import opening, revision
from support.pages import RICH, TITLES, see

pytestmark = pytest.mark.slow

EMOJI = "Noto Color Emoji"
MOVED = ("2027-01-01", revision("2028-02-02", as_of=date(2026, 1, 1)))
FILMS = tuple(opening(*MOVED, id_=name, title=title) for name, title in TITLES.items())


def text_of(made):
    return "".join(text for line in made.title for _, text in line.runs).replace("\u200f", "")


@pytest.fixture
def client(publish):
    return publish((*RICH, *FILMS))[0]


@pytest.mark.parametrize("name", TITLES)
def test_a_picture_is_drawn_whatever_the_title_is(client, name):
    """A PNG of the size that other sites want, small, with the caching of feeds."""
    answer = client.get(f"/films/{name}.png")

    assert answer.status_code == 200
    assert answer.content_type == "image/png"
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", answer.data[16:24]) == (1200, 630)
    assert len(answer.data) < 200_000
    assert answer.headers["Cache-Control"].startswith("public")
    again = client.get(f"/films/{name}.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", TITLES)
def test_the_svg_behind_it_is_well_formed_and_has_the_title(client, monkeypatch, name):
    """Nothing of a title is markup, and all of it that finds room is there."""
    drawn = []
    monkeypatch.setattr(
        "releasecal.web.routes.pictures.png", lambda svg: drawn.append(svg) or b"png"
    )
    client.get(f"/films/{name}.png")

    root = ET.fromstring(drawn[0])
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "rect", "g", "text", "tspan", "polyline", "path", "circle"}
    texts = "".join(root.itertext()).replace("\u200f", "")
    begun = drawable(TITLES[name]).replace(" ", "")[:30]
    assert begun in texts.replace(" ", "").replace("\n", "")
    assert "1 move · 397 days later" in texts
    assert "2 Feb 2028" in texts


@given(st.text(max_size=500))
def test_no_title_sticks_out(title):
    """Each of two lines at most is no wider than the picture has room for."""
    made = card(" ".join(title.split()), [])

    assert len(made.title) <= 2
    for line in made.title:
        assert width("".join(text for _, text in line.runs)) * line.size <= 1080


@given(st.text(alphabet="abc äß君の名م", min_size=1, max_size=40))
def test_a_short_title_is_whole(title):
    assert text_of(card(title, [])).replace(" ", "") == title.replace(" ", "")


def test_a_long_title_is_cut_with_an_ellipsis():
    made = card(TITLES["long"], [])

    assert text_of(made).endswith("…")
    assert TITLES["long"].replace(" ", "").startswith(text_of(made)[:-1].replace(" ", ""))


def test_a_title_from_right_to_left_begins_at_the_right():
    """Its brackets stay where they belong, held by marks at both ends."""
    (line,) = card(TITLES["hebrew"], []).title

    assert (line.x, line.anchor) == (1140, "end")
    text = "".join(text for _, text in line.runs)
    assert (text[0], text[-1]) == ("\u200f", "\u200f")


def test_letters_of_many_scripts_find_a_font():
    """Each is drawn by a font that has it: no boxes."""
    for title in ("Ärger", "Тест", "Ελλάδα", "مهمة", "עברית", "君の名は", "기생충", "Łódź"):
        assert drawable(title) == title


def test_a_letter_without_a_font_is_left_out():
    """A title of nothing else is left out, and the picture has the rest."""
    assert drawable("Film \U00020000 2") == "Film 2"
    made = card(TITLES["unknown"], ["In cinemas · 14 Jul 2027"])
    assert made.title == []
    assert made.answers


def test_emoji_are_drawn_where_their_font_is_installed(require):
    """A family of three is one picture, and stays one run with its joiners."""
    require(EMOJI, found=EMOJI in files(), remedy="apt-get install fonts-noto-color-emoji")

    assert runs("a👨‍👩‍👧") == [("DejaVu Sans", "a"), (EMOJI, "👨‍👩‍👧")]


def test_a_page_names_its_picture(client):
    """A film's own, by an address that changes with its dates; all others have the site's."""

    def named(path):
        found = {
            each["property"]: each["content"]
            for each in see(client, path).all("meta")
            if "property" in each
        }
        return found["og:image"]

    assert named("/films/rtl").startswith("https://films.example/films/rtl.png?lang=en&v=")
    assert named("/changes") == "https://films.example/card.png?lang=en"
    for path in ("/films/rtl", "/changes"):
        assert client.get(named(path).removeprefix("https://films.example")).status_code == 200


def test_a_picture_speaks_the_language_of_its_address(client):
    """And of nothing else: shared caches have one for all."""
    english, german = client.get("/films/rtl.png"), client.get("/films/rtl.png?lang=de")

    assert english.data != german.data
    assert client.get("/films/rtl.png", headers={"Accept-Language": "de"}).data == english.data


def test_dates_on_an_arabic_picture_begin_at_the_right(client, monkeypatch):
    """A day comes before its month, though it is a number, which has no direction."""
    drawn = []
    monkeypatch.setattr(
        "releasecal.web.routes.pictures.png", lambda svg: drawn.append(svg) or b"png"
    )
    client.get("/films/quotes.png?lang=ar")

    texts = [
        each.text or "" for each in ET.fromstring(drawn[0]).iter() if each.tag.endswith("}text")
    ]
    (label,) = [text for text in texts if "1 يناير 2027" in text]
    assert (label[0], label[-1]) == ("\u200f", "\u200f")


def test_a_film_that_is_not_there_has_no_picture(client):
    assert client.get("/films/nobody.png").status_code == 404
