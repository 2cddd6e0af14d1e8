"""Pages on which a film is found: all films, all series, and a search by words of titles."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from releasecal.core.editions import Entry
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.film_list_query import PAGE, ListQuery
from releasecal.queries.title_words import title_words
from releasecal.store import Connection, film_index
from releasecal.store.film_index import ListedFilm, ListedSeries
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.pages.subscription_links import Subscription, subscription
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services


class FilmRow(NamedTuple):
    """A film of a list, with its next or last release, if it has one, and their number."""

    film: ListedFilm
    entry: Entry | None
    releases: int


@dataclass(frozen=True, slots=True)
class Pager:
    """
    The pages of a list.

    Attributes:
        before: Parameters of the page before this one, *after* of the next; None without one.
        pages: Their number.
    """

    before: Mapping[str, str] | None
    after: Mapping[str, str] | None
    page: int
    pages: int

    @classmethod
    def of(cls, query: ListQuery, count: int) -> "Pager":
        """Return the pages around that of *query* in a list of *count* things."""
        pages = max(1, -(-count // PAGE))
        before = query.on(query.page - 1).limits if query.page > 1 else None
        after = query.on(query.page + 1).limits if query.page < pages else None
        return cls(before, after, query.page, pages)


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/films``, ``/series`` and ``/search``."""
    routes = Blueprint("find", __name__)
    for name, make in {"films": _films, "series": _series, "search": _search}.items():
        view = partial(_answer, services, responses, f"/{name}", make)
        routes.add_url_rule(f"/{name}", name, view)
    return routes


def _answer(
    services: Services,
    responses: Responses,
    path: str,
    make: Callable[[Services, ListQuery, SiteState], str],
) -> Response:
    query = ListQuery.parse(request.args.items(multi=True))
    return answer(services, responses, f"{path}?{query.canonical}", partial(make, services, query))


def _films(services: Services, query: ListQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        count = film_index.count(facts, year=query.year, letter=query.letter)
        films = film_index.page(
            facts, year=query.year, letter=query.letter, first=query.first, most=PAGE
        )
        letters = film_index.letters(facts, query.year)
        years = film_index.years(facts)
        rows = film_rows(facts, films, state)
    _check_page(query, films)
    return render(
        services,
        state,
        "films.html",
        subscription=_subscription(services, films) if films else None,
        query=query,
        rows=rows,
        count=count,
        letters=("", *letters),
        years=years[::-1],
        pager=Pager.of(query, count),
        endpoint=request.endpoint,
    )


def _series(services: Services, query: ListQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        count = film_index.series_count(facts)
        found = film_index.series(facts, first=query.first, most=PAGE)
    _check_page(query, found)
    titles = {each.id: each.title for each in found}
    wanted = FeedQuery(series=tuple(sorted(titles)))
    return render(
        services,
        state,
        "series_list.html",
        subscription=subscription(services.site, wanted, titles),
        series=found,
        count=count,
        pager=Pager.of(query, count),
        endpoint=request.endpoint,
    )


def _search(services: Services, query: ListQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        found = film_index.search(facts, query.q) if query.q else ()
        films = found[: film_index.MAX_FOUND][query.first : query.first + PAGE]
        rows = film_rows(facts, films, state)
        hints = () if found else _hints(facts, query)
        series = _series_named(film_index.series_of(facts, [film.id for film in films]), query)
    _check_page(query, films)
    wanted = FeedQuery(q=query.q) if query.q else EVERYTHING
    return render(
        services,
        state,
        "search.html",
        subscription=subscription(services.site, wanted),
        query=query,
        rows=rows,
        count=len(found),
        has_more=len(found) > film_index.MAX_FOUND,
        hints=hints,
        series=series,
        pager=Pager.of(query, min(len(found), film_index.MAX_FOUND)),
        endpoint=request.endpoint,
    )


def film_rows(
    facts: Connection, films: Iterable[ListedFilm], state: SiteState
) -> tuple[FilmRow, ...]:
    """Return *films*, in their order, each with its next or last release."""
    chief: Mapping[str, tuple[Entry | None, int]] = film_index.chief_entries(
        facts, [film.id for film in films], state.today
    )
    return tuple(FilmRow(film, *chief.get(film.id, (None, 0))) for film in films)


def _check_page(query: ListQuery, found: Iterable[object]) -> None:
    """Answer 404 to a page behind the last one; the first one may be empty."""
    if query.page > 1 and not found:
        abort(404, f"There is no page {query.page} of this list.")


def _subscription(services: Services, films: Iterable[ListedFilm]) -> Subscription:
    """Return the ways to subscribe to *films*."""
    titles = {film.id: film.title for film in films}
    return subscription(services.site, FeedQuery(film=tuple(sorted(titles))), titles)


def _hints(facts: Connection, query: ListQuery) -> tuple[str, ...]:
    """Return texts that a search without a result may have meant: longer words."""
    words = [word for phrase in query.q for word in phrase.split()]
    return film_index.beginnings(facts, words[-1]) if words else ()


def _series_named(series: Iterable[ListedSeries], query: ListQuery) -> tuple[ListedSeries, ...]:
    """Return those of *series* with all words of one of the texts of *query* in their titles."""
    return tuple(
        each
        for each in series
        if any(set(title_words(each.title)).issuperset(phrase.split()) for phrase in query.q)
    )
