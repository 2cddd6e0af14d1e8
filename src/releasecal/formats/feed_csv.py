"""CSV (RFC 4180): the releases of a feed for spreadsheets, and for another releasecal."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from releasecal.core.dates import timestamp
from releasecal.core.editions import Entry
from releasecal.formats.event_columns import Event
from releasecal.formats.event_properties import left_out_notice, stale_notice
from releasecal.formats.size_limit import fit
from releasecal.queries.results import Feed

_END = "\r\n"
_MAX_OCTETS_AROUND = 2_000  # of the header and the notices

# Spreadsheets take what begins so for a formula (owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')

_COLUMNS: Sequence[tuple[str, Callable[[Entry, Feed], object]]] = (
    ("title", lambda entry, _: entry.facts.title),
    ("kind", lambda entry, _: entry.facts.release.kind.slug),
    ("region", lambda entry, _: entry.key.region),
    ("channel", lambda entry, _: entry.facts.release.channel),
    ("number", lambda entry, _: entry.key.number if entry.key.number > 1 else ""),
    ("when", lambda entry, _: entry.current.when.edtf if entry.current.when else ""),
    ("status", lambda entry, _: entry.current.status.value),
    ("certainty", lambda entry, _: entry.current.certainty.value),
    ("as_of", lambda entry, _: entry.current.as_of or ""),
    ("reason", lambda entry, _: entry.current.reason),
    ("genres", lambda entry, _: "; ".join(entry.facts.genres)),
    ("place", lambda entry, _: entry.facts.release.place),
    ("label", lambda entry, _: entry.facts.release.label),
    ("shown", lambda entry, _: entry.shown.edtf if entry.shown else ""),
    ("moves", lambda entry, _: entry.sequence),
    ("film_id", lambda entry, _: entry.key.film),
    ("uid", lambda entry, feed: feed.site.uid(entry.uid)),
    ("created", lambda entry, _: timestamp(entry.created)),
    ("revised", lambda entry, _: timestamp(entry.revised)),
    ("url", lambda entry, feed: feed.site.page(entry.key.film)),
)
"""Columns: a name, by which a table as a source knows some of them, and the cell of an entry."""


def render(feed: Feed) -> bytes:
    """
    Return *feed* as CSV with a header, UTF-8, CRLF; equal feeds make equal bytes.

    A row is a release. Those without a day come last. A text that a spreadsheet would take for a
    formula has an apostrophe before it. What has to be known of the feed itself, as that releases
    are left out, stands in a last row of the kind ``notice``.
    """
    parts = [(feed.query.span_of(entry)[1], _row(entry, feed)) for entry in feed.entries]
    parts += [(date.max, _row(entry, feed)) for entry in _waiting(feed)]
    kept = [row for _, row in parts]
    if feed.max_octets is not None:
        kept = fit(parts, feed.today, feed.max_octets - _MAX_OCTETS_AROUND)
    left_out = feed.left_out + feed.left_out_undated + len(parts) - len(kept)
    notices = [stale_notice(feed, feed.stale_since)] if feed.stale_since else []
    notices += [left_out_notice(feed, len(kept), left_out)] if left_out else []
    head = _line(name for name, _ in _COLUMNS)
    return b"".join([head, *kept, *(_notice(each, feed) for each in notices)])


def _waiting(feed: Feed) -> Sequence[Entry]:
    """Return the entries of *feed* without a day that have no row yet."""
    shown = {entry.key for entry in feed.entries}
    return [entry for entry in feed.undated if entry.key not in shown]


def _row(entry: Entry, feed: Feed) -> bytes:
    return _line(cell(entry, feed) for _, cell in _COLUMNS)


def _notice(event: Event, feed: Feed) -> bytes:
    """Return a row that tells the words of *event*."""
    told = {"title": event.summary, "kind": "notice", "url": f"{feed.site.url}/"}
    return _line(told.get(name, "") for name, _ in _COLUMNS)


def _line(cells: Iterable[object]) -> bytes:
    return (",".join(map(_cell, cells)) + _END).encode()


def _cell(value: object) -> str:
    """Return *value* as a cell, quoted where it needs that."""
    text = str(value)
    if isinstance(value, str) and _FORMULA.match(text):
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text
