"""
Settings: read once, at the entry point, from a mapping passed in.

Each field of `Settings` is a row: its name gives the variable (``RELEASECAL_`` and the
name in capitals), its type how it is read, its metadata the help text.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from releasecal.core.suggestions import nearest
from releasecal.errors import SettingsError
from releasecal.queries.site import SiteSettings, SizeLimits

PREFIX = "RELEASECAL_"
CONFIG = f"{PREFIX}CONFIG"
"""The variable that names a TOML file with settings; the environment wins over it."""

CONFIG_FILE = Path("releasecal.toml")
"""Read if it is there and the variable is not."""

_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}

_MAX = 999_999_999  # as good as no limit, and as many digits as `_count` reads

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a text of one line")
    return text.strip()


def _list(text: str) -> tuple[str, ...]:
    items = tuple(item.strip() for item in text.split(",") if item.strip())
    if not items:
        raise ValueError("names, divided by commas")
    return items


def duration(text: str) -> timedelta:
    """
    Read ``15m``, ``90s``, ``1h``, ``2d`` or ``0``.

    Raises:
        ValueError: With what would do.
    """
    form = re.fullmatch(r"(\d{1,6})([smhd])|0", text.strip(), re.ASCII)
    if not form:
        raise ValueError("a duration such as 30s, 15m, 1h or 1d, up to 999999d, or 0")
    return timedelta(**{_UNITS[form[2]]: int(form[1])}) if form[1] else timedelta()


def _address(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("an address such as https://films.example")
    if not text.isascii() or any(char.isspace() for char in text.strip()):
        raise ValueError("an address in ASCII such as https://films.example")
    return text.strip().rstrip("/")


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


def _count(least: int, most: int, what: str) -> Callable[[str], int]:
    """Return what reads how many of *what* there are, both bounds included."""

    def read(text: str) -> int:
        is_number = re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII)
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"a whole number of {what} from {least} to {most}")
        return int(text)

    return read


def _row(read: Callable[[str], object], help_: str) -> dict[str, object]:
    return {"read": read, "help": help_}


_LIMITS = SizeLimits()


@dataclass(frozen=True, slots=True)
class Settings:
    """How an operator wants it; nothing needs to be set."""

    sources: tuple[str, ...] = field(
        default=("data",),
        metadata=_row(_list, "files and folders to read, by precedence, divided by commas"),
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
    refresh_every: timedelta = field(
        default=timedelta(minutes=15),
        metadata=_row(duration, "how often the sources are read again (15m, 1h); 0 for never"),
    )
    refresh_token: str = field(
        default="",
        repr=False,
        metadata=_row(
            _secret,
            "token for POST /refresh; default: made on first start, kept in the state folder",
        ),
    )
    public_url: str = field(
        default="http://localhost:8000",
        metadata=_row(_address, "address of the site as subscribers see it"),
    )
    mark_moves: timedelta = field(
        default=timedelta(days=14),
        metadata=_row(duration, "how long an event's title says that it has moved"),
    )
    keep_cancelled: timedelta = field(
        default=timedelta(days=30),
        metadata=_row(duration, "how long, at least, what is off stays on its day and says so"),
    )
    stale_after: timedelta = field(
        default=timedelta(days=7),
        metadata=_row(duration, "how long the sources may be unreadable before feeds say so"),
    )
    uid_domain: str = field(
        default="releasecal",
        metadata=_row(_domain, "what stands behind the @ of each UID; never change it"),
    )
    calendar_name: str = field(
        default="Film releases", metadata=_row(_text, "name of the calendars")
    )
    most_events: int = field(
        default=_LIMITS.events,
        metadata=_row(
            _count(1, _MAX, "events"), "how many events a feed has at most, the nearest to today"
        ),
    )
    most_bytes: int = field(
        default=_LIMITS.octets,
        metadata=_row(
            _count(10_000, _MAX, "bytes"),
            "how many bytes a feed has at most; Google takes 1000000",
        ),
    )
    allow_unlimited: bool = field(
        default=_LIMITS.may_be_lifted,
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

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Read the settings from *environ*, and from the TOML file that it names.

        Raises:
            SettingsError: Listing everything that is wrong.
        """
        given = {**_from_file(environ), **_from_environment(environ)}
        rows = {f"{PREFIX}{row.name.upper()}": row for row in fields(cls)}
        values, problems = {}, []
        for name, (text, origin) in sorted(given.items()):
            row = rows.get(name)
            if row is None:
                hint = nearest(name, rows) or f"one of {', '.join(rows)}"
                problems.append(f"{origin}: there is no setting {name} ({hint})")
                continue
            try:
                values[row.name] = row.metadata["read"](text)
            except ValueError as error:
                shown = "that" if "TOKEN" in name else repr(text)
                problems.append(f"{origin}: {name} cannot be {shown} (it takes {error})")
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(**values)

    @property
    def database(self) -> str:
        """The database's SQLAlchemy address."""
        return self.database_url or f"sqlite:///{Path(self.state_dir) / 'releasecal.db'}"

    @property
    def site(self) -> SiteSettings:
        """What of the settings shows in documents."""
        return SiteSettings(
            self.calendar_name,
            self.public_url,
            self.uid_domain,
            stale_after=self.stale_after,
            limits=SizeLimits(self.most_events, self.most_bytes, self.allow_unlimited),
        )


def variables() -> Mapping[str, str]:
    """Return each setting's variable with its help text, in order."""
    rows: tuple[Field[object], ...] = fields(Settings)
    return {f"{PREFIX}{row.name.upper()}": row.metadata["help"] for row in rows}


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name: (text, "environment")
        for name, text in environ.items()
        if name.startswith(PREFIX) and name != CONFIG and text
    }


def _from_file(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    path = Path(environ.get(CONFIG) or CONFIG_FILE)
    if not environ.get(CONFIG) and not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{path}: cannot be read: {why} (mend it, or name another)") from error
    return {
        name: (",".join(map(str, value)) if isinstance(value, list) else str(value), str(path))
        for name, value in table.items()
    }
