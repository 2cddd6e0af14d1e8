"""Pages around a selection: its short address, the films that a visitor follows, and embeds."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request, url_for

from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import given
from releasecal.queries.query_token import unpack
from releasecal.store import Connection, answering_queries, film_index, film_queries
from releasecal.store.film_index import ListedFilm
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.http.conditional_requests import Header
from releasecal.web.pages.agenda import Line
from releasecal.web.pages.subscription_links import subscription
from releasecal.web.pages.translations import page_language
from releasecal.web.routes.find import film_rows
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services

_EMBEDDED = 10  # releases in an embed
_FOUND = 20  # films that a search adds to choose from

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
_OPEN_TO_FRAMES: Sequence[Header] = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
)


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/c/<token>``, ``/follow`` and ``/embed``."""
    routes = Blueprint("following", __name__)

    @routes.get("/c/<token>")
    def selection(token: str) -> Response:
        try:
            pairs = unpack(token)
        except ValueError:
            abort(404, "This address is cut off or damaged: copy it once more, whole.")
        query = FeedQuery.parse(pairs, services.vocabulary)
        return redirect(f"{url_for('pages.index', lang=None)}?{query.canonical}")  # type: ignore[return-value]  # Werkzeug's class, which Flask takes

    @routes.get("/follow")
    def page() -> Response:
        asked = given(_filled(), ["film", "q", "lang"])
        films = FeedQuery.parse(
            [(k, v) for k, v in asked.items() if k == "film"], services.vocabulary
        )
        words = FeedQuery.parse([(k, v) for k, v in asked.items() if k == "q"], {})
        make = partial(_follow, services, films, words.q)
        address = urlencode({"film": ",".join(films.film), "q": ",".join(words.q)})
        return answer(services, responses, f"/follow?{address}", make)

    @routes.get("/embed")
    def embed() -> Response:
        query = replace(FeedQuery.parse(_filled(), services.vocabulary), as_of=None)
        make = partial(_embed, services, query)
        address = f"/embed?{query.canonical}"
        return answer(services, responses, address, make, guard=_OPEN_TO_FRAMES)

    return routes


def _filled() -> list[tuple[str, str]]:
    """Return the parameters of the request, without the empty fields of a form."""
    return [(name, value) for name, value in request.args.items(multi=True) if value.strip()]


def _follow(
    services: Services, query: FeedQuery, phrases: tuple[str, ...], state: SiteState
) -> str:
    with services.store.reading() as facts:
        titles = film_queries.names(facts, query)
        followed = [ListedFilm(id_, titles.get(id_, id_), 0) for id_ in query.film]
        found = film_index.search(facts, phrases)[:_FOUND] if phrases else _next(facts, state)
        others = [film for film in found if film.id not in query.film]
        rows, more = (film_rows(facts, films, state) for films in (followed, others))
    wanted = replace(query, lang=page_language().code)
    return render(
        services,
        state,
        "follow.html",
        subscription=subscription(services.site, wanted, titles) if query.film else None,
        address=f"/follow?{urlencode({'film': ','.join(query.film)}, safe=',')}",
        followed=query.film,
        rows=rows,
        more=more,
        words=", ".join(phrases),
        choose=url_for("pages.index", film=",".join(query.film)),
    )


def _next(facts: Connection, state: SiteState) -> Sequence[ListedFilm]:
    """Return the films that come next, to choose from."""
    coming = answering_queries.page(facts, FeedQuery(), today=state.today, most=_FOUND).coming
    titles = {entry.key.film: entry.facts.title for entry in coming}
    return [ListedFilm(id_, title, 0) for id_, title in titles.items()]


def _embed(services: Services, query: FeedQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        titles = film_queries.names(facts, query)
        found = answering_queries.page(facts, query, today=state.today, most=_EMBEDDED)
    return render(
        services,
        state,
        "embed.html",
        query=query,
        subscription=subscription(services.site, query, titles),
        lines=[Line.on_its_day(entry, state.today) for entry in found.coming],
    )
