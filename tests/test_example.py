"""The first minute in an empty folder: the example, which says that it is one, and what ends it."""

import logging

import pytest
from click.testing import CliRunner

import releasecal
from releasecal.cli import main
from releasecal.core.languages import LANGUAGES
from releasecal.errors import SettingsError
from releasecal.settings import EXAMPLE_IN_WORDS, Settings

BANNER = b"This is an example"

pytestmark = [
    pytest.mark.usefixtures("empty_folder"),
    pytest.mark.sqlite("without a setting it is a file"),
]


def run(*words):
    return CliRunner().invoke(main, words)


class TestRule:
    def test_an_empty_folder_has_the_example(self):
        """Where nothing is set or there, the example is shown, from a database of its own."""
        settings = Settings.or_example({"PATH": "/bin", "RELEASECAL_SOURCES": ""})

        assert settings.is_example
        assert settings.addresses == settings.sources == ("builtin:article",)
        assert settings.database == "sqlite:///state/example.db"

    @pytest.mark.parametrize("path", ["data", "releasecal.toml", "state/releasecal.db"])
    def test_who_has_begun_has_no_example(self, empty_folder, path):
        """Data, settings or a database in the folder end the example, a link to nowhere as well."""
        (empty_folder / path).parent.mkdir(exist_ok=True)
        (empty_folder / path).symlink_to(empty_folder / "film.yaml")
        (empty_folder / "film.yaml").write_text("")

        assert Settings.or_example({}) == Settings()
        (empty_folder / "film.yaml").unlink()
        assert not Settings.or_example({}).is_example

    @pytest.mark.parametrize("name", ["SOURCES", "STATE_DIR", "CALENDAR_NAME"])
    def test_who_sets_something_has_no_example(self, name):
        """An operator who has set anything means a calendar of theirs."""
        settings = Settings.or_example({f"RELEASECAL_{name}": "data"})

        assert not settings.is_example
        assert settings.addresses == ("data",)

    def test_a_file_of_settings_that_is_named_has_to_be_there(self):
        """The example hides no mistake: neither a wrong setting nor one that leads nowhere."""
        with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
            Settings.or_example({"RELEASECAL_CONFIG": "nowhere.toml"})
        with pytest.raises(SettingsError, match="RELEASECAL_SOURCE"):
            Settings.or_example({"RELEASECAL_SOURCE": "data"})


@pytest.mark.slow
class TestCommands:
    def test_the_example_is_published_and_shown(self):
        """Commands that publish and show do so with the example, and say that it is one."""
        for words in (("refresh",), ("show",), ("changes", "--added"), ("sources",)):
            told = run(*words)
            assert told.exit_code == 0, told.output
            assert f"releasecal: {EXAMPLE_IN_WORDS}\n" in told.stderr
        assert "Mission: Impossible 7" in run("show").stdout

    @pytest.mark.parametrize("words", [("check",), ("backup", "-"), ("export", "site")])
    def test_who_keeps_data_is_not_given_the_example(self, empty_folder, words):
        """A command about somebody's own data fails where there is none."""
        run("refresh")

        assert run(*words).exit_code == 1
        assert not (empty_folder / "site").exists()

    def test_init_ends_the_example(self):
        """After init the calendar has what is its own, and nothing of the example."""
        assert run("refresh").exit_code == 0
        assert run("init").exit_code == 0

        refreshed = run("refresh")
        assert "edition 1: 1 added" in refreshed.stdout, refreshed.output
        assert EXAMPLE_IN_WORDS not in refreshed.stderr
        assert "Mission" not in run("show").stdout

    def test_a_named_folder_that_is_missing_is_an_error(self, monkeypatch):
        """Whoever names a folder is told that it is not there."""
        monkeypatch.setenv("RELEASECAL_SOURCES", "data")

        told = run("serve", "--port", "1")
        assert (told.exit_code, told.stdout) == (1, "")
        assert "data: does not exist" in told.stderr


@pytest.mark.slow
class TestPages:
    @pytest.fixture
    def client(self, caplog):
        caplog.set_level(logging.WARNING)
        app = releasecal.create_app()
        yield app.test_client()
        app.wsgi_app.scheduler.stop()

    def test_an_app_says_in_its_log_that_it_shows_the_example(self, client, caplog):
        """Whoever runs ``flask --app releasecal run`` reads what would do."""
        assert client.get("/healthz").status_code == 200
        assert [each.getMessage() for each in caplog.get_records("setup")] == [EXAMPLE_IN_WORDS]

    @pytest.mark.parametrize("path", ["/", "/films/mission-impossible-7", "/changes", "/nowhere"])
    def test_every_page_says_that_it_is_an_example(self, client, path):
        """Pages have a banner with the command that begins one's own calendar."""
        page = client.get(path, headers={"Accept": "text/html"}).data

        assert BANNER in page
        assert b'<code dir="ltr">releasecal init</code>' in page

    def test_the_banner_speaks_the_language_of_the_page(self, client):
        """In each language the banner has other words, and the same command."""
        pages = {code: client.get(f"/?lang={code}").data.decode() for code in LANGUAGES}

        banners = {page.split('<p class="banner">')[1].split("</p>")[0] for page in pages.values()}
        assert len(banners) == len(LANGUAGES) == 9
        assert all("releasecal init</code>" in banner for banner in banners)

    def test_feeds_are_those_of_any_calendar(self, client):
        """The calendar of the example can be subscribed to."""
        assert client.get("/calendar.ics").data.count(b"BEGIN:VEVENT") == 4


@pytest.mark.slow
def test_no_banner_where_data_is():
    """A calendar of one's own has no banner."""
    assert run("init").exit_code == 0
    app = releasecal.create_app()

    assert BANNER not in app.test_client().get("/").data
    app.wsgi_app.scheduler.stop()
