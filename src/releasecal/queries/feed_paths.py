"""Paths of feeds: those that select by themselves, without a query behind them."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import EVERYTHING, FeedQuery

NAMED = "feeds"
"""Folder of the feeds that the operator has named."""

EVERY_RELEASE = "/calendar"
"""Path of the feeds that select by a query alone; without one, of every release."""

_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "films": ("film",),
    "series": ("series",),
    "kinds": ("kind", "region"),
    "regions": ("region",),
}
"""Parameters that the first parts of a path name, by its folder."""

_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


def beside(path: str, query: FeedQuery) -> FeedQuery:
    """Return the part of *query* that *path*, without an ending, does not select by itself."""
    folder, *parts = path.strip("/").split("/")
    if folder == NAMED:
        return EVERYTHING
    given: dict[str, Any] = dict.fromkeys(_FOLDERS.get(folder, ())[: len(parts)], ())
    return replace(query, **given) if given else query


def is_pushed(path: str, query: FeedQuery) -> bool:
    """
    Whether hubs of WebSub are told when the feed of *query* at *path* changes.

    These are the feeds of the settings, so there are few: every release, and those with a name.
    """
    return path.startswith(f"/{NAMED}/") or (path == EVERY_RELEASE and query == EVERYTHING)


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """
    A feed with an address of its own, which the operator has named.

    Attributes:
        name: Its address, as in ``/feeds/name.ics``.
    """

    name: str
    query: FeedQuery

    @property
    def path(self) -> str:
        """Its path, without a format's extension."""
        return f"/{NAMED}/{self.name}"

    @classmethod
    def parse(cls, name: object, query: object) -> "NamedFeed":
        """
        Return the feed of that *name* with the text of a *query*, as in an address.

        Raises:
            ValueError: One of them cannot be that, with what would do.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"name: cannot be {name!r} (small letters, digits and hyphens)")
        if not isinstance(query, str):
            raise ValueError(f"query: cannot be {query!r} (as in kind=theatrical&region=DE)")  # noqa: TRY004 - told as every wrong value
        try:
            found = FeedQuery.parse(parse_qsl(query.removeprefix("?"), keep_blank_values=True), {})
        except SelectionError as error:
            raise ValueError(f"query: {error}") from error
        if found.as_of:
            raise ValueError("query: as-of is no part of a feed that is followed (leave it out)")
        return cls(name, found)
