"""
Settings: read once, at the entry point, from a mapping passed in and from a TOML file.

Each field of `Settings` is a row: its name gives the variable (``RELEASECAL_`` and the name in
capitals), its metadata the readers and the help text. A default that another value has, too, is
taken from there (`SiteSettings`, `SizeLimits`, `Policy`).
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, field, fields
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from releasecal.addons import is_extended
from releasecal.core.durations import parse_interval
from releasecal.core.revise import Policy
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import NOWHERE, Place, Problem, SettingsError
from releasecal.formats import FORMATS
from releasecal.notify.news_target import NewsTarget, read_target
from releasecal.queries.colour_contrast import READABLE, is_colour, is_readable
from releasecal.queries.feed_paths import EVERY_RELEASE, NamedFeed
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site_settings import PICTURES, Operator, SiteSettings, SizeLimits
from releasecal.sources.builtin import EXAMPLE
from releasecal.sources.remote import ENTRY_POINTS
from releasecal.sources.remote.address_guard import address_problem
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.source_tables import SourceRow, TableError, named, read_table
from releasecal.telemetry import logs

PREFIX = "RELEASECAL_"
CONFIG = f"{PREFIX}CONFIG"
"""Variable with the path of a TOML file of settings; the environment wins over the file."""

TABLES = "source"
"""Name of the tables of sources in that file."""

FEEDS = "feed"
"""Name of the tables of feeds that have an address of their own in that file."""

TARGETS = "notify"
"""Name of the tables of targets of news in that file."""

CONFIG_FILE = Path("releasecal.toml")
"""The file that is read, if it exists, where `CONFIG` is not set."""

EXAMPLE_IN_WORDS = (
    "this is an example, for there is no folder data here, and nothing is set "
    "(releasecal init begins a calendar of your own)"
)
"""Words for whoever starts a server where `Settings.or_example` gives the example."""

_DATABASE = "releasecal.db"

ROLES = ("all", "writer", "reader")
"""Roles of a node: it reads sources and answers; the same, and tells readers; it answers alone."""

_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}

_MAX = 999_999_999  # nine digits: `_count` reads no more


def _text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a text of one line")
    return text.strip()


def _names(text: str) -> tuple[str, ...]:
    items = tuple(item.strip() for item in text.split(",") if item.strip())
    if not items:
        raise ValueError("names, divided by commas")
    return items


def _listed_names(items: list[object]) -> tuple[str, ...]:
    """Return the names in a list of TOML as they are: a comma belongs to its name."""
    names = tuple(item for item in items if isinstance(item, str) and item.strip())
    if not names or len(names) < len(items):
        raise ValueError("names, each in quotation marks")
    return names


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return _listed_networks([*_names(text)])


def _listed_networks(items: list[object]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(str(item).strip()) for item in items)
    except ValueError:
        raise ValueError("addresses and networks such as 127.0.0.1, 10.0.0.0/8, ::1") from None


def _hosts(text: str) -> tuple[str, ...]:
    return _listed_hosts([*_names(text)])


def _listed_hosts(items: list[object]) -> tuple[str, ...]:
    hosts = tuple(str(item).strip().casefold() for item in items)
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", host) for host in hosts):
        raise ValueError("names of hosts such as image.tmdb.org, without https:// and a path")
    return hosts


def _not_listed(_: list[object]) -> object:
    raise ValueError("one value, not a list")


def _positive_duration(text: str) -> timedelta:
    time = parse_interval(text)
    if not time:
        raise ValueError("a duration of at least 1s")
    return time


def _address(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("an address such as https://films.example")
    if parts.username is not None:
        raise ValueError("an address without name and password: it is shown to everybody")
    if not text.isascii() or any(char.isspace() for char in text.strip()):
        raise ValueError("an address in ASCII such as https://films.example")
    return text.strip().rstrip("/")


def _addresses(text: str) -> tuple[str, ...]:
    return _listed_addresses([*_names(text)])


def _listed_addresses(items: list[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_hub(str(item).strip()) for item in items))


def _hub(text: str) -> str:
    if problem := address_problem(text, allow_private=False):
        raise ValueError(f"addresses such as https://hub.example/, not {problem}")
    return text


def _link(text: str) -> str:
    """Return an address of the web, or one of mail as a link."""
    if re.fullmatch(r"[^@\s:/?]+@[^@\s:/?]+\.[^@\s:/?]+", text.strip(), re.ASCII):
        return f"mailto:{text.strip()}"
    parts = urlsplit(text.strip())
    is_web = parts.scheme in ("http", "https") and parts.hostname
    is_link = is_web and parts.username is None  # a password would be on each page
    if not (is_link or parts.scheme == "mailto") or not text.strip().isprintable():
        raise ValueError("an address such as https://films.example/contact or mail@films.example")
    return text.strip()


def _colour(text: str) -> str:
    colour = text.strip().casefold()
    if not is_colour(colour) or not is_readable(colour):
        raise ValueError(
            f"a colour such as {_SITE.accent}, dark enough to be read on a light page"
            f" (a contrast of {READABLE} to 1)"
        )
    return colour


def _picture(text: str) -> str:
    path = Path(text.strip())
    if path.suffix.casefold() not in PICTURES or not path.is_file():
        raise ValueError(f"the path of a file that is there: {', '.join(PICTURES)}")
    return str(path)


def _domain(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?", text.strip(), re.ASCII):
        raise ValueError("a name in lower case such as films.example, at most 42 characters")
    return text.strip()


def _secret(text: str) -> str:
    if len(text.strip()) < 16 or not text.strip().isascii():
        raise ValueError("at least 16 ASCII characters")
    return text.strip()


def _switch(text: str) -> bool:
    word = text.strip().casefold()
    if word not in _SWITCH:
        raise ValueError("on or off")
    return _SWITCH[word]


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of one of *words*, in letters of any case."""

    def read(text: str) -> str:
        word = text.strip().casefold()
        if word not in words:
            raise ValueError("one of " + ", ".join(words))
        return word

    return read


def _count(least: int, most: int, what: str) -> Callable[[str], int]:
    """Return a reader of a number of *what* from *least* to *most*, both included."""

    def read(text: str) -> int:
        is_number = re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII)
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"a whole number of {what} from {least} to {most}")
        return int(text)

    return read


def _row(
    read: Callable[[str], object],
    help_: str,
    read_list: Callable[[list[object]], object] = _not_listed,
) -> dict[str, object]:
    """Return a field's metadata; *read_list* reads a list of TOML, *read* all else, as text."""
    return {"read": read, "help": help_, "read_list": read_list}


_SITE = SiteSettings()
_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Settings of the operator; every one has a default.

    Attributes:
        listed: What `sources` and the tables ``[[source]]`` name, by precedence.
        feeds: What the tables ``[[feed]]`` name.
        notify: What the tables ``[[notify]]`` name.
    """

    sources: tuple[str, ...] = field(
        default=("data",),
        metadata=_row(
            _names,
            "files, folders and addresses on the web, by precedence, divided by commas",
            _listed_names,
        ),
    )
    state_dir: str = field(
        default="state",
        metadata=_row(_text, "folder where the database and the refresh token are kept"),
    )
    database_url: str = field(
        default="",
        metadata=_row(
            _text,
            "SQLAlchemy address of the database; default: releasecal.db in the state folder",
        ),
    )
    read_database_url: str = field(
        default="",
        metadata=_row(_text, "address of a replica of it, which is read in its place"),
    )
    role: str = field(
        default="all",
        metadata=_row(
            _one_of(ROLES),
            "what this node does: all, writer (which tells readers how it is), or reader (no sources)",
        ),
    )
    writer_url: str = field(
        default="",
        metadata=_row(_address, "address of the writer, to which a reader sends POST /refresh"),
    )
    database_connections: int = field(
        default=10,
        metadata=_row(
            _count(1, 1_000, "connections"),
            "how many connections to PostgreSQL each worker has at most",
        ),
    )
    database_patience: timedelta = field(
        default=timedelta(seconds=10),
        metadata=_row(
            _positive_duration,
            "how long to wait for PostgreSQL, to connect or for an answer; ten times that to write",
        ),
    )
    refresh_every: timedelta = field(
        default=timedelta(minutes=15),
        metadata=_row(
            parse_interval, "how often the sources are read again (15m, 1h); 0 for never"
        ),
    )
    refresh_deadline: timedelta = field(
        default=timedelta(minutes=30),
        metadata=_row(
            parse_interval,
            "how long the server tries to read the sources before it gives up (30m); 0 for no limit",
        ),
    )
    refresh_token: str = field(
        default="",
        repr=False,
        metadata=_row(
            _secret,
            "token for POST /refresh; default: made on first start, kept in the state folder",
        ),
    )
    push_secret: str = field(
        default="",
        repr=False,
        metadata=_row(
            _secret,
            "secret of GitHub's, GitLab's, Forgejo's and Gitea's webhooks, whose pushes refresh",
        ),
    )
    private: bool = field(
        default=False,
        metadata=_row(
            _switch, "whether only holders of a token to read see the site and its feeds (on, off)"
        ),
    )
    ask_every: timedelta = field(
        default=_SITE.ask_every,
        metadata=_row(
            _positive_duration, "how often calendar programs are asked to look for news (1h, 12h)"
        ),
    )
    public_url: str | None = field(
        default=_SITE.public_url,
        metadata=_row(_address, "address of the site as subscribers see it"),
    )
    mark_moves: timedelta = field(
        default=_POLICY.mark,
        metadata=_row(parse_interval, "how long an event's title says that it has moved"),
    )
    keep_cancelled: timedelta = field(
        default=_POLICY.keep,
        metadata=_row(
            parse_interval,
            "how long, at least, a release that no longer happens stays on its day and says so",
        ),
    )
    stale_after: timedelta = field(
        default=_SITE.stale_after,
        metadata=_row(
            parse_interval,
            "how long a source may be in trouble before the feeds with its films say so",
        ),
    )
    uid_domain: str = field(
        default=_SITE.uid_domain,
        metadata=_row(_domain, "what stands behind the @ of each UID; never change it"),
    )
    calendar_name: str = field(default=_SITE.name, metadata=_row(_text, "name of the calendars"))
    operator: str = field(
        default=_SITE.operator.name, metadata=_row(_text, "who runs the site, as its pages say")
    )
    contact: str = field(
        default=_SITE.operator.contact,
        metadata=_row(_link, "how to reach who runs it: an address of mail or of a page"),
    )
    imprint_url: str = field(
        default=_SITE.operator.imprint, metadata=_row(_link, "address of the imprint")
    )
    privacy_url: str = field(
        default=_SITE.operator.privacy, metadata=_row(_link, "address of the privacy policy")
    )
    report_url: str = field(
        default=_SITE.operator.report,
        metadata=_row(_link, "where visitors report mistakes; default: the contact"),
    )
    accent: str = field(
        default=_SITE.accent,
        metadata=_row(_colour, "colour of links and buttons; dark pages have a lighter one"),
    )
    logo: str = field(
        default=_SITE.logo,
        metadata=_row(_picture, "file with the logo that pages show beside the name (SVG, PNG)"),
    )
    poster_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_row(
            _hosts,
            "hosts, such as image.tmdb.org, whose posters pages show, from copies kept here",
            _listed_hosts,
        ),
    )
    websub_hubs: tuple[str, ...] = field(
        default=_SITE.hubs,
        metadata=_row(
            _addresses,
            "hubs of WebSub, divided by commas, that Atom feeds name and that are told of changes",
            _listed_addresses,
        ),
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = field(
        default=(),
        metadata=_row(
            _networks,
            "addresses of the proxies in front, whose X-Forwarded-For, -Proto and -Host count",
            _listed_networks,
        ),
    )
    metrics_from: tuple[IPv4Network | IPv6Network, ...] = field(
        default=(ip_network("127.0.0.0/8"), ip_network("::1")),
        metadata=_row(
            _networks,
            "addresses that may read /metrics (0.0.0.0/0, ::/0 is everybody); default: this machine",
            _listed_networks,
        ),
    )
    log_format: str = field(
        default="human",
        metadata=_row(
            _one_of(logs.FORMATS), "form of the log's lines: human, or json, an object a line"
        ),
    )
    log_level: str = field(
        default="info",
        metadata=_row(_one_of(logs.LEVELS), "least level of them: debug, info, warning, error"),
    )
    most_events: int = field(
        default=_SITE.limits.events,
        metadata=_row(
            _count(1, _MAX, "events"), "how many events a feed has at most, the nearest to today"
        ),
    )
    most_bytes: int = field(
        default=_SITE.limits.octets,
        metadata=_row(
            _count(10_000, _MAX, "bytes"),
            "how many bytes a feed has at most; Google takes 1000000",
        ),
    )
    allow_unlimited: bool = field(
        default=_SITE.limits.may_be_lifted,
        metadata=_row(_switch, "whether limit=none may ask for more than that (on, off)"),
    )
    compress: bool = field(
        default=True,
        metadata=_row(_switch, "whether clients that ask for it get answers compressed (on, off)"),
    )
    cache_size: int = field(
        default=64,
        metadata=_row(
            _count(1, 999_999, "MiB"), "how much each worker keeps of what it has answered, in MiB"
        ),
    )

    listed: tuple[SourceRow, ...] = (SourceRow("data"),)
    feeds: tuple[NamedFeed, ...] = ()
    notify: tuple[NewsTarget, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Return the settings of *environ* and of its TOML file (`CONFIG`, `CONFIG_FILE`).

        Raises:
            SettingsError: With every problem that was found, of installed add-ons, too.
        """
        given = {**_from_file(environ), **_from_environment(environ)}
        tables = given.pop(TABLES, None)
        feeds = given.pop(FEEDS, None)
        targets = given.pop(TARGETS, None)
        rows = {f"{PREFIX}{row.name.upper()}": row for row in _rows()}
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, (value, origin) in sorted(given.items()):
            row = rows.get(name)
            if row is None:
                hint = nearest(name, rows) or f"one of {', '.join(rows)}"
                problems.append(Problem(Place(origin), f"there is no setting {name}", hint))
                continue
            try:
                values[row.name] = _read(row, value)
            except ValueError as error:
                shown = repr(value) if row.repr else "that"
                what = f"{name} cannot be {shown}"
                problems.append(Problem(Place(origin), what, f"it takes {error}"))
        settings = cls(**values)
        if settings.private and settings.websub_hubs:
            what = (
                f"{PREFIX}WEBSUB_HUBS: hubs read feeds without a token, and {PREFIX}PRIVATE is on"
            )
            problems.append(Problem(NOWHERE, what, "leave one of them out"))
        # Who writes tables names files there, or says that there are some.
        names = settings.sources if "sources" in values or not tables else ()
        listed, wrong = _listed(names, *(tables or ([], "")), environ)
        named_feeds, faults = _named_feeds(*(feeds or ([], "")))
        told, mistakes = _targets(*(targets or ([], "")), environ)
        if found := [*problems, *wrong, *faults, *mistakes, *FORMATS.problems, *_kind_problems()]:
            raise SettingsError(*found)
        return replace(settings, listed=listed, feeds=named_feeds, notify=told)

    @classmethod
    def or_example(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Return the settings of *environ*, or those of the example where nothing has begun yet.

        That is where nothing is set, neither by a variable nor by a file, and the folder has
        neither data nor a database. The example has a database of its own: its films would
        stay in a calendar for ever, for what has come out does.

        Raises:
            SettingsError: With every problem that was found.
        """
        usual = cls()
        database = Path(usual.state_dir, _DATABASE)
        is_set = environ.get(CONFIG) or _from_environment(environ) or os.path.lexists(CONFIG_FILE)
        if is_set or any(os.path.lexists(path) for path in [*map(Path, usual.sources), database]):
            return cls.read(environ)
        own = f"sqlite:///{database.with_name('example.db')}"
        return cls(sources=(EXAMPLE,), database_url=own, listed=(SourceRow(EXAMPLE),))

    @property
    def is_example(self) -> bool:
        """Whether there is nothing to show but the example."""
        return self.addresses == (EXAMPLE,)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of all sources by precedence: files and folders, ids of what is fetched."""
        return tuple(row.address for row in self.listed)

    @property
    def fetched(self) -> tuple[SourceSettings, ...]:
        """Settings of the sources that are fetched, by precedence."""
        return tuple(row.settings for row in self.listed if row.settings)

    @property
    def targets(self) -> tuple[NewsTarget, ...]:
        """All that are told of changes: those of tables, and the hubs with each of their feeds."""
        feeds = [("", EVERYTHING), (EVERY_RELEASE, EVERYTHING)]
        feeds += [(feed.path, feed.query) for feed in self.feeds]
        hubs = (NewsTarget.hub(hub, *feed) for hub in self.websub_hubs for feed in feeds)
        return (*self.notify, *hubs)

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{Path(self.state_dir) / _DATABASE}"

    @property
    def is_reader(self) -> bool:
        """Whether this node answers, and leaves the sources to another one."""
        return self.role == "reader"

    @property
    def site(self) -> SiteSettings:
        """Those settings that show in responses."""
        return SiteSettings(
            self.calendar_name,
            self.public_url,
            self.uid_domain,
            ask_every=self.ask_every,
            stale_after=self.stale_after,
            limits=SizeLimits(self.most_events, self.most_bytes, self.allow_unlimited),
            operator=Operator(
                self.operator, self.contact, self.imprint_url, self.privacy_url, self.report_url
            ),
            accent=self.accent,
            logo=self.logo,
            poster_hosts=frozenset(self.poster_hosts),
            hubs=self.websub_hubs,
        )

    @property
    def policy(self) -> Policy:
        """Those settings that shape an event; the rendering is added by the build."""
        return Policy(mark=self.mark_moves, keep=self.keep_cancelled)


def variables() -> Mapping[str, str]:
    """Return the help texts by variable, in the order of the fields."""
    return {f"{PREFIX}{row.name.upper()}": row.metadata["help"] for row in _rows()}


def _rows() -> Sequence[Field[object]]:
    """Return the fields that are settings of their own."""
    return [row for row in fields(Settings) if row.metadata]


def _listed(
    names: Sequence[str], tables: object, origin: str, environ: Mapping[str, str]
) -> tuple[tuple[SourceRow, ...], Sequence[Problem]]:
    """Return the sources with *names*, then those of *tables* from the file *origin*; problems."""
    found: list[SourceRow] = []
    readers = [(f"{PREFIX}SOURCES", name, partial(named, name)) for name in names]
    several, wrong = _tables(TABLES, tables, origin)
    for number, table in enumerate(several, start=1):
        name = f"{TABLES} {table.get('id') or f'number {number}'}"
        readers.append((origin, name, partial(read_table, table, environ)))
    for place, name, read in readers:
        try:
            row = read()
        except TableError as error:
            wrong += [Problem(Place(place), f"{name}: {what}") for what in error.args]
            continue
        if any(row.address == other.address for other in found):
            wrong.append(Problem(Place(place), f"{name} is there twice", "give one another id"))
        found.append(row)
    return tuple(found), wrong


def _kind_problems() -> Sequence[Problem]:
    """Return the problems of the kinds of source that other distributions bring."""
    if not is_extended(ENTRY_POINTS):
        return []
    from releasecal.sources.remote.kinds import KINDS  # noqa: PLC0415 - for sources over the network alone

    return KINDS.problems


def _named_feeds(tables: object, origin: str) -> tuple[tuple[NamedFeed, ...], list[Problem]]:
    """Return the feeds of the *tables* from the file *origin*, and problems."""
    found: dict[str, NamedFeed] = {}
    several, wrong = _tables(FEEDS, tables, origin)
    for number, table in enumerate(several, start=1):
        what = f"{FEEDS} {table.get('name') or f'number {number}'}"
        for name in table.keys() - {"name", "query"}:
            wrong.append(Problem(Place(origin), f"{what}: there is no {name}", "name, query"))
        try:
            feed = NamedFeed.parse(table.get("name"), table.get("query"))
        except ValueError as error:
            wrong.append(Problem(Place(origin), f"{what}: {error}"))
            continue
        if feed.name in found:
            wrong.append(Problem(Place(origin), f"{what} is there twice", "give one another name"))
        found[feed.name] = feed
    return tuple(found.values()), wrong


def _targets(
    tables: object, origin: str, environ: Mapping[str, str]
) -> tuple[tuple[NewsTarget, ...], list[Problem]]:
    """Return the targets of news of the *tables* from the file *origin*, and problems."""
    found: dict[str, NewsTarget] = {}
    several, wrong = _tables(TARGETS, tables, origin)
    for number, table in enumerate(several, start=1):
        what = f"{TARGETS} {table.get('name') or f'number {number}'}"
        try:
            target = read_target(table, environ)
        except TableError as error:
            wrong += [Problem(Place(origin), f"{what}: {each}") for each in error.args]
            continue
        if target.name in found:
            wrong.append(Problem(Place(origin), f"{what} is there twice", "give one another name"))
        found[target.name] = target
    return tuple(found.values()), wrong


def _tables(
    name: str, value: object, origin: str
) -> tuple[Sequence[Mapping[str, Any]], list[Problem]]:
    """Return the *value* of *name* in the file *origin*, which has to be a list of tables."""
    if isinstance(value, list) and all(isinstance(table, dict) for table in value):
        return value, []
    wrong = Problem(Place(origin), f"{name} is no list of tables", f"begin each with [[{name}]]")
    return [], [wrong]


def _read(row: Field[Any], value: object) -> Any:
    """Return *value*, text of the environment or a value of TOML, as *row* reads it."""
    if isinstance(value, list):
        return row.metadata["read_list"](value)
    if isinstance(value, dict):
        raise ValueError("one value, not a table")  # noqa: TRY004 - told as every wrong value
    return row.metadata["read"](str(value))


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    """Return (value, origin) by variable."""
    return {
        name: (text, "environment")
        for name, text in environ.items()
        if name.startswith(PREFIX) and name != CONFIG and text
    }


def _from_file(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    """Return (value, origin) by variable; a file that `CONFIG` names has to exist."""
    path = Path(environ.get(CONFIG) or CONFIG_FILE)
    if not environ.get(CONFIG) and not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{path}: cannot be read: {why} (mend it, or name another)") from error
    return {name: (value, str(path)) for name, value in table.items()}
