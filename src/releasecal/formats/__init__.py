"""
Formats: the ways to write an answer down. One module each, one row each.

Feeds have their rows in `FORMATS`, to which other distributions can add theirs by the entry points
``releasecal.formats``; change logs have theirs in `CHANGE_FORMATS`. Addresses, the choices of
``--format`` and the contract tests are made from the rows.
"""

from collections.abc import Callable, Mapping

from releasecal.addons import ExtensibleTable
from releasecal.core.value_classes import dataclass, replace
from releasecal.formats import (
    changes_atom,
    changes_json,
    feed_atom,
    feed_csv,
    feed_jcal,
    feed_json,
    feed_jsonfeed,
    ics,
)
from releasecal.queries.results import ChangeLog, Feed


@dataclass(frozen=True, slots=True)
class Format:
    """
    A way to write a feed down.

    Attributes:
        extension: Without a dot; the end of the addresses in this format.
        content_type: Value of the header.
        render: Returns the body; a function of the feed and of nothing else.
        has_undated: Whether it shows entries without a day, apart from the rest.
        is_followed: Whether people subscribe to it, so that it can only be of now.
        takes_rendered: Whether it takes pre-rendered events instead of entries.
        of_each_film: Whether an exported site has a file of it for each film and series, and not
            for the selections with a name alone: there may be 100,000 films.
        name: Its name for people; the extension if it is empty.
    """

    extension: str
    content_type: str
    render: Callable[[Feed], bytes]
    has_undated: bool
    is_followed: bool
    takes_rendered: bool = False
    of_each_film: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChangeFormat:
    """
    A way to write a change log down; the attributes are those of `Format`.

    All formats show the same changes, and each names the address of the older ones.
    """

    extension: str
    content_type: str
    render: Callable[[ChangeLog], bytes]


_ICS = Format(
    "ics",
    "text/calendar; charset=utf-8",
    ics.render,
    has_undated=False,
    is_followed=True,
    takes_rendered=True,
    name="iCalendar",
)

_JSON = Format(
    "json",
    "application/json",
    feed_json.render,
    has_undated=True,
    is_followed=False,
    name="JSON",
)

_JCAL = Format(
    "jcal",
    "application/calendar+json",
    feed_jcal.render,
    has_undated=False,
    is_followed=True,
    of_each_film=False,
    name="jCal",
)

_CSV = Format(
    "csv",
    "text/csv; charset=utf-8; header=present",
    feed_csv.render,
    has_undated=True,
    is_followed=False,
    of_each_film=False,
    name="CSV",
)

_ATOM = Format(
    "atom",
    "application/atom+xml; charset=utf-8",
    feed_atom.render,
    has_undated=False,
    is_followed=True,
    of_each_film=False,
    name="Atom",
)

_JSON_FEED = Format(
    "jsonfeed",
    "application/feed+json",
    feed_jsonfeed.render,
    has_undated=False,
    is_followed=True,
    of_each_film=False,
    name="JSON Feed",
)

FORMATS = ExtensibleTable(
    "releasecal.formats",
    Format,
    lambda form: form.extension,
    (_ICS, _JSON, _JCAL, _CSV, _ATOM, _JSON_FEED),
)
"""Formats of feeds, by extension."""

UNDO = replace(_ICS, render=ics.undo, takes_rendered=False)
"""The calendar that removes the events of a feed from one that has imported them."""

CHANGE_FORMATS: Mapping[str, ChangeFormat] = {
    "atom": ChangeFormat("atom", "application/atom+xml; charset=utf-8", changes_atom.render),
    "json": ChangeFormat("json", "application/json", changes_json.render),
}
"""Formats of change logs, by extension."""


def render(feed: Feed, form: str = "ics") -> bytes:
    """Return *feed* in the format with the extension *form*, one of `FORMATS`."""
    return FORMATS[form].render(feed)
