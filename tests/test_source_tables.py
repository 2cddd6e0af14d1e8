"""The tables ``[[source]]`` of the settings file: sources that are fetched, and their precedence."""

import re
from datetime import timedelta

import pytest

from releasecal.errors import SettingsError
from releasecal.settings import Settings
from releasecal.sources.remote import Secret
from support.paths import ROOT

TMDB = """
[[source]]
id = "tmdb"
type = "tmdb"
token_env = "TMDB_TOKEN"
discover = {region = "DE", release_type = [2, 3, 4], days_ahead = 400}
collections = [87359]
regions = ["DE", "AT", "001"]
every = "8h"
machine = true
"""
OTHER = """
[[source]]
id = "other"
address = "https://other.example/data.json"
"""
FILES = """
[[source]]
type = "files"
address = "own"
"""


@pytest.fixture
def settings(tmp_path):
    """Return the settings of a file with this text, and of this environment."""

    def read(text, **environ):
        path = tmp_path / "releasecal.toml"
        path.write_text(text)
        return Settings.read({"RELEASECAL_CONFIG": str(path), **environ})

    return read


@pytest.fixture
def refused(settings):
    """Return what is wrong with a file with this text, without its path."""

    def read(text, **environ):
        with pytest.raises(SettingsError) as caught:
            settings(text, **environ)
        return [str(each).partition("releasecal.toml: ")[2] for each in caught.value.problems]

    return read


@pytest.mark.parametrize("name", ["README.md", "docs/sources.md", "docs/tables.md"])
def test_the_examples_are_right(settings, name):
    """Each source in the documents is one as it stands there."""
    text = (ROOT / name).read_text(encoding="utf-8")
    tables = list(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    examples = [toml for toml in tables if "[[source]]" in toml]

    assert examples
    for toml in examples:
        assert settings(toml.replace("…", "x"), TMDB_TOKEN="x" * 40).fetched


def test_a_table_is_a_source(settings):
    """Its common fields are settings of their own, and the rest is for its kind."""
    (tmdb,) = settings(TMDB, TMDB_TOKEN=" secret \n").fetched

    assert (tmdb.id, tmdb.type, tmdb.address) == ("tmdb", "tmdb", "")
    assert tmdb.token == Secret("secret")
    assert (tmdb.regions, tmdb.every) == (("DE", "AT", "001"), timedelta(hours=8))
    assert tmdb.machine is True
    assert set(tmdb.options) == {"discover", "collections"}


def test_the_order_of_tables_is_the_precedence(settings):
    """Files may stand among them; what RELEASECAL_SOURCES names comes first."""
    assert settings(TMDB + FILES + OTHER).addresses == ("tmdb", "own", "other")
    listed = settings(TMDB + FILES, RELEASECAL_SOURCES="data").addresses
    assert listed == ("data", "tmdb", "own")
    assert settings("").addresses == ("data",)


def test_an_address_on_the_web_is_a_source(settings):
    """RELEASECAL_SOURCES takes it among files and folders; its id is made of it."""
    given = settings("", RELEASECAL_SOURCES="data,https://films.example/a/data.json")

    assert given.addresses == ("data", "films-example-a-data-json")
    (web,) = given.fetched
    assert (web.type, web.address) == ("file", "https://films.example/a/data.json")


def test_a_token_comes_from_a_file(settings, tmp_path):
    """The file has the token and nothing else."""
    (tmp_path / "token").write_text("secret\n")
    text = TMDB.replace('token_env = "TMDB_TOKEN"', f'token_file = "{tmp_path}/token"')

    assert settings(text).fetched[0].token == Secret("secret")


@pytest.mark.parametrize("text", [TMDB, TMDB.replace("token_env", "token_file")])
def test_a_token_that_is_not_here_stops_no_other_command(settings, text):
    """A process without it shows what is published; only a look needs it."""
    assert not settings(text).fetched[0].token


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('id = "tmdb"', 'id = "The Movie DB"', "id is 'The Movie DB' (it takes small letters"),
        ('id = "tmdb"\n', "", 'no id (as in id = "tmdb")'),
        ('type = "tmdb"', 'type = "tmbd"', "there is no type 'tmbd' (did you mean tmdb?)"),
        ('type = "tmdb"\n', "", "there is no type '' (one of files, "),
        ('"8h"', '"soon"', "every is 'soon' (it takes a duration such as 30s"),
        ('"8h"', '"0"', "every is '0' (it takes a duration of at least 1s)"),
        ("machine = true", 'machine = "yes"', "machine is 'yes' (it takes true or false"),
        ('"AT"', '"Austria"', "regions is ['DE', 'Austria', '001'] (it takes codes of countries"),
        ("collections", "collection", "there is no setting collection of a source of type tmdb"),
        ("machine", 'covers = "later"\nmachine', "covers is 'later' (it takes neither upcoming"),
        (
            'type = "tmdb"',
            'type = "tmdb"\naddress = "https://api.example?api_key=abc"',
            "address: a key in the address, api_key (take it out; token_env or token_file holds it)",
        ),
        (
            'type = "tmdb"',
            'type = "tmdb"\naddress = "http://api.example"',
            "address: http shows all to everybody on the way (use https; allow_private",
        ),
    ],
)
def test_a_wrong_table_is_told(refused, old, new, problem):
    """With the name of the source, what is wrong, and what would do."""
    assert old in TMDB

    (told,) = refused(TMDB.replace(old, new))

    assert told.startswith(("source tmdb: ", "source number 1: ", "source The Movie DB: "))
    assert problem in told


def test_all_mistakes_are_told_at_once(refused):
    """Of every table, also beside mistakes in other settings."""
    text = (
        "RELEASECAL_CACHE_SIZE = 0\n" + TMDB.replace("8h", "soon") + OTHER.replace("https", "ftp")
    )

    assert len(refused(text)) == 3


@pytest.mark.parametrize(
    "text",
    [TMDB + TMDB, OTHER.replace("other", "own", 1) + FILES, 'RELEASECAL_SOURCES = "tmdb"' + TMDB],
)
def test_each_id_is_there_once(refused, text):
    """Two sources of one name would be taken for each other, files among them."""
    (told,) = refused(text)

    assert "is there twice (give one another id)" in told


@pytest.mark.parametrize("text", ["source = 1", 'source = ["tmdb"]', "[source]\nid = 'tmdb'"])
def test_a_source_is_a_table_in_a_list(refused, text):
    """Single brackets make one table, to which no other one can be added."""
    assert refused(text) == ["source is no list of tables (begin each with [[source]])"]


def test_a_key_is_in_no_message(refused):
    """What is wrong with an address is told without it."""
    text = OTHER.replace("data.json", "data.json?key=abcdef")

    assert "abcdef" not in str(refused(text))
