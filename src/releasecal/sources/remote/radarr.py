"""
Radarr: the films of somebody's library, with up to three dates each.

Its dates are instants in UTC that mean a day, and it does not say of which country: unless the
settings do, the region is unknown.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from releasecal.core.graphemes import cut
from releasecal.core.models import UNKNOWN
from releasecal.regions import regions
from releasecal.sources.notation.clean_text import tidy
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.kind import SourceKind, unknown_options, whole_months
from releasecal.sources.remote.snapshot_format import (
    Raw,
    filled,
    film_lines,
    is_web,
    source_row,
)
from releasecal.sources.remote.source_settings import SourceSettings

_OPTIONS = ("calendar", "region", "unmonitored")
_DAYS = {"days_back": 30, "days_ahead": 400}
_MAX_SYNOPSIS = 1_000
_MIB = 1024 * 1024
_MAX_LIBRARY = 256 * _MIB


class Image(msgspec.Struct, rename="camel"):
    """An image of a film."""

    cover_type: str = ""
    remote_url: str = ""


class Saga(msgspec.Struct, rename="camel"):
    """The collection of a film, by its number in TMDB."""

    title: str = ""
    tmdb_id: int = 0


class LibraryFilm(msgspec.Struct, rename="camel"):
    """A film in a library; a date that is not known is not there."""

    title: str
    original_title: str = ""
    tmdb_id: int = 0
    imdb_id: str | None = None
    in_cinemas: str | None = None
    digital_release: str | None = None
    physical_release: str | None = None
    overview: str | None = None
    runtime: int = 0
    website: str | None = None
    certification: str | None = None
    genres: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    collection: Saga | None = None
    monitored: bool = True


def _problems(settings: SourceSettings) -> Sequence[str]:
    found = unknown_options(settings, _OPTIONS)
    if not settings.address:
        found.append('no address (such as address = "https://radarr.example")')
    if not settings.token:
        found.append("no key (token_env names the variable that holds Radarr's API key)")
    if str(settings.options.get("region", UNKNOWN)) not in regions():
        found.append("region is a country's code (such as DE)")
    calendar = settings.options.get("calendar", {})
    if not isinstance(calendar, dict | bool) or (
        isinstance(calendar, dict)
        and any(name not in _DAYS or type(days) is not int for name, days in calendar.items())
    ):
        found.append("calendar is true, or a table (as in {days_back = 30, days_ahead = 400})")
    if not isinstance(settings.options.get("unmonitored", True), bool):
        found.append("unmonitored is neither true nor false (such as unmonitored = false)")
    return found


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the library, or the part of it that has a date in the calendar of the settings.

    Raises:
        FetchFailed: It did not come, or is none.
    """
    base = re.sub(r"/api/v3/?.*$", "", settings.address).rstrip("/")
    first, last = _span(settings, client.clock().date())
    path, covers = "/api/v3/movie", ""
    if first and last:
        asked = {"start": first.isoformat(), "end": last.isoformat(), "unmonitored": "true"}
        path, covers = f"/api/v3/calendar?{urlencode(asked)}", f"{first}/{last}"
    secrets = {"X-Api-Key": settings.token}
    reply = client.get_json(f"{base}{path}", secrets=secrets, limit=_MAX_LIBRARY)
    try:
        library = msgspec.convert(reply, list[LibraryFilm])
    except msgspec.ValidationError as error:
        what = f"the reply is of another shape: {error}"
        raise client.error(Failure.NOT_DATA, what, "check that the address is Radarr's") from error
    wanted = [
        film for film in library if film.monitored or settings.options.get("unmonitored", True)
    ]
    films = [_film(film, settings) for film in wanted if list(_dates(film))]
    source = source_row(settings, machine=RADARR.machine, title="Radarr", covers=covers)
    lines = film_lines(settings, [source], [film for film in films if film], before)
    return lines.fetched(before, client.clock(), covers=settings.covers or covers)


def _span(settings: SourceSettings, today: date) -> tuple[date | None, date | None]:
    """Return the first and last day of the calendar, those of whole months; None for all."""
    calendar = settings.options.get("calendar", False)
    if calendar is False:
        return None, None
    days = {**_DAYS, **(calendar if isinstance(calendar, dict) else {})}
    return whole_months(today, back=days["days_back"], ahead=days["days_ahead"])


def _film(film: LibraryFilm, settings: SourceSettings) -> dict[str, Any] | None:
    """Return *film* as one of a data file; None if it has no id that others know."""
    imdb = film.imdb_id if re.fullmatch(r"tt[0-9]{7,10}", film.imdb_id or "") else ""
    if not film.tmdb_id and not imdb:
        return None
    region = str(settings.options.get("region", UNKNOWN))
    title, original = tidy(film.title), tidy(film.original_title)
    posters = [
        image.remote_url.replace("/t/p/original/", "/t/p/w500/")  # TMDB's; megabytes otherwise
        for image in film.images
        if image.cover_type == "poster"
    ]
    rating = tidy(film.certification) if region != UNKNOWN else ""
    made = {
        "id": f"tmdb-{film.tmdb_id}" if film.tmdb_id else f"imdb-{imdb}",
        "title": title or original,
        "titles": [{"title": original, "kind": "official"}] if original not in ("", title) else [],
        "refs": filled({"tmdb": str(film.tmdb_id or ""), "imdb": imdb}),
        "genres": [name for genre in film.genres if (name := tidy(genre))],
        "series": _series(film),
        "poster": next(filter(is_web, posters), ""),
        "synopsis": cut(tidy(film.overview), _MAX_SYNOPSIS),
        "runtime": film.runtime if film.runtime > 0 else None,
        "certifications": [{"region": region, "rating": rating}] if rating else [],
        "links": [{"url": film.website}] if is_web(film.website or "") else [],
        "releases": [{"kind": kind, "region": region, "when": day} for kind, day in _dates(film)],
        "source": settings.id,
    }
    return filled(made)


def _dates(film: LibraryFilm) -> Iterator[tuple[str, str]]:
    """Yield (kind, day) of each date of *film*."""
    for kind, instant in (
        ("theatrical", film.in_cinemas),
        ("digital", film.digital_release),
        ("physical", film.physical_release),
    ):
        if instant:
            yield kind, instant[:10]


def _series(film: LibraryFilm) -> list[Raw]:
    saga = film.collection or Saga()
    title = tidy(saga.title).removesuffix(" Collection")
    return [{"id": f"tmdb-{saga.tmdb_id}", "title": title}] if saga.tmdb_id and title else []


RADARR = SourceKind(
    name="radarr",
    recognises=lambda address: "/api/v3" in address,
    fetch=_fetch,
    problems=_problems,
    every=timedelta(hours=1),
    machine=True,
)
"""Radarr's library or calendar."""
