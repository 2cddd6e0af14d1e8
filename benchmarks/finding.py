"""
The cost of each query behind the pages on which a film is found, in a large catalogue.

Queries run in this process, on a warm database, one after the other in each round: lists by
title, letter and year, the last pages among them, searches by common and rare words, series, and
the most postponed films.

    python benchmarks/finding.py                       # 100,000 films: 1 minute, once published
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from statistics import median

import measuring
from measuring import Row, at_most
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.film_list_query import PAGE
from releasecal.store import Store, film_index, slip_queries
from releasecal.store.choices import choices

YEAR = 2027


def _page(
    store: Store, *, year: int | None = None, letter: str = "", first: int = 0
) -> Sequence[film_index.ListedFilm]:
    return store.ask(film_index.page, year=year, letter=letter, first=first, most=PAGE)


def queries(store: Store) -> Mapping[str, Callable[[], object]]:
    """Return the queries by name, as the pages ask them of *store*."""
    count = store.ask(film_index.count, year=None, letter="")
    last = max(0, (count - 1) // PAGE * PAGE)
    found = [film.id for film in _page(store)]
    return {
        "first page of all films": partial(_page, store),
        "last page of all films": partial(_page, store, first=last),
        "a page by letter": partial(_page, store, letter="m"),
        "a page by year": partial(_page, store, year=YEAR),
        "number of all films": partial(store.ask, film_index.count, year=None, letter=""),
        "letters": partial(store.ask, film_index.letters, None),
        "years": partial(store.ask, film_index.years),
        "search for a common word": partial(store.ask, film_index.search, ["night"]),
        "search for two": partial(store.ask, film_index.search, ["night road"]),
        "search for a rare word": partial(store.ask, film_index.search, ["99999"]),
        "search in vain": partial(store.ask, film_index.search, ["nothing"]),
        "words that begin so": partial(store.ask, film_index.beginnings, "ni"),
        "a page of series": partial(store.ask, film_index.series, first=0, most=PAGE),
        "the most postponed": partial(store.ask, slip_queries.most_slipped, FeedQuery(), PAGE),
        "the most postponed in a region": partial(
            store.ask, slip_queries.most_slipped, FeedQuery(region=("DE",)), PAGE
        ),
        "next releases of a page": partial(
            store.ask, film_index.chief_entries, found, date(2026, 11, 28)
        ),
        "all that can be chosen": partial(store.ask, choices),
    }


def measure(given: argparse.Namespace) -> list[Row]:
    """Measure on the catalogue of *given*, which is only read."""
    folder = measuring.published(given.cache, given.films)
    with closing(Store.open(f"sqlite:///{folder / 'state' / 'releasecal.db'}")) as store:
        asked = {name: partial(measuring.seconds, query) for name, query in queries(store).items()}
        for ask in asked.values():
            ask()  # the first one reads the pages of the database
        found = measuring.in_turn(given.rounds, asked)
    return [
        Row(f"{name}, {given.films:,} films", "", median(times) * 1_000, at_most(20), unit="ms")
        for name, times in found.items()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    given = measuring.parser(__doc__, films=100_000, rounds=9).parse_args(arguments)
    measuring.report(measure(given), given)


if __name__ == "__main__":
    main()
