"""
Formats: the ways to write an answer down. One module each, one row each.

Feeds have their rows in `FORMATS`, to which other distributions can add theirs by the entry points
``releasecal.formats``; change logs have theirs in `CHANGE_FORMATS`. Addresses, the choices of
``--format`` and the contract tests are made from the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from releasecal.addons import ExtensibleTable
from releasecal.formats import changes_atom, changes_json, feed_json, ics
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
    """

    extension: str
    content_type: str
    render: Callable[[Feed], bytes]
    has_undated: bool
    is_followed: bool
    takes_rendered: bool = False


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
)

_JSON = Format("json", "application/json", feed_json.render, has_undated=True, is_followed=False)

FORMATS = ExtensibleTable("releasecal.formats", Format, lambda form: form.extension, (_ICS, _JSON))
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
