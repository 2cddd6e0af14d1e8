"""
A data file: the whole catalogue in the form in which sources are read, one film a line.

Another releasecal reads it, and so has the films of this one with all that was announced. What
follows from windows follows there, too, and is left out.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import fields
from datetime import date
from enum import Enum
from itertools import groupby
from typing import Any

from releasecal.core.editions import Entry
from releasecal.core.film_facts import Production
from releasecal.core.models import Bound, Certainty, Film, Revision, Source, Status, Window

BETWEEN = b",\n"
"""Octets between two films."""

END = b"\n]}\n"
"""Octets after the last film."""

_DEFAULTS = (Status.SCHEDULED, Certainty.CONFIRMED, Bound.AT_LEAST)


def beginning(sources: Iterable[Source]) -> bytes:
    """Return the octets before the first film, with the *sources* of all."""
    rows = [_filled(_source(source)) for source in sources]
    return b'{"sources":%s,\n"films":[\n' % _encoded(rows)


def film_line(film: Film, entries: Iterable[Entry], others: Collection[str]) -> bytes:
    """
    Return *film* with its *entries*; what it says of films leads only to those in *others*.

    A release that is not announced is left out, and so is one that no source lists any more.
    """
    releases = [release for entry in entries if (release := _release(entry, others))]
    made = {
        "id": film.id,
        "was": list(film.other_ids),
        "title": film.title,
        "titles": [_filled(_plain(title)) for title in film.titles],
        "refs": dict(film.refs),
        "distributor": film.distributor,
        "genres": list(film.genres),
        "production": _production(film.production),
        "cast": [_filled(_plain(role)) for role in film.cast],
        "series": [_filled(_plain(place)) for place in film.series],
        "follows": film.follows if film.follows in others else "",
        "notes": [_filled(_plain(note)) for note in film.notes],
        "poster": film.poster,
        "synopsis": film.synopsis,
        "runtime": film.runtime,
        "certifications": [_plain(each) for each in film.certifications],
        "links": [_filled(_plain(link)) for link in film.links],
        "releases": releases,
        "windows": [_filled(_window(window)) for window in film.windows],
    }
    return _encoded(_filled(made))


def _release(entry: Entry, others: Collection[str]) -> Mapping[str, Any] | None:
    release = entry.facts.release
    history = list(_history(release.history, others))
    if entry.is_withdrawn or release.current.certainty is Certainty.DERIVED or not history:
        return None
    made = {
        "kind": release.kind.identity,
        "region": release.key.region,
        "channel": release.channel,
        "number": release.key.number if release.key.number > 1 else None,
        "place": release.place,
        "label": release.label,
        "time": release.time,
        "zone": release.zone,
        "tickets": release.tickets,
        "version": release.version,
        "until": release.until,
        "event": release.event,
        "note": release.note,
        "revisions": history,
    }
    return _filled(made)


def _history(history: Sequence[Revision], others: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield what was announced, each statement once in a row, with days that do not go back."""
    announced = (
        each
        for each in history
        if each.certainty is not Certainty.DERIVED and each.status is not Status.WITHDRAWN
    )
    latest = date.min
    for _, same in groupby(announced, lambda each: each.statement):
        revision = next(same)
        known_by = revision.as_of or (revision.seen.date() if revision.seen else None)
        is_later = known_by is not None and known_by >= latest
        latest = known_by if known_by and is_later else latest
        made = {
            "as_of": known_by if is_later else None,
            "status": revision.status,
            "certainty": revision.certainty,
            "reason": revision.reason,
            "text": revision.text,
            "delayed": revision.delayed,
            "slot_from": revision.slot_from if revision.slot_from in others else "",
            "slot_to": revision.slot_to if revision.slot_to in others else "",
            "source": _source_id(revision.source),
        }
        yield {"when": revision.when, **_filled(made)}


def _source(source: Source) -> dict[str, Any]:
    """Return *source*; that it is a database counts here, where its changes have settled."""
    return {
        "id": _source_id(source.id),
        "title": source.title,
        "publisher": source.publisher,
        "url": source.url,
        "published": source.published,
        "licence": source.licence,
        "attribution": source.attribution,
    }


def _source_id(id_: str) -> str:
    """Return the id of a source as files have it: that of an override has a colon."""
    return id_.replace(":", "-")


def _production(production: Production | None) -> Mapping[str, Any]:
    return _filled(_plain(production)) if production else {}


def _window(window: Window) -> dict[str, Any]:
    made = _plain(window)
    valid = {"from": made.pop("valid_from"), "until": made.pop("valid_until")}
    return {"to": window.to.slug, "from": made.pop("origin").slug, "valid": _filled(valid), **made}


def _plain(value: object) -> dict[str, Any]:
    """Return the fields of *value*, a dataclass, by name."""
    return {each.name: getattr(value, each.name) for each in fields(value)}  # type: ignore[arg-type]  # it is one


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* without those that a file may leave out."""
    return {
        name: value
        for name, value in values.items()
        if value is not None
        and value is not False
        and value not in _DEFAULTS
        and not (isinstance(value, Sized) and not value)
    }


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_text).encode()


def _as_text(value: object) -> str:
    """Return a day, a date or a word of ours as files have it."""
    match value:
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
