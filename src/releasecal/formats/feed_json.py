"""JSON: a feed for programs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from releasecal.core.changes import history_in_words
from releasecal.core.dates import timestamp
from releasecal.core.editions import Entry, Facts
from releasecal.core.film_facts import Production
from releasecal.core.languages import ENGLISH, Language
from releasecal.core.models import Certainty, Derivation, Film, Release, Revision, Window
from releasecal.formats.event_text import window_length
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
    films = {id_: _member(id_, _film(film)) for id_, film in sorted(feed.films.items())}
    kept = _kept([*dated, *undated], films, feed)
    releases = [item.body for item in dated if item.body in kept]
    waiting = [item.body for item in undated if item.body in kept]
    shown = {item.film for item in (*dated, *undated) if item.body in kept}
    left_out = {
        "releases": feed.left_out + len(dated) - len(releases),
        "undated": feed.left_out_undated + len(undated) - len(waiting),
    }
    members = {
        "name": json_text(feed.title),
        "url": json_text(feed.address("json")),
        "releases": _list(releases),
        "undated": _list(waiting),
        "films": _object([body for id_, body in films.items() if id_ in shown]),
        "left_out": json_text(left_out).replace(b"\n", b"\n  "),
    }
    if notices := _notices(feed):
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
    around = json_text([feed.title, feed.address("json"), *_notices(feed)])
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


def _notices(feed: Feed) -> list[str]:
    """Return the notices that the terms of the sources of *feed* demand, sorted, each once."""
    sources = (source for entry in (*feed.entries, *feed.undated) for source in entry.facts.sources)
    return sorted({source.attribution for source in sources} - {""})


def _list(items: Sequence[bytes]) -> bytes:
    return b"[\n%s\n  ]" % b"".join(items).removesuffix(_COMMA) if items else b"[]"


def _object(members: Sequence[bytes]) -> bytes:
    return b"{\n%s\n  }" % b"".join(members).removesuffix(_COMMA) if members else b"{}"


def _item(entry: Entry, after: date, feed: Feed) -> _Item:
    body = b"    " + _indented(_release(entry, feed)) + _COMMA
    return _Item(after, entry.key.film, body)


def _member(name: str, value: object) -> bytes:
    return b"    %s: %s" % (json_text(name), _indented(value)) + _COMMA


def _indented(value: object) -> bytes:
    return json_text(value).replace(b"\n", b"\n    ")


def _release(entry: Entry, feed: Feed) -> Mapping[str, object]:
    facts, current = entry.facts, entry.current
    return {
        "uid": feed.site.uid(entry.uid),
        "film": entry.key.film,
        "title": facts.title,
        "kind": facts.release.kind.slug,
        "categories": list(entry.categories),
        "region": entry.key.region,
        "channel": facts.release.channel or None,
        **_details(facts.release),
        "when": current.when.edtf if current.when else None,
        "shown": entry.shown.edtf if entry.shown else None,
        "status": current.status.value,
        "certainty": _certainty(current),
        "conflicts": [_said(other) for other in facts.release.contested],
        "window": _derivation(facts.release.derivation),
        "follows": facts.follows or None,
        "sequence": entry.sequence,
        "created": timestamp(entry.created),
        "revised": timestamp(entry.revised),
        "history": _history(facts, feed.query.language),
        "url": feed.site.page(entry.key.film),
    }


def _said(revision: Revision) -> Mapping[str, object]:
    """Return the statement of another source that contradicts the date in force."""
    return {
        "when": revision.when.edtf if revision.when else None,
        "status": revision.status.value,
        "certainty": _certainty(revision),
        "source": revision.source or None,
    }


def _details(release: Release) -> Mapping[str, object]:
    """Return the details of *release* beside its date, without unknown ones."""
    details = {
        "place": release.place,
        "label": release.label,
        "time": release.time,
        "zone": release.zone,
        "tickets": release.tickets,
        "version": release.version,
        "until": _iso(release.until),
    }
    return {name: value for name, value in details.items() if value}


def _certainty(revision: Revision) -> str | None:
    """
    Return the certainty of the date of *revision*, or None without a date or if it is over.

    It is "confirmed" where an event's STATUS is CONFIRMED; a date without a day is "tentative".
    """
    if revision.when is None or revision.status.is_over:
        return None
    is_coarse = revision.certainty is Certainty.CONFIRMED and not revision.when.is_day
    return (Certainty.TENTATIVE if is_coarse else revision.certainty).value


def _derivation(derivation: Derivation | None) -> Mapping[str, object] | None:
    if derivation is None:
        return None
    return {
        **_window(derivation.window),
        "counted_from": derivation.counted_from.edtf,
        "counted_from_certainty": derivation.basis.value,
    }


def _window(window: Window) -> Mapping[str, object]:
    return {
        "from": window.origin.slug,
        "to": window.to.slug,
        "region": window.region or None,
        "channel": window.channel or None,
        "length": window_length(window, ENGLISH),
        "bound": window.bound.value,
        "disputed": window.disputed,
        "note": window.note or None,
        **({"condition": window.condition} if window.condition else {}),
        "source": window.source or None,
    }


def _film(film: Film) -> Mapping[str, object]:
    """Return the facts of *film* that are no facts of a release, without empty ones."""
    facts = {
        "title": film.title,
        "distributor": film.distributor,
        "genres": list(film.genres),
        "series": [
            {"id": place.id, "title": place.title, "ordinal": place.ordinal}
            for place in film.series
        ],
        "refs": dict(film.refs),
        "production": _production(film.production),
        "cast": [
            {
                "name": role.name,
                "role": role.role or None,
                "undisclosed": role.undisclosed,
                "description": role.description or None,
                "note": role.note or None,
                **({"same_as": list(role.same_as)} if role.same_as else {}),
            }
            for role in film.cast
        ],
        "notes": [
            {"text": note.text, "source": note.source or None, "as_of": _iso(note.as_of)}
            for note in film.notes
        ],
        "windows": [_window(window) for window in film.windows],
        "poster": film.poster,
        "synopsis": film.synopsis,
        "runtime": film.runtime,
        "certifications": {each.region: each.rating for each in film.certifications},
        "links": [{"url": link.url, "title": link.title or None} for link in film.links],
    }
    return {name: value for name, value in facts.items() if value}


def _production(production: Production | None) -> Mapping[str, object] | None:
    if production is None:
        return None
    return {
        "status": production.status or None,
        "wrapped": production.wrapped.edtf if production.wrapped else None,
        "note": production.note or None,
        "source": production.source or None,
        "as_of": _iso(production.as_of),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _history(facts: Facts, language: Language) -> list[Mapping[str, object]]:
    history = facts.release.history
    return [
        {
            "when": revision.when.edtf if revision.when else None,
            "as_of": _iso(revision.as_of),
            "seen": timestamp(revision.seen) if revision.seen else None,
            "status": revision.status.value,
            "certainty": _certainty(revision),
            "reason": revision.reason or None,
            "source": revision.source or None,
            "slot_from": revision.slot_from or None,
            "slot_to": revision.slot_to or None,
            "in_words": words,
        }
        for revision, words in zip(
            history,
            history_in_words(history, dict(facts.titles), language, sources=facts.source_titles),
            strict=True,
        )
    ]
