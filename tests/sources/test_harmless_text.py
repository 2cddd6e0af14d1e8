"""Harmless text: invisible characters, stray spaces, null and long titles stop nobody."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from releasecal import sources
from releasecal.core.models import ReleaseKey
from releasecal.sources.notation.clean_text import clean, tidy
from releasecal.sources.notation.invisible_characters import without_invisible

EMPTY = {"title": "Dune", "id": "dune"}
RELEASE = {"kind": "theatrical", "region": "US", "when": "2027-03-05"}


def read(tmp_path, *films, name="films.json", **top):
    path = tmp_path / name
    path.write_text(json.dumps({"films": films, **top}), encoding="utf-8")
    (reading,) = sources.read([str(path)])
    return reading


OF_A_FILM = (
    *("titles", "refs", "distributor", "genres", "production", "cast", "series"),
    *("follows", "notes", "windows", "source", "as_of"),
)
OF_A_RELEASE = (
    *("channel", "number", "note", "revisions", "status", "certainty", "reason"),
    *("text", "delayed", "slot_from", "slot_to", "source", "as_of"),
)
"""Optional fields in which null says nothing."""


@given(st.text(st.characters(codec=None)))
@example("One\x85Two\x0b")
@example("\u0301")
@example("\x1c\ud800")
def test_a_text_of_a_stranger_is_one_for_a_data_file(text):
    """Whatever a database says: no text of it stops its source."""
    assert clean(tidy(text)) == tidy(text)


def test_what_can_be_seen_of_a_stranger_s_text_stays():
    """Characters without a place go, and a white one of them divides words."""
    assert tidy("A\x00B\x85C \x0bD\nE") == "AB C D E"
    assert tidy("\u0301") == tidy("\x85") == tidy(None) == ""


class TestInvisibleCharacters:
    @pytest.mark.parametrize(
        "char",
        "\u00ad\u034f\u061c\u1160\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\u3164\ufe0f"
        "\ufeff\U000e0001\U000e0101",
    )
    def test_a_title_is_what_it_looks_like(self, tmp_path, char):
        """What has no effect where it stands is taken out, and nothing is refused."""
        film = EMPTY | {"title": f"{char}Du{char}ne{char}", "distributor": f"A{char}"}
        (read_film,) = read(tmp_path, film).films

        assert (read_film.title, read_film.distributor) == ("Dune", "A")

    @pytest.mark.parametrize(
        "text",
        [
            "می\u200cخواهم",  # Persian: the letters do not join
            "ක්\u200dෂ",  # Sinhala: they do
            "👨\u200d👩\u200d👧",
            "🏳\ufe0f\u200d🌈",
            "❤\ufe0f",
            "1\ufe0f\u20e3",
            "👩🏽\u200d🚀",
            "葛\U000e0100城",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ],
    )
    def test_a_character_stays_where_it_has_an_effect(self, text):
        """Joiners, selectors and tags stay in the scripts and emoji that they shape."""
        assert without_invisible(text) == text

    @pytest.mark.parametrize(
        ("text", "seen"),
        [("خواه\u200c", "خواه"), ("👨\u200d", "👨"), ("a\u200db", "ab"), ("日\u200d本", "日本")],
    )
    def test_a_character_without_effect_goes(self, text, seen):
        """A joiner at an end, or between letters that join nothing, is not seen and goes."""
        assert without_invisible(text) == seen

    def test_a_byte_order_mark_inside_stops_nobody(self, tmp_path):
        """Joined files have a byte order mark in the middle; it is passed over."""
        path = tmp_path / "films.yaml"
        path.write_bytes(b"\xef\xbb\xbffilms:\n\xef\xbb\xbf- {id: a, title: A}\n")

        assert [film.id for film in sources.read([str(path)])[0].films] == ["a"]

    def test_a_copied_title_with_a_zero_width_space_is_read(self, tmp_path):
        """Case k7: a zero width space in one title of a file of one line stops nothing."""
        film = {"id": "two", "title": "\u200bTwo Rivers"}

        assert read(tmp_path, film).films[0].title == "Two Rivers"


class TestSpaces:
    @pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\t", "\u200b "])
    def test_spaces_are_trimmed_in_every_field(self, tmp_path, space):
        """Case k8: a space at the end of any value is not seen, and taken off."""
        release = {name: f"{space}{value}{space}" for name, value in RELEASE.items()}
        release |= {"channel": f"IMAX{space}", "status": f"scheduled{space}"}
        film = {"id": f"tail{space}", "title": f"Tail{space}", "source": f"paper{space}"}
        film |= {"as_of": f"{space}2026-11-01", "refs": {"imdb": f"tt1234567{space}"}}
        paper = [{"id": f"{space}paper"}]
        reading = read(tmp_path, film | {"releases": [release]}, sources=paper)

        (tail,) = reading.films
        assert tail.title == "Tail"
        assert tail.refs == (("imdb", "tt1234567"),)
        (found,) = tail.releases
        assert found.key == ReleaseKey("tail", "theatrical", "US", "imax")
        assert str(found.current.when) == "2027-03-05"
        assert found.current.source == "paper"

    def test_films_with_spaces_around_their_ids_are_compared(self, tmp_path):
        """A change of such a film is found as that of its tidy id."""
        path = tmp_path / "films.json"
        films = [{"id": " one", "title": "One"}, {"id": "two", "title": "Two"}]
        path.write_text(json.dumps({"films": films}))
        before = sources.read_one(str(path), sources.no_progress)
        films[0]["title"] = "Uno"
        path.write_text(json.dumps({"films": films}))

        (contents,) = sources.digests([str(path)])
        changed = sources.compare(contents, before.outlines)
        assert changed.touched == {"one"}
        assert [film.title for film in sources.read_films(changed, {"one"}).films] == ["Uno"]


class TestNull:
    def test_null_is_left_out_in_every_optional_field(self, tmp_path):
        """Case k9: null in an optional field reads the same as no such field."""
        full = EMPTY | dict.fromkeys(OF_A_FILM)
        full |= {"releases": [RELEASE | dict.fromkeys(OF_A_RELEASE)]}

        plain = read(tmp_path, EMPTY | {"releases": [RELEASE]}).films
        assert read(tmp_path, full).films == plain

    def test_no_date_is_not_left_out(self, tmp_path):
        """In ``when``, null says that there is no date."""
        film = EMPTY | {"releases": [RELEASE | {"when": None}]}

        assert read(tmp_path, film).films[0].releases[0].current.when is None


def test_a_long_title_is_read(tmp_path):
    """Case k12: titles have up to 500 characters; one feature film's has 208."""
    title = "The Day " + "the Parade Marched " * 25

    assert read(tmp_path, EMPTY | {"title": title}).films[0].title == title.strip()
