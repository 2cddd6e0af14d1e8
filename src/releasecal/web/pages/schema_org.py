"""Films, lists and the site by schema.org, for search engines."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from releasecal.core.editions import Entry
from releasecal.core.film_facts import Role
from releasecal.core.models import Certainty, Film
from releasecal.web.pages.template_filters import iso_date, region

_CONTEXT = "https://schema.org"
_MAX_LISTED = 50


def movie(film: Film, own: Iterable[Entry], base: str) -> Mapping[str, object]:
    """Return *film* as a Movie of the site *base*, with its entries *own* that are announced."""
    address = f"{base}/films/{quote(film.id)}"
    told = {
        "url": address,
        "name": film.title,
        "alternateName": [title.title for title in film.titles],
        "image": f"{address}.png",
        "description": film.synopsis,
        "genre": list(film.genres),
        "duration": f"PT{film.runtime}M" if film.runtime else "",
        "contentRating": [each.rating for each in film.certifications],
        "actor": [_person(role) for role in film.cast],
        "isPartOf": [
            {"@type": "MovieSeries", "name": place.title, "url": f"{base}/series/{quote(place.id)}"}
            for place in film.series
        ],
        "releasedEvent": [_event(entry) for entry in own if _is_announced(entry)],
    }
    return _typed("Movie", told)


def listed(entries: Iterable[Entry], base: str, name: str) -> Mapping[str, object]:
    """Return the films of *entries*, in their order, as an ItemList of the site *base*."""
    titles = {entry.key.film: entry.facts.title for entry in entries}
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "url": f"{base}/films/{quote(film)}",
            "name": title,
        }
        for position, (film, title) in enumerate([*titles.items()][:_MAX_LISTED], start=1)
    ]
    return _typed("ItemList", {"name": name, "url": f"{base}/", "itemListElement": items})


def _typed(type_: str, told: Mapping[str, object]) -> Mapping[str, object]:
    """Return a thing of *type_* with those facts of *told* that are known."""
    known = {name: value for name, value in told.items() if value}
    return {"@context": _CONTEXT, "@type": type_, **known}


def _person(role: Role) -> Mapping[str, object]:
    told = {"@type": "Person", "name": role.name}
    return {**told, "sameAs": list(role.same_as)} if role.same_as else told


def _is_announced(entry: Entry) -> bool:
    """Whether the entry has a confirmed date in ISO 8601, which has no seasons."""
    current = entry.current
    is_said = bool(current.when and iso_date(current.when))
    return is_said and not current.status.is_over and current.certainty is Certainty.CONFIRMED


def _event(entry: Entry) -> Mapping[str, object]:
    """Return a screening at a place, or else a publication in a country or everywhere."""
    release, country = entry.facts.release, region(entry.key.region)
    where = {"@type": "Country", "name": country} if country else None
    if release.place:
        where = {"@type": "Place", "name": release.place}
    return {
        "@type": "ScreeningEvent" if release.place else "PublicationEvent",
        "name": release.kind.category,
        "startDate": str(entry.current.when),
        **({"location": where} if where else {}),
    }
