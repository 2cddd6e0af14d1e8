"""The targets of news: tables ``[[notify]]`` of the settings file, and hubs of WebSub."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from releasecal.core.changes import ChangeKind
from releasecal.core.languages import LANGUAGES
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.sources.remote.address_guard import address_problem
from releasecal.sources.remote.secret import NO_SECRET, Secret
from releasecal.sources.remote.source_tables import (
    TableError,
    read_switch,
    read_text,
    secret_of,
    unfit,
)

WEBHOOK = "webhook"
"""The type of a target that takes a signed POST."""

APPRISE = "apprise"
"""The type of a target that has an address of Apprise: mail, ntfy, Matrix and many others."""

WEBSUB = "websub"
"""The type of a hub, which takes the addresses of Atom feeds that have changed."""

MOST = 20
"""Changes of one edition that are told one by one, unless a table says otherwise."""

_SETTLES = timedelta(minutes=2)  # for which a shared cache may have the feed of before
_KEY = "whsec_"  # Standard Webhooks: a secret is that and 24 to 64 octets in base64
_KEY_SIZES = range(24, 65)
_REMEDY = (
    f'"{_KEY}" and 24 to 64 octets in base64, as from: echo "{_KEY}$(openssl rand -base64 32)"'
)
_SELECTING = frozenset(
    ("kind", "region", "film", "series", "channel", "genre", "q", "certainty", "lang")
)


@dataclass(frozen=True, slots=True)
class NewsTarget:
    """
    A receiver of news.

    Attributes:
        name: Its name in the database and in messages.
        type: `WEBHOOK`, `APPRISE` or `WEBSUB`.
        address: Empty if this process lacks it.
        query: Selects releases, and says the language.
        changes: Kinds of change; empty for all but what is new to the catalogue.
        most: Changes of one edition that are told one by one; more become one message.
        secret: Keys of signatures, divided by blanks; empty if this process lacks them.
        allow_private: Whether it may lie in a private network, and be reached over http.
        feed: Path, without an extension, of the feed of *query* whose Atom form a hub is told of;
            empty for the log of changes.
    """

    name: str
    type: str
    address: Secret
    query: FeedQuery = EVERYTHING
    changes: tuple[ChangeKind, ...] = ()
    most: int = MOST
    secret: Secret = NO_SECRET
    allow_private: bool = False
    feed: str = ""

    @classmethod
    def hub(cls, address: str, feed: str = "", query: FeedQuery = EVERYTHING) -> "NewsTarget":
        """
        Return the hub of WebSub at *address*, which is told once an edition of the log.

        With the path of a *feed* it is told of that one, the feed of *query*, as often as its
        octets change: each has its own attempts, and its own lines in lists.
        """
        name = f"{WEBSUB} {address} {feed}".rstrip()
        return cls(name, WEBSUB, Secret(address), query, most=0, feed=feed)

    @property
    def wait(self) -> timedelta:
        """
        Time after an edition before which it is told of nothing.

        A hub reads the feed at once, and must not get the old one from a cache on its way.
        """
        return _SETTLES if self.type == WEBSUB else timedelta()

    @property
    def keys(self) -> Sequence[bytes]:
        """
        The keys of its signatures; a receiver accepts each, so that they can be exchanged.

        Raises:
            ValueError: One of them is none.
        """
        return tuple(map(_key, self.secret.reveal().split()))

    def hidden_in(self, text: str) -> str:
        """Return *text*, which others wrote, with ``***`` in the place of address and keys."""
        for secret in (self.address, *map(Secret, self.secret.reveal().split())):
            text = secret.hidden_in(text)
        return text

    @property
    def lacking(self) -> str:
        """The lack of this process, which another one may not have; empty if it can send."""
        if not self.address:
            return "no address (set the variable that address_env names, or fill that file)"
        if self.type == WEBHOOK and not self.secret:
            return "no secret (set the variable that secret_env names, or fill that file)"
        if self.type == APPRISE and find_spec(APPRISE) is None:
            return "no Apprise (pip install 'releasecal[notify]')"
        return ""


def read_target(table: Mapping[str, Any], environ: Mapping[str, str]) -> NewsTarget:
    """
    Return the target that *table* describes; *environ* may have its address and its secret.

    Raises:
        TableError: It is wrong.
    """
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in table.items():
        if name not in NOTIFY_FIELDS:
            hint = nearest(name, NOTIFY_FIELDS) or f"one of {', '.join(NOTIFY_FIELDS)}"
            wrong.append(f"there is no {name} ({hint})")
            continue
        try:
            found[name] = NOTIFY_FIELDS[name](value)
        except ValueError as error:
            # An address of Apprise may have its key anywhere.
            shown = "cannot be that" if name == "address" else unfit(name, value)
            wrong.append(f"{name} {shown} (it takes {error})")
    feed = _feed(table, wrong)
    wrong += _missing(found)
    if wrong or feed is None:
        raise TableError(*wrong)
    lang = found.get("lang", feed.query.lang)
    target = NewsTarget(
        name=feed.name,
        type=found["type"],
        address=Secret(found["address"])
        if "address" in found
        else _secret("address", found, environ),
        query=replace(feed.query, lang=lang),
        changes=found.get("changes", ()),
        most=found.get("most", MOST),
        secret=_secret("secret", found, environ),
        allow_private=found.get("allow_private", False),
    )
    if refused := _refused(target):
        raise TableError(refused)
    return target


def _feed(table: Mapping[str, Any], wrong: list[str]) -> NamedFeed | None:
    """Return name and query of *table*; None, and a problem for *wrong*, if they cannot be."""
    try:
        feed = NamedFeed.parse(table.get("name"), table.get("query", ""))
    except ValueError as error:
        wrong.append(str(error))
        return None
    others = [name for name in feed.query.limits if name not in _SELECTING]
    wrong += [f"query: {name} narrows feeds, not changes (leave it out)" for name in others]
    return feed


def _missing(found: Mapping[str, Any]) -> Sequence[str]:
    """Return the problems of a table without what its type needs, or with what it does not take."""
    type_ = found.get("type", "")
    if type_ not in _TYPES:
        what = f"there is no type {type_!r}" if type_ else "no type"
        return [f"{what} (one of {', '.join(_TYPES)})"]
    wrong = []
    if len(found.keys() & {"address", "address_env", "address_file"}) != 1:
        wrong.append("it takes one of address, address_env and address_file")
    secrets = found.keys() & {"secret_env", "secret_file"}
    if type_ == WEBHOOK and len(secrets) != 1:
        wrong.append(
            "it takes one of secret_env and secret_file (docs/news.md has how to make one)"
        )
    if type_ == APPRISE and (secrets or "allow_private" in found):
        wrong.append("apprise takes no secret and no allow_private (its address has all)")
    return wrong


def _secret(name: str, found: Mapping[str, Any], environ: Mapping[str, str]) -> Secret:
    """Return the secret called *name* of a table; an empty one if this process lacks it."""
    return secret_of(found.get(f"{name}_env", ""), found.get(f"{name}_file", ""), environ)


def _refused(target: NewsTarget) -> str:
    """Return what is wrong with the address or the secret of *target*, and never shows them."""
    address = target.address.reveal()
    if target.type == APPRISE:
        return "" if not address or "://" in address else "address: not an address of Apprise"
    problem = address and address_problem(address, allow_private=target.allow_private)
    if problem:
        return f"address: {problem}"
    try:
        tuple(target.keys)
    except ValueError:
        return f"what secret_env or secret_file names is no key of a webhook ({_REMEDY})"
    return ""


def _key(text: str) -> bytes:
    """
    Return the key of the secret *text*.

    Raises:
        ValueError: It is none.
    """
    try:
        key = base64.b64decode(text.removeprefix(_KEY), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not text.startswith(_KEY) or len(key) not in _KEY_SIZES:
        raise ValueError("not a secret of Standard Webhooks")
    return key


def _changes(value: object) -> tuple[ChangeKind, ...]:
    slugs = {kind.slug: kind for kind in ChangeKind}
    named = value if isinstance(value, list) else []
    if not named or not all(isinstance(each, str) and each in slugs for each in named):
        raise ValueError(f"a list of {', '.join(slugs)}")
    return tuple(kind for slug, kind in slugs.items() if slug in named)


def _lang(value: object) -> str:
    if not isinstance(value, str) or value not in LANGUAGES:
        raise ValueError(f"one of {', '.join(LANGUAGES)}")
    return value


def _most(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000:
        raise ValueError("a whole number from 0 to 1000")
    return value


_TYPES = (WEBHOOK, APPRISE)

NOTIFY_FIELDS: Mapping[str, Callable[[object], object]] = {
    "name": read_text,
    "type": read_text,
    "address": read_text,
    "address_env": read_text,
    "address_file": read_text,
    "secret_env": read_text,
    "secret_file": read_text,
    "query": str,
    "lang": _lang,
    "changes": _changes,
    "most": _most,
    "allow_private": read_switch,
}
"""Readers of the fields of a table, by name."""
