"""The settings of TMDB: which films are followed, and in which words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from releasecal.core.models import ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.sources.remote.kind import unknown_options, whole_months
from releasecal.sources.remote.source_settings import SourceSettings

KNOWN = ("ids", "collections", "lists", "discover", "language", "kinds")
_OWN = frozenset({"region", "release_type", "days_ahead", "days_back"})
_FOREIGN = re.compile(r"(with|without|watch|vote|certification|include)_[a-z_.]+", re.ASCII)
_V3_KEY = re.compile(r"[0-9a-f]{32}")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_KINDS = {kind.slug for kind in ReleaseKind}
_AHEAD, _BACK = 400, 30  # days that a query looks ahead and back, unless it says


@dataclass(frozen=True, slots=True)
class Options:
    """
    The settings of a source at TMDB; every film that any of them names is followed.

    Attributes:
        ids: Ids of films.
        collections: Ids of collections.
        lists: Ids of lists that somebody keeps.
        discover: Queries, each as in the settings.
        language: Of titles and synopses, as in de-DE.
        kinds: Slugs of the kinds of release that are kept; empty for all.
    """

    ids: tuple[int, ...]
    collections: tuple[int, ...]
    lists: tuple[int, ...]
    discover: tuple[Mapping[str, Any], ...]
    language: str
    kinds: frozenset[str]

    @classmethod
    def of(cls, settings: SourceSettings) -> "Options":
        """Return the options of *settings*, in which `problems` has found none."""
        given = settings.options
        return cls(
            _numbers(given.get("ids")) or (),
            _numbers(given.get("collections")) or (),
            _numbers(given.get("lists")) or (),
            tuple(_queries(given.get("discover")) or ()),
            str(given.get("language", "en-US")),
            frozenset(map(str, _listed(given.get("kinds")))),
        )


def params_of(query: Mapping[str, Any], today: date) -> dict[str, str]:
    """
    Return the parameters of a *query* of the settings for /discover/movie.

    Its days are those of whole months, so that the list does not change from day to day by
    itself; it is sorted by what seldom changes, so that pages hold still.
    """
    back, ahead = query.get("days_back", _BACK), query.get("days_ahead", _AHEAD)
    first, last = whole_months(today, back=back, ahead=ahead)
    dates = "release_date" if "region" in query else "primary_release_date"
    types = _listed(query.get("release_type"))
    params = {
        "include_adult": "false",
        "sort_by": "primary_release_date.asc",
        f"{dates}.gte": first.isoformat(),
        f"{dates}.lte": last.isoformat(),
        **({"region": str(query["region"])} if "region" in query else {}),
        **({"with_release_type": "|".join(map(str, types))} if types else {}),
    }
    others = {name: query[name] for name in query.keys() - _OWN}
    params |= {name: "|".join(map(_word, _listed(value))) for name, value in others.items()}
    return dict(sorted(params.items()))


def problems(settings: SourceSettings) -> list[str]:
    """Return the problems of *settings*, each with a remedy."""
    given = settings.options
    found = unknown_options(settings, KNOWN)
    found += [
        f"{name} is a list of numbers (as in {name} = [575264])"
        for name in ("ids", "collections", "lists")
        if _numbers(given.get(name)) is None
    ]
    queries = _queries(given.get("discover"))
    if queries is None:
        found.append('discover is a table or a list of them (as in {region = "DE"})')
    for query in queries or ():
        found += _problems_of_query(query)
    if not _LANGUAGE.fullmatch(str(given.get("language", "en-US"))):
        found.append("language is that of a country (such as de-DE)")
    odd = [kind for kind in map(str, _listed(given.get("kinds"))) if kind not in _KINDS]
    found += [
        f"kinds: there is no kind {kind!r} (one of {', '.join(sorted(_KINDS))})" for kind in odd
    ]
    if not any(given.get(name) for name in KNOWN[:4]):
        found.append("it follows nothing (give it ids, collections, lists or discover)")
    return [*found, *_problems_of_token(settings)]


def _problems_of_query(query: Mapping[str, Any]) -> list[str]:
    found = [
        f"discover: {name} is no parameter of it (region, release_type, days_ahead, days_back, "
        "or one of TMDB's that begin with with_)"
        for name in query
        if name not in _OWN and not _FOREIGN.fullmatch(name)
    ]
    days = [name for name in ("days_ahead", "days_back") if name in query]
    found += [
        f"discover: {name} is a number of days up to 3650 (such as 400)"
        for name in days
        if type(query[name]) is not int or not 0 <= query[name] <= 3_650
    ]
    types = _listed(query.get("release_type"))
    if any(type(each) is not int or not 1 <= each <= 6 for each in types):
        found.append("discover: release_type has numbers from 1 to 6 (as in [2, 3, 4])")
    if not re.fullmatch("[A-Z]{2}", str(query.get("region", "US"))):
        found.append("discover: region is a country's code (such as DE)")
    return found


def _problems_of_token(settings: SourceSettings) -> list[str]:
    if not settings.token:
        return ["no token (token_env names the variable that holds TMDB's API Read Access Token)"]
    if _V3_KEY.fullmatch(settings.token.reveal()):
        return ["an API key in the place of a token (take the longer API Read Access Token)"]
    return []


def _numbers(value: object) -> tuple[int, ...] | None:
    """Return the numbers in *value*, a list or nothing; None if they are none."""
    listed = _listed(value)
    is_right = all(type(each) is int and each > 0 for each in listed)
    return tuple(sorted({int(str(each)) for each in listed})) if is_right else None


def _queries(value: object) -> Sequence[Mapping[str, Any]] | None:
    listed = _listed(value)
    return listed if all(isinstance(each, Mapping) for each in listed) else None


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
