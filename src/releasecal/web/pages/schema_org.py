"""A film as schema.org's Movie, for search engines."""

from collections.abc import Iterable, Mapping

from releasecal.core.editions import Entry
from releasecal.core.film_facts import Role
from releasecal.core.models import Certainty, Film
from releasecal.web.pages.template_filters import iso_date, region


def movie(film: Film, own: Iterable[Entry]) -> Mapping[str, object]:
    """Return *film* as a Movie, with its entries *own* as far as they are announced."""
    return {
        "@context": "https://schema.org",
        "@type": "Movie",
        "name": film.title,
        "alternateName": [title.title for title in film.titles],
        "genre": list(film.genres),
        "actor": [_person(role) for role in film.cast],
        "isPartOf": [{"@type": "MovieSeries", "name": place.title} for place in film.series],
        "releasedEvent": [_event(entry) for entry in own if _is_announced(entry)],
    }


def _person(role: Role) -> Mapping[str, object]:
    told = {"@type": "Person", "name": role.name}
    return {**told, "sameAs": list(role.same_as)} if role.same_as else told


def _is_announced(entry: Entry) -> bool:
    """Whether the entry has a confirmed date in ISO 8601, which has no seasons."""
    current = entry.current
    is_said = bool(current.when and iso_date(current.when))
    return is_said and not current.status.is_over and current.certainty is Certainty.CONFIRMED


def _event(entry: Entry) -> Mapping[str, object]:
    place = region(entry.key.region)
    return {
        "@type": "PublicationEvent",
        "name": entry.facts.release.kind.category,
        "startDate": str(entry.current.when),
        **({"location": {"@type": "Country", "name": place}} if place else {}),
    }
