"""A programme of cinemas: films in twelve countries, the Avengers among many others."""

from collections.abc import Iterator
from datetime import date, timedelta

from releasecal.core.models import Film, ReleaseKind, SeriesPlace
from support.build import film, release, revision

REGIONS = ("US", "GB", "FR", "DE", "IT", "ES", "JP", "BR", "AU", "NL", "SE", "PL")
AHEAD = {"DE": -2, "FR": -2, "IT": -2, "JP": 7}
"""Days by which a country opens later than the United States."""

AVENGERS = (SeriesPlace("avengers", "Avengers"),)
GENRES = ("action", "adventure", "animation", "comedy", "drama", "family", "fantasy", "horror")
FIRST = ("Wicked", "Paper", "Northern", "Quiet", "Glass", "Velvet", "Iron", "Red", "Blue", "Last")
SECOND = ("River", "Moon", "Harbour", "Orchard", "Thunder", "Garden", "Meridian", "Choir")


def released(id_: str, title: str, first: date, **facts: object) -> Film:
    """Return a film that opens around the day *first*, and is to rent in six countries later."""
    cinemas = [
        release(id_, str(first + timedelta(AHEAD.get(code, 0))), region=code) for code in REGIONS
    ]
    at_home = [
        release(id_, str(first + timedelta(60)), kind=ReleaseKind.DIGITAL, region=code)
        for code in REGIONS[:6]
    ]
    return film(id_, *cinemas, *at_home, title=title, **facts)


def others(count: int) -> Iterator[Film]:
    """Yield so many films, one every five days from autumn 2026 on."""
    for at in range(count):
        title = f"{FIRST[at % 10]} {SECOND[at % 8]}{f' {at // 40 + 1}' if at >= 40 else ''}"
        genres = (GENRES[at % 8], GENRES[(at + 3) % 8])
        first = date(2026, 11, 5) + timedelta(5 * at)
        yield released(title.lower().replace(" ", "-"), title, first, genres=genres)


def programme(count: int) -> tuple[Film, ...]:
    """Return *count* films, and the Avengers: three with days, one with a year."""
    return (
        *others(count),
        released("avengers-endgame", "Avengers: Endgame", date(2019, 4, 26), series=AVENGERS),
        released("avengers-doomsday", "Avengers: Doomsday", date(2026, 12, 18), series=AVENGERS),
        released(
            "avengers-secret-wars", "Avengers: Secret Wars", date(2027, 12, 17), series=AVENGERS
        ),
        film(
            "avengers-annex",
            release("avengers-annex", revision("2028")),
            title="Untitled Avengers Film",
            series=AVENGERS,
        ),
    )
