"""Replies of TMDB (https://developer.themoviedb.org/reference), as far as they are used."""

import msgspec


class Collection(msgspec.Struct, omit_defaults=True):
    """A collection that a film belongs to."""

    id: int
    name: str | None = None


class Genre(msgspec.Struct):
    """A genre, its name in the language that was asked for."""

    name: str


class ReleaseDate(msgspec.Struct, omit_defaults=True):
    """
    A release in a country.

    Attributes:
        type: 1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 television.
        release_date: ``2023-07-12T00:00:00.000Z``: a day, whatever the zone.
        note: Free text: a festival, a service, a format.
    """

    type: int
    release_date: str
    note: str | None = None
    certification: str | None = None


class Country(msgspec.Struct, omit_defaults=True):
    """The releases in a country, whose code may be of a country that is no more."""

    iso_3166_1: str
    release_dates: tuple[ReleaseDate, ...] = ()


class Countries(msgspec.Struct, omit_defaults=True):
    """The releases of a film."""

    results: tuple[Country, ...] = ()


class Texts(msgspec.Struct, omit_defaults=True):
    """The texts of a film in a language."""

    title: str | None = None


class Translation(msgspec.Struct, omit_defaults=True):
    """A film in the language of a country."""

    iso_3166_1: str
    iso_639_1: str
    data: Texts = msgspec.field(default_factory=Texts)


class Translations(msgspec.Struct, omit_defaults=True):
    """A film in all languages."""

    translations: tuple[Translation, ...] = ()


class AlternativeTitle(msgspec.Struct, omit_defaults=True):
    """Another title of a film in a country; *type* is free text: ``working title``."""

    iso_3166_1: str
    title: str
    type: str | None = None


class AlternativeTitles(msgspec.Struct, omit_defaults=True):
    """All other titles of a film."""

    titles: tuple[AlternativeTitle, ...] = ()


class ExternalIds(msgspec.Struct, omit_defaults=True):
    """Ids of a film elsewhere."""

    imdb_id: str | None = None
    wikidata_id: str | None = None


class Movie(msgspec.Struct, omit_defaults=True):
    """
    A film with everything that one request brings.

    Its own ``release_date``, the first one anywhere, is left aside on purpose.
    """

    id: int
    title: str | None = None
    original_title: str | None = None
    original_language: str | None = None
    overview: str | None = None
    runtime: int | None = None
    status: str | None = None
    poster_path: str | None = None
    homepage: str | None = None
    imdb_id: str | None = None
    belongs_to_collection: Collection | None = None
    genres: tuple[Genre, ...] = ()
    release_dates: Countries = msgspec.field(default_factory=Countries)
    translations: Translations = msgspec.field(default_factory=Translations)
    alternative_titles: AlternativeTitles = msgspec.field(default_factory=AlternativeTitles)
    external_ids: ExternalIds = msgspec.field(default_factory=ExternalIds)


APPENDED = "release_dates,translations,alternative_titles,external_ids"
"""The parts of `Movie` that come with its details, in one request."""


class Listed(msgspec.Struct):
    """A film, or something else, in a list."""

    id: int
    media_type: str | None = None


class Page(msgspec.Struct):
    """A page of a list: of results, of a list's items, or all parts of a collection."""

    results: tuple[Listed, ...] = ()
    items: tuple[Listed, ...] = ()
    parts: tuple[Listed, ...] = ()
    total_pages: int = 1
    total_results: int | None = None

    @property
    def films(self) -> list[int]:
        """Ids of the films on it."""
        found = (*self.results, *self.items, *self.parts)
        return [each.id for each in found if each.media_type in (None, "movie")]
