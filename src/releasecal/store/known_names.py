"""The vocabulary: the names that a query may use, looked up in the store."""

from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import ColumnElement, Connection

from releasecal.errors import StoreError
from releasecal.queries.parameters import Names
from releasecal.queries.site_settings import SiteSettings
from releasecal.regions import regions
from releasecal.store import film_ids, film_queries, schema
from releasecal.store.store import Store

Vocabulary = Mapping[str, Callable[[str], bool]]
"""By parameter: a test whether a value is a known name."""


def vocabulary(store: Store, site: SiteSettings) -> Vocabulary:
    """Return the vocabulary of everything published in *store*, for `FeedQuery.parse`."""
    return {
        "region": lambda code: code in regions(),
        "film": Names(
            partial(_is_known, store, film_ids.has_film),
            partial(store.ask, film_queries.all_names, schema.films.c.id),
            partial(_present_id, store),
        ),
        "series": _names(store, schema.series.c.id),
        "genre": _names(store, schema.genres.c.slug),
        "channel": _names(store, schema.entries.c.channel),
        "limit": lambda limit: limit != "none" or site.limits.may_be_lifted,
    }


def _names(store: Store, column: ColumnElement[str]) -> Names:
    """Return the test of the names in *column* of *store*."""
    return Names(
        partial(_is_known, store, partial(film_queries.has, column=column)),
        partial(store.ask, film_queries.all_names, column),
    )


def _is_known(store: Store, look_up: Callable[[Connection, str], bool], name: str) -> bool:
    """Whether *look_up* finds *name*; without a database every name counts as known."""
    try:
        return store.ask(look_up, name)
    except StoreError:
        return True


def _present_id(store: Store, film: str) -> str:
    """Return the present id of the film that has or had the id *film*, as far as it is known."""
    try:
        return store.ask(film_ids.present_ids, [film]).get(film, film)
    except StoreError:
        return film
