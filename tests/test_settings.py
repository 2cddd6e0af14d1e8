"""Settings: read once, every mistake at once, nothing needed."""

from dataclasses import fields
from datetime import timedelta

import pytest

from releasecal.core.durations import parse_interval as duration
from releasecal.core.revise import Policy
from releasecal.errors import SettingsError
from releasecal.notify.news_target import NOTIFY_FIELDS
from releasecal.queries.site_settings import LOCAL_URL, SiteSettings, SizeLimits
from releasecal.settings import Settings
from releasecal.sources.remote.source_tables import FIELDS
from support.paths import ROOT

LOGO = ROOT / "docs" / "first-page.png"


def test_every_setting_has_a_default():
    """An empty environment serves data/ from SQLite in state/."""
    settings = Settings.read({})

    assert settings == Settings()
    assert settings.sources == ("data",)
    assert settings.database == "sqlite:///state/releasecal.db"


def test_every_setting_is_read():
    """Each variable reaches its field as the right type."""
    settings = Settings.read(
        {
            "RELEASECAL_SOURCES": " a.yaml, b/ ,",
            "RELEASECAL_STATE_DIR": "/var/lib/releasecal",
            "RELEASECAL_DATABASE_URL": "postgresql://db/releasecal",
            "RELEASECAL_READ_DATABASE_URL": "postgresql://replica/releasecal",
            "RELEASECAL_ROLE": "Reader",
            "RELEASECAL_WRITER_URL": "https://writer.example/",
            "RELEASECAL_DATABASE_CONNECTIONS": "3",
            "RELEASECAL_DATABASE_PATIENCE": "2s",
            "RELEASECAL_REFRESH_EVERY": "90s",
            "RELEASECAL_REFRESH_DEADLINE": "5m",
            "RELEASECAL_REFRESH_TOKEN": "a-token-of-16-or-more",
            "RELEASECAL_PUSH_SECRET": "a-secret-of-16-or-more",
            "RELEASECAL_ASK_EVERY": "1h",
            "RELEASECAL_PUBLIC_URL": "https://films.example/cal/",
            "RELEASECAL_UID_DOMAIN": "films.example",
            "RELEASECAL_CALENDAR_NAME": "Kino",
            "RELEASECAL_MARK_MOVES": "7d",
            "RELEASECAL_KEEP_CANCELLED": "60d",
            "RELEASECAL_STALE_AFTER": "3d",
            "RELEASECAL_COMPRESS": "off",
            "RELEASECAL_CACHE_SIZE": "8",
            "RELEASECAL_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
            "RELEASECAL_METRICS_FROM": "10.0.0.9, fd00::/8",
            "RELEASECAL_LOG_FORMAT": "JSON",
            "RELEASECAL_LOG_LEVEL": "debug",
            "RELEASECAL_MOST_EVENTS": "500",
            "RELEASECAL_MOST_BYTES": "20000",
            "RELEASECAL_ALLOW_UNLIMITED": "on",
            "RELEASECAL_OPERATOR": "Kino & Co",
            "RELEASECAL_CONTACT": "kino@films.example",
            "RELEASECAL_REPORT_URL": "https://films.example/report",
            "RELEASECAL_IMPRINT_URL": "https://films.example/imprint",
            "RELEASECAL_PRIVACY_URL": "mailto:kino@films.example",
            "RELEASECAL_ACCENT": "#0B5D3B",
            "RELEASECAL_LOGO": str(LOGO),
            "RELEASECAL_POSTER_HOSTS": "image.tmdb.org, Img.Films.Example",
            "RELEASECAL_WEBSUB_HUBS": "https://hub.example/, https://other.example/",
            "PATH": "/bin",
        }
    )

    assert settings.sources == ("a.yaml", "b/")
    assert settings.database == "postgresql://db/releasecal"
    assert settings.read_database_url == "postgresql://replica/releasecal"
    assert (settings.is_reader, settings.writer_url) == (True, "https://writer.example")
    assert settings.database_connections == 3
    assert settings.database_patience == timedelta(seconds=2)
    assert settings.refresh_every == timedelta(seconds=90)
    assert settings.site.url == "https://films.example/cal"
    assert (settings.site.name, settings.site.uid_domain) == ("Kino", "films.example")
    assert [
        field.name
        for field in fields(Settings)
        if field.metadata and field.default == getattr(settings, field.name)
    ] == ["private"]  # which does not go with hubs
    assert settings.site.poster_hosts == {"image.tmdb.org", "img.films.example"}
    assert settings.refresh_deadline == timedelta(minutes=5)
    assert (settings.policy.mark.days, settings.policy.keep.days) == (7, 60)
    assert (settings.site.ask_every, settings.site.stale_after.days) == (timedelta(hours=1), 3)
    assert (settings.compress, settings.cache_size) == (False, 8)
    assert list(map(str, settings.trusted_proxies)) == ["127.0.0.1/32", "10.0.0.0/8"]
    assert settings.site.limits == SizeLimits(500, 20_000, may_be_lifted=True)
    operator = settings.site.operator
    assert (operator.name, operator.contact) == ("Kino & Co", "mailto:kino@films.example")
    assert operator.for_reports == "https://films.example/report"
    assert (settings.site.accent, settings.site.logo) == ("#0b5d3b", str(LOGO))
    assert "a-token" not in repr(settings)
    assert "a-secret" not in repr(settings)


def test_a_private_site_has_no_hubs():
    """A hub reads feeds without a token, so it would be told of what it cannot read."""
    private = {"RELEASECAL_PRIVATE": "on"}
    assert Settings.read(private).private

    with pytest.raises(SettingsError) as caught:
        Settings.read({**private, "RELEASECAL_WEBSUB_HUBS": "https://hub.example/"})
    what = "RELEASECAL_WEBSUB_HUBS: hubs read feeds without a token, and RELEASECAL_PRIVATE is on"
    assert list(map(str, caught.value.problems)) == [f"{what} (leave one of them out)"]


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("ACCENT", "red", "a colour such as #a8112f"),
        ("ACCENT", "#ffcc00", "dark enough to be read on a light page (a contrast of 4.5 to 1)"),
        ("CONTACT", "javascript:alert(1)", "an address such as https://films.example/contact"),
        ("CONTACT", "//films.example", "or mail@films.example"),
        ("LOGO", "/nowhere/logo.svg", "the path of a file that is there: .svg, .png"),
        ("LOGO", __file__, "the path of a file that is there: .svg, .png"),
        ("POSTER_HOSTS", "https://image.tmdb.org", "without https://"),
    ],
)
def test_what_visitors_could_not_use_is_refused(name, value, remedy):
    """A colour that cannot be read, a link that leads nowhere or runs, a picture that is none."""
    with pytest.raises(SettingsError) as caught:
        Settings.read({f"RELEASECAL_{name}": value})

    assert remedy in str(caught.value)


def test_a_default_is_stated_once():
    """Where nothing is set, the site and the policy are those of the values' own defaults."""
    assert Settings().site == SiteSettings()
    assert Settings().policy == Policy()


def test_whether_a_public_address_is_set_is_known():
    """None is set unless the operator sets one; the local one, if set, counts as any other."""
    local = Settings.read({"RELEASECAL_PUBLIC_URL": LOCAL_URL})

    assert Settings().site.public_url is None
    assert Settings().site.url == LOCAL_URL
    assert local.site.public_url == local.site.url == LOCAL_URL


def test_every_mistake_is_told_at_once():
    """Every wrong setting is named, with what it takes; a token is never shown."""
    with pytest.raises(SettingsError) as caught:
        Settings.read(
            {
                "RELEASECAL_SOURCE": "x",
                "RELEASECAL_PUBLIC_URL": "films.example",
                "RELEASECAL_REFRESH_EVERY": "often",
                "RELEASECAL_REFRESH_TOKEN": "short",
                "RELEASECAL_UID_DOMAIN": "Not A Domain",
                "RELEASECAL_ASK_EVERY": "0",
                "RELEASECAL_SOURCES": " , ",
                "RELEASECAL_CALENDAR_NAME": "two\nlines",
                "RELEASECAL_CACHE_SIZE": "0",
                "RELEASECAL_COMPRESS": "perhaps",
                "RELEASECAL_TRUSTED_PROXIES": "10.0.0.1/8",
            }
        )

    assert list(map(str, caught.value.problems)) == [
        "environment: RELEASECAL_ASK_EVERY cannot be '0' (it takes a duration of at least 1s)",
        "environment: RELEASECAL_CACHE_SIZE cannot be '0' (it takes a whole number of MiB from 1 to 999999)",
        "environment: RELEASECAL_CALENDAR_NAME cannot be 'two\\nlines' (it takes a text of one line)",
        "environment: RELEASECAL_COMPRESS cannot be 'perhaps' (it takes on or off)",
        "environment: RELEASECAL_PUBLIC_URL cannot be 'films.example' (it takes an address such as https://films.example)",
        "environment: RELEASECAL_REFRESH_EVERY cannot be 'often' (it takes a duration such as 30s, 15m, 1h or 1d, up to 999999d, or 0)",
        "environment: RELEASECAL_REFRESH_TOKEN cannot be that (it takes at least 16 ASCII characters)",
        "environment: there is no setting RELEASECAL_SOURCE (did you mean RELEASECAL_SOURCES?)",
        "environment: RELEASECAL_SOURCES cannot be ' , ' (it takes names, divided by commas)",
        "environment: RELEASECAL_TRUSTED_PROXIES cannot be '10.0.0.1/8' (it takes addresses and networks such as 127.0.0.1, 10.0.0.0/8, ::1)",
        "environment: RELEASECAL_UID_DOMAIN cannot be 'Not A Domain' (it takes a name in lower case such as films.example, at most 42 characters)",
    ]


def test_a_file_has_the_same_names(tmp_path):
    """A TOML file sets what the environment does not."""
    path = tmp_path / "my.toml"
    path.write_text('RELEASECAL_SOURCES = ["a", "b"]\nRELEASECAL_CALENDAR_NAME = "File"\n')

    settings = Settings.read(
        {"RELEASECAL_CONFIG": str(path), "RELEASECAL_CALENDAR_NAME": "Environment"}
    )

    assert settings.sources == ("a", "b")
    assert settings.calendar_name == "Environment"


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ('["a,b.yaml"]', ("a,b.yaml",)),
        ('[" a ", "b, c/"]', (" a ", "b, c/")),
        ('"a,b.yaml"', ("a", "b.yaml")),
    ],
)
def test_a_comma_in_a_list_belongs_to_its_name(tmp_path, value, sources):
    """Each item of a list is a source as it is; commas divide a text only."""
    path = tmp_path / "my.toml"
    path.write_text(f"RELEASECAL_SOURCES = {value}\n")

    assert Settings.read({"RELEASECAL_CONFIG": str(path)}).sources == sources


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("SOURCES = []", "SOURCES cannot be [] (it takes names, each in quotation marks)"),
        ("SOURCES = ['a', 1]", "SOURCES cannot be ['a', 1] (it takes names, each in quotation"),
        ("SOURCES = ['a', ' ']", "SOURCES cannot be ['a', ' '] (it takes names, each in"),
        ("SOURCES = {a = 1}", "SOURCES cannot be {'a': 1} (it takes one value, not a table)"),
        ("CALENDAR_NAME = ['a', 'b']", "CALENDAR_NAME cannot be ['a', 'b'] (it takes one value,"),
        ("REFRESH_TOKEN = ['a-secret-in-a-list']", "REFRESH_TOKEN cannot be that (it takes one"),
        ("PUSH_SECRET = 'short'", "PUSH_SECRET cannot be that (it takes at least 16 ASCII"),
    ],
)
def test_values_of_the_wrong_shape_are_told(tmp_path, line, told):
    """A list where one value is wanted, and a list of what are no names, are mistakes."""
    path = tmp_path / "my.toml"
    path.write_text(f"RELEASECAL_{line}\n")

    with pytest.raises(SettingsError) as caught:
        Settings.read({"RELEASECAL_CONFIG": str(path)})
    assert str(caught.value).startswith(f"{path}: RELEASECAL_{told}")


SECRET = "hunter2@/:x"
HIDING = (
    f"https://user:{SECRET}@films.example/",
    f"postgresql://user:{SECRET}@db/releasecal",
    f"https://films.example/?api_key={SECRET}",
)
"""Addresses with a secret in them."""


def told(path):
    """Return what is said of the settings in the file at *path*; "" if nothing is wrong."""
    try:
        Settings.read({"RELEASECAL_CONFIG": str(path)})
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("shape", ['"{}"', '["{}"]', '[1, "{}"]', '{{a = "{}"}}'])
@pytest.mark.parametrize("address", HIDING)
def test_no_message_has_the_password_of_an_address(tmp_path, shape, address):
    """In whatever setting or field of a table it stands: it was meant for another one."""
    value = shape.format(address)
    texts = [f"RELEASECAL_{row.name.upper()} = {value}" for row in fields(Settings)]
    for kind, names in (
        ("source", ("id", *FIELDS, "discover")),
        ("notify", NOTIFY_FIELDS),
        ("feed", ("name", "query")),
    ):
        texts += [f"[[{kind}]]\n{name} = {value}" for name in names]
    for text in texts:
        (tmp_path / "my.toml").write_text(text)
        assert SECRET not in told(tmp_path / "my.toml"), text


@pytest.mark.parametrize("name", ["token_env", "token_file", "secret_env", "address_file"])
def test_a_secret_in_the_place_of_its_name_is_not_shown(tmp_path, name):
    """Who writes the token itself there, in a list, reads what it takes, and not the token."""
    kind = "source" if name.startswith("token") else "notify"
    (tmp_path / "my.toml").write_text(f'[[{kind}]]\n{name} = ["whsec_hunter2"]\n')

    with pytest.raises(SettingsError) as caught:
        Settings.read({"RELEASECAL_CONFIG": str(tmp_path / "my.toml")})
    assert f"{name} cannot be that (it takes a text of one line" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["PUBLIC_URL", "WRITER_URL", "CONTACT", "IMPRINT_URL", "PRIVACY_URL", "REPORT_URL"]
)
def test_an_address_for_everybody_has_no_password(name):
    """It is in feeds, on pages, or in the answer of a node that reads no sources."""
    with pytest.raises(SettingsError) as caught:
        Settings.read({f"RELEASECAL_{name}": f"https://user:{SECRET}@films.example"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [("lang", '["de"]'), ("lang", "{a = 1}"), ("changes", "[[]]"), ("changes", "[{a = 1}]")],
)
def test_a_field_of_any_shape_is_a_mistake_and_no_crash(tmp_path, field, value):
    """A list in the place of a text, or in a list of texts, is told like any wrong value."""
    (tmp_path / "my.toml").write_text(f"[[notify]]\n{field} = {value}\n[[source]]\nregions=[[]]")

    with pytest.raises(SettingsError) as caught:
        Settings.read({"RELEASECAL_CONFIG": str(tmp_path / "my.toml")})
    assert f"{field} is " in str(caught.value)
    assert "regions is [[]] (it takes codes" in str(caught.value)


def test_numbers_and_switches_need_no_quotation_marks(tmp_path):
    """TOML's own numbers and booleans are as good as their texts."""
    path = tmp_path / "my.toml"
    path.write_text("RELEASECAL_CACHE_SIZE = 8\nRELEASECAL_COMPRESS = false\n")

    settings = Settings.read({"RELEASECAL_CONFIG": str(path)})

    assert (settings.cache_size, settings.compress) == (8, False)


def test_the_file_here_is_read_by_itself(tmp_path, monkeypatch):
    """releasecal.toml in the current folder counts; one that is named must exist."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "releasecal.toml").write_text('RELEASECAL_STATE_DIR = "elsewhere"\n')

    assert Settings.read({}).state_dir == "elsewhere"
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        Settings.read({"RELEASECAL_CONFIG": "nowhere.toml"})


def test_a_broken_file_is_told_with_its_place(tmp_path):
    """What is no TOML is an error with its place."""
    path = tmp_path / "my.toml"
    path.write_text("RELEASECAL_SOURCES = [\n")

    with pytest.raises(SettingsError, match=r"my\.toml: cannot be read: Invalid value"):
        Settings.read({"RELEASECAL_CONFIG": str(path)})


@pytest.mark.parametrize(
    ("name", "what", "least", "most"),
    [
        ("MOST_EVENTS", "events", 1, 999_999_999),
        ("MOST_BYTES", "bytes", 10_000, 999_999_999),
        ("CACHE_SIZE", "MiB", 1, 999_999),
    ],
)
def test_numbers_lie_between_two_bounds(name, what, least, most):
    """What is too much is told up to where it may go, as what is too little is."""
    for number in (least, most):
        assert Settings.read({f"RELEASECAL_{name}": f" {number} "})
    for number in (least - 1, most + 1, 10**30, "9" * 9_999, "1e3", "²"):
        with pytest.raises(SettingsError, match=f"a whole number of {what} from {least} to {most}"):
            Settings.read({f"RELEASECAL_{name}": str(number)})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("0s", 0), ("30s", 30), ("15m", 900), ("1h", 3600), ("2d", 172_800)],
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    """A number and a unit, or 0."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "-1m", "1.5h", "9999999s", "1w", "١m"])
def test_other_durations_are_refused(text):
    """Anything else is refused."""
    with pytest.raises(ValueError, match="a duration such as"):
        duration(text)


def test_feeds_have_names_and_queries(tmp_path):
    """Each table ``[[feed]]`` gives a query an address."""
    path = tmp_path / "releasecal.toml"
    path.write_text('[[feed]]\nname = "cinemas-de"\nquery = "kind=theatrical&region=DE&q=a%20b"\n')

    (feed,) = Settings.read({"RELEASECAL_CONFIG": str(path)}).feeds

    assert feed.name == "cinemas-de"
    assert (feed.query.kind, feed.query.region, feed.query.q) == (
        ("theatrical",),
        ("DE",),
        ("a b",),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[feed]]\nname = "Ä"\nquery = ""', "feed Ä: name: cannot be 'Ä' (small letters"),
        ('[[feed]]\nname = "a"', "feed a: query: cannot be None (as in kind=theatrical"),
        ('[[feed]]\nname = "a"\nquery = "kind=x"', "feed a: query: kind: there is no kind 'x'"),
        ('[[feed]]\nname = "a"\nquery = "as-of=2020-01-01"', "as-of is no part of a feed"),
        ('[[feed]]\nname = "a"\nquery = ""\nsort = 1', "feed a: there is no sort (name, query)"),
        ('[[feed]]\nname = "a"\nquery = ""\n' * 2, "feed a is there twice (give one another name)"),
        ('feed = "a"', "feed is no list of tables (begin each with [[feed]])"),
    ],
)
def test_a_wrong_feed_says_what_would_do(tmp_path, text, words):
    """A table of a feed that cannot be read is an error with its file and a remedy."""
    path = tmp_path / "releasecal.toml"
    path.write_text(text)

    with pytest.raises(SettingsError) as failed:
        Settings.read({"RELEASECAL_CONFIG": str(path)})

    assert words in str(failed.value)
    assert str(path) in str(failed.value)
