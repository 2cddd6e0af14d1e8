"""JSON: a feed for programs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from releasecal.core.editions import Entry
from releasecal.formats.feed_reader_entries import attributions
from releasecal.formats.item_making import film_facts_item, release_item
from releasecal.formats.json_text import json_text
from releasecal.formats.size_limit import fit
from releasecal.queries.order import nearness
from releasecal.queries.results import Feed

_COMMA = b",\n"
_MAX_OCTETS_AROUND = 1_000  # of the object without its releases, title and address


def render(feed: Feed) -> bytes:
    """
    Return *feed* as one JSON object, UTF-8, keys in a fixed order.

    Dates are EDTF, moments RFC 3339 in UTC. ``releases`` have a day, ``undated`` do not;
    ``films`` has the other facts of their films, by id; ``left_out`` counts the releases of
    each kind that found no room; ``attribution`` has the notices that the sources' terms
    demand, if there are some.
    """
    dated = [_item(entry, feed.query.span_of(entry)[1], feed) for entry in feed.entries]
    # Entries without a day are left out after past ones and before coming ones.
    undated = [_item(entry, date.max, feed) for entry in feed.undated]
    films = {id_: _member(id_, film_facts_item(film)) for id_, film in sorted(feed.films.items())}
    kept = _kept([*dated, *undated], films, feed)
    releases = [item.body for item in dated if item.body in kept]
    waiting = [item.body for item in undated if item.body in kept]
    shown = {item.film for item in (*dated, *undated) if item.body in kept}
    left_out = {
        "releases": int(feed.left_out + len(dated) - len(releases)),
        "undated": int(feed.left_out_undated + len(undated) - len(waiting)),
    }
    members = {
        "name": json_text(feed.title),
        "url": json_text(feed.address("json")),
        "releases": _list(releases),
        "undated": _list(waiting),
        "films": _object([body for id_, body in films.items() if id_ in shown]),
        "left_out": json_text(left_out).replace(b"\n", b"\n  "),
    }
    if notices := attributions((*feed.entries, *feed.undated)):
        members["attribution"] = json_text(notices).replace(b"\n", b"\n  ")
    lines = [b'  "%s": %s' % (name.encode(), value) for name, value in members.items()]
    return b"{\n%s\n}\n" % b",\n".join(lines)


class _Item(NamedTuple):
    """
    A release.

    Attributes:
        after: The day after its last day.
        film: Id of its film.
        body: Its JSON.
    """

    after: date
    film: str
    body: bytes


def _kept(items: Sequence[_Item], films: Mapping[str, bytes], feed: Feed) -> set[bytes]:
    """Return the bodies of the *items* that fit into a body of *feed*, each film counted once."""
    if feed.max_octets is None:
        return {item.body for item in items}
    around = json_text(
        [feed.title, feed.address("json"), *attributions((*feed.entries, *feed.undated))]
    )
    room = feed.max_octets - _MAX_OCTETS_AROUND - len(around)
    counted: set[str] = set()
    bodies: dict[bytes, bytes] = {}
    parts: list[tuple[date, bytes]] = []
    for after, film, body in sorted(items, key=lambda item: nearness(item.after, feed.today)):
        whole = body if film in counted else body + films.get(film, b"")
        counted.add(film)
        bodies[whole] = body
        parts.append((after, whole))
    return {bodies[whole] for whole in fit(parts, feed.today, room)}


def _list(items: Sequence[bytes]) -> bytes:
    return b"[\n%s\n  ]" % b"".join(items).removesuffix(_COMMA) if items else b"[]"


def _object(members: Sequence[bytes]) -> bytes:
    return b"{\n%s\n  }" % b"".join(members).removesuffix(_COMMA) if members else b"{}"


def _item(entry: Entry, after: date, feed: Feed) -> _Item:
    body = b"    " + _indented(release_item(entry, feed.site, feed.query.language)) + _COMMA
    return _Item(after, entry.key.film, body)


def _member(name: str, value: object) -> bytes:
    return b"    %s: %s" % (json_text(name), _indented(value)) + _COMMA


def _indented(value: object) -> bytes:
    return json_text(value).replace(b"\n", b"\n    ")
