"""
Wikidata: films by id, by series or by class, asked for in SPARQL.

Its data are in the public domain (CC0). Its rules ask for a User-Agent with a contact.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from releasecal.core.models import UNKNOWN
from releasecal.errors import Place, Problem
from releasecal.regions import regions
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.kind import SourceKind, unknown_options
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import film_lines, source_row
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.wikidata_films import Entity, Told, kind_of_medium, when_of

_USUAL_PLACE = "https://query.wikidata.org/sparql"
_OPTIONS = ("ids", "series", "classes", "language")
_ID = re.compile(r"Q[1-9][0-9]{0,11}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)?", re.ASCII)
_AT_ONCE = 150  # films in a query, whose address is up to 8,000 characters then
_MAX_FILMS = 20_000
_GENID = "/.well-known/genid/"
_WAIT = timedelta(minutes=5)  # when Wikidata says that its copies lag

_MEMBERS: Mapping[str, str] = {
    "series": "{{ VALUES ?series {{ {ids} }} ?film wdt:P179 ?series . }}",
    "classes": "{{ VALUES ?class {{ {ids} }} ?film wdt:P31 ?class . }}",
}
"""The films of series (P179) and classes (P31), by the setting that names these."""

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
    ids = _ids(settings, ask)
    language = str(settings.options.get("language", "en"))
    entities = {id_: Entity(id_, language) for id_ in ids}
    odd: Counter[str] = Counter()
    for first in range(0, len(ids), _AT_ONCE):
        client.progress(settings.id, first, len(ids))
        films = " ".join(f"wd:{id_}" for id_ in ids[first : first + _AT_ONCE])
        for row, tongue in ask.rows(_FACTS.format(films=films, language=language)):
            if entity := entities.get(_entity(row.get("film", ""))):
                _take(entity, row, tongue, odd)
    named = {id_: entity for id_, entity in entities.items() if entity.title}
    odd.update("a film without a title" for _ in entities.keys() - named.keys())
    films_told = [entity.film(settings.id, named) for entity in named.values()]
    source = source_row(
        settings,
        machine=WIKIDATA.machine,
        title="Wikidata",
        url="https://www.wikidata.org/",
        licence="CC0-1.0",
    )
    lines = film_lines(settings, [source], films_told, before)
    fetched = lines.fetched(before, client.clock(), covers=settings.covers)
    told = (
        f"{what}, {count:,} times" if count > 1 else what for what, count in sorted(odd.items())
    )
    left_out = tuple(Problem(Place(settings.id), what, "left out") for what in told)
    return replace(fetched, notes=(*left_out, *fetched.notes))


class _Endpoint:
    """The query service, as the settings reach it."""

    def __init__(self, settings: SourceSettings, client: Client) -> None:
        self._address = settings.address or _USUAL_PLACE
        self._client = client

    def rows(self, query: str) -> list[tuple[_Row, str]]:
        """
        Return the rows that answer *query*, each with the language of its label.

        Raises:
            FetchFailed: There are none, or Wikidata lags behind and wants to be left alone.
        """
        address = f"{self._address}?{urlencode({'query': ' '.join(query.split()), 'maxlag': '5'})}"
        headers = {"Accept": "application/sparql-results+json"}
        reply = self._client.get_json(address, headers=headers)
        if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
            if reply["error"].get("code") == "maxlag":
                wait = self._client.clock() + _WAIT
                raise self._client.error(Failure.THROTTLED, "its copies lag behind", retry_at=wait)
            raise self._client.error(Failure.REFUSED)
        try:
            return [_values(row) for row in reply["results"]["bindings"]]
        except (AttributeError, KeyError, TypeError) as error:
            what = "the reply is none of a query service"
            raise self._client.error(Failure.NOT_DATA, what) from error


def _values(row: Mapping[str, Mapping[str, str]]) -> tuple[_Row, str]:
    """Return the values of a *row*, and the language of its label."""
    language = row.get("label", {}).get("xml:lang", "")
    return {name: each["value"] for name, each in row.items()}, language


def _ids(settings: SourceSettings, ask: _Endpoint) -> list[str]:
    """Return the ids of the films that the settings name, or the series and classes in them."""
    named = {
        name: [str(each) for each in _listed(settings.options.get(name))]
        for name in ("ids", "series", "classes")
    }
    found = set(named["ids"])
    members = [
        text.format(ids=" ".join(f"wd:{id_}" for id_ in named[name]))
        for name, text in _MEMBERS.items()
        if named[name]
    ]
    if members:
        query = f"SELECT DISTINCT ?film WHERE {{ {' UNION '.join(members)} }} LIMIT {_MAX_FILMS}"
        found |= {id_ for row, _ in ask.rows(query) if _ID.fullmatch(id_ := _entity(row["film"]))}
    return sorted(found)


def _take(entity: Entity, row: _Row, tongue: str, odd: Counter[str]) -> None:
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
            _take_date(entity, row, odd)


def _take_date(entity: Entity, row: _Row, odd: Counter[str]) -> None:
    text, region = row.get("text", ""), row.get("iso", UNKNOWN)
    precision = row.get("precision", "0")
    is_known = _GENID not in text and precision.isdecimal()
    when = when_of(text, int(precision)) if is_known else None
    if when is None:
        odd["a date coarser than a year, or an unknown one"] += 1
    elif region not in regions():
        odd[f"no country has the code {region!r}"] += 1
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
    pace=Pace(rate=3, patience=timedelta(minutes=3), pause=timedelta(seconds=90)),
)
"""Wikidata's query service."""
