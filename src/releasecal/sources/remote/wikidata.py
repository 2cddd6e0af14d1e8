"""
Wikidata: films by id, by series or by class, asked for in SPARQL.

Its data are in the public domain (CC0). Its rules ask for a User-Agent with a contact.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from releasecal.core.models import UNKNOWN
from releasecal.errors import FetchFailed, Place, Problem
from releasecal.regions import regions
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import (
    changed_lines,
    encode,
    film_lines,
    sound_lines,
    source_row,
)
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.wikidata_films import Entity, Told, film_id, kind_of_medium, when_of
from releasecal.sources.remote.wikidata_memory import EditMemory, memory_of, new_memory, noted, tied
from releasecal.sources.snapshot_editing import Lines

_USUAL_PLACE = "https://query.wikidata.org/sparql"
_OPTIONS = ("ids", "series", "classes", "language")
_ID = re.compile(r"Q[1-9][0-9]{0,11}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)?", re.ASCII)
_AT_ONCE = 150  # films in a query, whose address is up to 8,000 characters then
_NAMED_AT_ONCE = 350  # likewise, of the shorter question about edits
_MAX_FILMS = 20_000
_ASKED_ANEW = timedelta(days=7)  # all films, at the latest
_REFUSALS = {each.slug for each in (Failure.REFUSED, Failure.BROKEN, Failure.SLOW)}
_GENID = "/.well-known/genid/"
_WAIT = timedelta(minutes=5)  # when Wikidata says that its copies lag

_MEMBERS: Mapping[str, str] = {
    "series": "{{ VALUES ?series {{ {ids} }} ?film wdt:P179 ?series . }}",
    "classes": "{{ VALUES ?class {{ {ids} }} ?film wdt:P31 ?class . }}",
}
"""The films of series (P179) and classes (P31), by the setting that names these."""

_EDITED = "OPTIONAL { ?film schema:dateModified ?edited . }"
_EDITS = "SELECT ?film ?edited WHERE {{ VALUES ?film {{ {films} }} ?film schema:dateModified ?edited . }}"

_FACTS = """
SELECT ?film ?what ?value ?label ?text ?precision ?rank ?iso ?medium WHERE {{
  VALUES ?film {{ {films} }}
  {{ ?film rdfs:label ?label . FILTER(LANG(?label) IN ("{language}", "mul", "en"))
     BIND("title" AS ?what) }}
  UNION {{ ?film wdt:P345 ?text . BIND("imdb" AS ?what) }}
  UNION {{ ?film wdt:P4947 ?text . BIND("tmdb" AS ?what) }}
  UNION {{ ?film wdt:P2704 ?text . BIND("eidr" AS ?what) }}
  UNION {{ ?film wdt:P155 ?value . BIND("follows" AS ?what) }}
  UNION {{ ?film wdt:P750 ?value . ?value rdfs:label ?label . FILTER(LANG(?label) IN ("mul", "en"))
           BIND("distributor" AS ?what) }}
  UNION {{ ?film p:P179 ?place . ?place ps:P179 ?value . OPTIONAL {{ ?place pq:P1545 ?text . }}
           ?value rdfs:label ?label . FILTER(LANG(?label) IN ("mul", "en"))
           BIND("series" AS ?what) }}
  UNION {{ ?film p:P577 ?date . ?date wikibase:rank ?rank ; psv:P577 ?time .
           FILTER(?rank != wikibase:DeprecatedRank)
           ?time wikibase:timeValue ?text ; wikibase:timePrecision ?precision .
           OPTIONAL {{ ?date pq:P291 ?where . OPTIONAL {{ ?where wdt:P297 ?own . }}
                      OPTIONAL {{ ?where wdt:P17 ?state . ?state wdt:P297 ?its . }} }}
           OPTIONAL {{ ?date pq:P437 ?format . ?format rdfs:label ?medium .
                      FILTER(LANG(?medium) IN ("mul", "en")) }}
           BIND(COALESCE(?own, ?its) AS ?iso) BIND("date" AS ?what) }}
}}
"""
"""
One row a fact; P577 is the date of publication, P291 its place, P437 its format.

A place with a code of its own (P297) is that region, also where it is part of a state (P17): of
Hong Kong nothing follows for China. A label may stand for all languages ("mul").
"""

_REFS = {"imdb": r"tt[0-9]{7,10}", "tmdb": r"[1-9][0-9]{0,9}", "eidr": r"10\.5240/.*"}

_Row = Mapping[str, str]


def _problems(settings: SourceSettings) -> Sequence[str]:
    found = unknown_options(settings, _OPTIONS)
    named = {name: settings.options.get(name, []) for name in ("ids", "series", "classes")}
    for name, ids in named.items():
        if not isinstance(ids, list) or not all(_ID.fullmatch(str(each)) for each in ids):
            found.append(f'{name} is a list of Wikidata\'s ids (as in {name} = ["Q184605"])')
    if not any(named.values()):
        found.append("it follows nothing (give it ids, series or classes)")
    if not _LANGUAGE.fullmatch(str(settings.options.get("language", "en"))):
        found.append("language is its code (such as de)")
    if not settings.contact:
        found.append('no contact, which Wikidata asks for (contact = "you@films.example")')
    return found


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the present facts of Wikidata about the films.

    Raises:
        FetchFailed: A question failed.
    """
    ask = _Endpoint(settings, client)
    return _whole(settings, before, ask, _edits(settings, ask))


def _fetch_changes(
    settings: SourceSettings, before: Fetched, known: FetchedParts, client: Client
) -> Fetched | None:
    """
    Return the present facts, asked for of the films that were edited since the last look.

    A film that is not asked for stays as it is. Once in a week all are asked for, since the name of a series
    or the code of a place may change without an edit of the film. None if the settings are others.

    Raises:
        FetchFailed: A question failed.
    """
    memory = memory_of(settings, before)
    if memory is None or known.snapshot.top() != encode({"sources": [_source(settings)]}):
        return None
    ask = _Endpoint(settings, client)
    edits, today = _edits(settings, ask), client.clock().date()
    films = {id_: memory.films[id_] for id_ in edits if id_ in memory.films}
    wanted = {
        id_
        for id_, edited in edits.items()
        if id_ not in films or not edited or edited != films[id_].edited or films[id_].is_unsure
    }
    is_recent = memory.whole <= today < memory.whole + _ASKED_ANEW
    if not is_recent or len(wanted) == len(edits):
        return _whole(settings, known.whole(before), ask, edits)
    entities: dict[str, Entity] = {}
    while wanted:
        entities |= _entities(settings, ask, sorted(wanted))
        asked = {id_: noted(entity, edits[id_]) for id_, entity in entities.items()}
        films |= asked
        wanted = set(tied(films, asked, memory.titled))
    gone = memory.films.keys() - edits.keys()
    after = new_memory(settings, memory.whole, films)
    lines, notes = _lines(settings, known, entities, after, gone)
    now = client.clock().replace(microsecond=0)
    changed = changed_lines(before, known.snapshot, lines, now)
    return replace(changed, covers=settings.covers, memory=after.packed, notes=notes)


def _lines(
    settings: SourceSettings,
    known: FetchedParts,
    entities: Mapping[str, Entity],
    memory: EditMemory,
    gone: Iterable[str],
) -> tuple[Lines, tuple[Problem, ...]]:
    """Return the lines of *entities*, None for those without one and the *gone*, and notes for *memory*."""
    titled = memory.titled
    told = [
        each.film(settings.id, titled) for id_, each in sorted(entities.items()) if id_ in titled
    ]
    names = {film_id(id_) for id_ in (*entities, *gone)}
    sound = sound_lines(settings, told, frozenset(known.snapshot.lines(names).values()))
    for id_ in entities:
        memory.films[id_].is_unsure = film_id(id_) in sound.doubtful
    lines = {name: sound.lines.get(name) for name in names}
    return lines, (*_left_out(settings, memory), *sound.notes)


def _whole(
    settings: SourceSettings, before: Fetched | None, ask: "_Endpoint", edits: Mapping[str, str]
) -> Fetched:
    """Return the present facts about all films, which were edited at *edits*."""
    entities, clock = _entities(settings, ask, [*edits]), ask.client.clock
    films = {id_: noted(entity, edits[id_]) for id_, entity in entities.items()}
    memory = new_memory(settings, clock().date(), films)
    titled = memory.titled
    told = [entity.film(settings.id, titled) for id_, entity in entities.items() if id_ in titled]
    lines = film_lines(settings, [_source(settings)], told, before)
    for id_, film in films.items():
        film.is_unsure = film_id(id_) in lines.doubtful
    fetched = lines.fetched(before, clock(), covers=settings.covers, memory=memory.packed)
    return replace(fetched, notes=(*_left_out(settings, memory), *fetched.notes))


def _entities(settings: SourceSettings, ask: "_Endpoint", ids: Sequence[str]) -> dict[str, Entity]:
    """Return the facts about the films with *ids*, by id."""
    language = str(settings.options.get("language", "en"))
    entities = {id_: Entity(id_, language) for id_ in ids}
    for first in range(0, len(ids), _AT_ONCE):
        ask.client.progress(settings.id, first, len(ids))
        films = _values_of(ids[first : first + _AT_ONCE])
        for row, tongue in ask.rows(_FACTS.format(films=films, language=language)):
            if entity := entities.get(_entity(row.get("film", ""))):
                _take(entity, row, tongue)
    return entities


def _source(settings: SourceSettings) -> Mapping[str, Any]:
    return source_row(
        settings,
        machine=True,
        title="Wikidata",
        url="https://www.wikidata.org/",
        licence="CC0-1.0",
    )


def _left_out(settings: SourceSettings, memory: EditMemory) -> tuple[Problem, ...]:
    told = (
        f"{what}, {count:,} times" if count > 1 else what
        for what, count in sorted(memory.odd.items())
    )
    return tuple(Problem(Place(settings.id), what, "left out") for what in told)


class _Endpoint:
    """The query service, as the settings reach it."""

    def __init__(self, settings: SourceSettings, client: Client) -> None:
        self._address = settings.address or _USUAL_PLACE
        self.client = client

    def rows(self, query: str) -> list[tuple[_Row, str]]:
        """
        Return the rows that answer *query*, each with the language of its label.

        Raises:
            FetchFailed: There are none, or Wikidata lags behind and wants to be left alone.
        """
        address = f"{self._address}?{urlencode({'query': ' '.join(query.split()), 'maxlag': '5'})}"
        headers = {"Accept": "application/sparql-results+json"}
        reply = self.client.get_json(address, headers=headers)
        if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
            if reply["error"].get("code") == "maxlag":
                wait = self.client.clock() + _WAIT
                raise self.client.error(Failure.THROTTLED, "its copies lag behind", retry_at=wait)
            raise self.client.error(Failure.REFUSED)
        try:
            return [_values(row) for row in reply["results"]["bindings"]]
        except (AttributeError, KeyError, TypeError) as error:
            what = "the reply is none of a query service"
            raise self.client.error(Failure.NOT_DATA, what) from error


def _values(row: Mapping[str, Mapping[str, str]]) -> tuple[_Row, str]:
    """Return the values of a *row*, and the language of its label."""
    language = row.get("label", {}).get("xml:lang", "")
    return {name: each["value"] for name, each in row.items()}, language


def _edits(settings: SourceSettings, ask: _Endpoint) -> Mapping[str, str]:
    """
    Return the moment of the last edit of each film that the settings name, or the series and classes in them, by id.

    They are compared with those of the last look, and not with its own moment: the service's copies lag.
    It is empty where the service does not tell, or refuses to.
    """
    named = {str(each) for each in _listed(settings.options.get("ids"))}
    try:
        found = _members(settings, ask, _EDITED)
        rest = sorted(named - found.keys())
        for first in range(0, len(rest), _NAMED_AT_ONCE):
            some = rest[first : first + _NAMED_AT_ONCE]
            edited = _moments(ask.rows(_EDITS.format(films=_values_of(some))))
            found |= {id_: edited[id_] for id_ in some if id_ in edited}
    except FetchFailed as error:
        if error.failure not in _REFUSALS:
            raise
        found = _members(settings, ask, "")
    return {id_: found.get(id_, "") for id_ in sorted(named | found.keys())}


def _members(settings: SourceSettings, ask: _Endpoint, more: str) -> dict[str, str]:
    """Return the films of the series and classes that the settings name, each with what *more* tells."""
    members = [
        text.format(ids=_values_of([str(each) for each in named]))
        for name, text in _MEMBERS.items()
        if (named := [*_listed(settings.options.get(name))])
    ]
    if not members:
        return {}
    union = " UNION ".join(members)
    query = f"SELECT DISTINCT ?film ?edited WHERE {{ {union} {more} }} LIMIT {_MAX_FILMS}"
    return _moments(ask.rows(query))


def _moments(rows: Iterable[tuple[_Row, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, _ in rows:
        if _ID.fullmatch(id_ := _entity(row["film"])):
            found[id_] = max(row.get("edited", ""), found.get(id_, ""))
    return found


def _values_of(ids: Iterable[str]) -> str:
    return " ".join(f"wd:{id_}" for id_ in ids)


def _take(entity: Entity, row: _Row, tongue: str) -> None:
    """Add the fact in *row* to *entity*; its label is in the language *tongue*."""
    what, text, value = row.get("what", ""), row.get("text", ""), _entity(row.get("value", ""))
    label = row.get("label", "")
    match what:
        case "title":
            entity.titles[tongue] = label
        case "imdb" | "tmdb" | "eidr" if re.fullmatch(_REFS[what], text):
            entity.refs[what] = min(text, entity.refs.get(what, text))
        case "follows":
            entity.follows.add(value)
        case "distributor":
            entity.distributors.add(label)
        case "series":
            entity.series[value] = max((label, text), entity.series.get(value, ("", "")))
        case "date":
            _take_date(entity, row)


def _take_date(entity: Entity, row: _Row) -> None:
    text, region = row.get("text", ""), row.get("iso", UNKNOWN)
    precision = row.get("precision", "0")
    is_known = _GENID not in text and precision.isdecimal()
    when = when_of(text, int(precision)) if is_known else None
    if when is None:
        entity.odd["a date coarser than a year, or an unknown one"] += 1
    elif region not in regions():
        entity.odd[f"no country has the code {region!r}"] += 1
    else:
        is_preferred = row.get("rank", "").endswith("PreferredRank")
        kind = kind_of_medium(row.get("medium", ""))
        entity.told.add(Told(kind, region, when, is_preferred))


def _entity(address: str) -> str:
    """Return the id at the end of the *address* of an entity."""
    return address.rpartition("/")[2]


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else []


WIKIDATA = SourceKind(
    name="wikidata",
    recognises=lambda address: "query.wikidata.org" in address,
    fetch=_fetch,
    problems=_problems,
    every=timedelta(days=1),
    machine=True,
    fetch_changes=_fetch_changes,
    pace=Pace(rate=3, patience=timedelta(minutes=3), pause=timedelta(seconds=90)),
)
"""Wikidata's query service."""
