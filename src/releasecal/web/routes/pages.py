"""Routes of the pages for people, and the values that all pages show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, render_template, request, url_for

from releasecal.core.as_of import windows_known
from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.core.models import Film
from releasecal.core.suggestions import nearest
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import Names, given, present
from releasecal.queries.site_settings import ACCENT
from releasecal.store import (
    Connection,
    PageEntries,
    film_queries,
    newest_edition,
)
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.http.conditional_requests import Header, Representation, tag
from releasecal.web.http.devices import device_of
from releasecal.web.http.private_answers import below
from releasecal.web.pages.agenda import Line, Timeline, cards
from releasecal.web.pages.front_page import front_page
from releasecal.web.pages.kept_posters import KeptPosters
from releasecal.web.pages.month_view import MONTH, VIEW, asked_month
from releasecal.web.pages.page_entries import cited, page_entries
from releasecal.web.pages.schema_org import movie
from releasecal.web.pages.series_chart import series_line
from releasecal.web.pages.subscription_links import has_public_address, site_address, subscription
from releasecal.web.pages.subscription_steps import opens_webcal, qr_code, ways
from releasecal.web.pages.template_filters import FILTERS
from releasecal.web.pages.translations import asked_language, page_language
from releasecal.web.pages.visitor_region import visitor_region
from releasecal.web.pages.when_it_comes import film_answers, in_order
from releasecal.web.services import Services

_AS_OF = "as-of"

_MOST = 100  # of each part of the entries of a film or a series
_MAX_RELEASES = 20  # of a film with all that is told of them; the others have a line
_MAX_PROBLEMS = 10  # on a page; the log has them all

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""The Content-Security-Policy of a page."""

_GUARD = (("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"))


class Asked(Protocol):
    """A query of a page."""

    @property
    def canonical(self) -> str:
        """The canonical query, ready for an address."""


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the pages."""
    routes = Blueprint("pages", __name__)
    for word, function in FILTERS.items():
        routes.add_app_template_filter(function, word)
    everywhere = {"name": services.site.name, "site": services.site, "default_accent": ACCENT}
    everywhere |= {"exported": services.exported, "is_example": services.is_example}
    routes.app_context_processor(lambda: {**everywhere, **_of_device()})
    routes.after_app_request(_guarded)

    @routes.get("/")
    def index() -> Response:
        query = FeedQuery.parse(_filled(), services.vocabulary)
        month = asked_month(request.args, query.as_of, services.clock().date())
        region = visitor_region()
        make = partial(_index, services, responses, query, month, region)
        return answer(services, responses, f"/?{query.canonical} {month or ''} {region}", make)

    @routes.get("/films/<film_id>")
    def film(film_id: str) -> Response:
        as_of = _as_of()
        now = present(film_id, services.vocabulary["film"])
        if now != film_id:
            return _moved(url_for(".film", film_id=now, **_then(as_of)))
        region = visitor_region()
        make = partial(_film, services, film_id, as_of, region)
        return answer(services, responses, f"/films/{film_id}?{as_of} {region}", make)

    @routes.get("/series/<series_id>")
    def series(series_id: str) -> Response:
        as_of = _as_of()
        region = visitor_region()
        make = partial(_series, services, series_id, as_of, region)
        return answer(services, responses, f"/series/{series_id}?{as_of} {region}", make)

    routes.add_url_rule("/robots.txt", "robots", partial(_robots, services), methods=["GET"])
    return routes


def _robots(services: Services) -> Response:
    # Google Calendar obeys it: feeds must be allowed.
    text = "User-agent: *\nAllow: /\n"
    if not services.is_private:
        text += f"Sitemap: {services.site.url}/sitemap.xml\n"
    return Response(text, content_type="text/plain; charset=utf-8")


def _of_device() -> Mapping[str, Any]:
    """Return what templates need to know of the visitor's device."""
    device = device_of(request.headers.get("User-Agent", ""))
    return {
        "device": device,
        "ways": ways(device),
        "opens_webcal": opens_webcal(device),
        "qr_code": qr_code,
    }


def _moved(address: str) -> Response:
    """Return a redirect to *address*, not kept for ever: another film may get the former id."""
    response = Response(status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": address})
    response.cache_control.no_cache = True
    return response


def _as_of() -> date | None:
    """
    Return the civil day of ``as-of`` in the request; None without it.

    Raises:
        SelectionError: Its value is not a day, or that of ``lang`` not a language.
    """
    asked = given(request.args.items(multi=True), [_AS_OF, "lang"])
    return FeedQuery.parse(asked.items(), {}).as_of


def _then(as_of: date | None) -> dict[str, Any]:
    """Return the arguments of a link that stays on the day *as_of*."""
    return {_AS_OF: as_of} if as_of else {}


def _filled() -> list[tuple[str, str]]:
    """Return the parameters of the request, without the empty fields of a form."""
    pairs = request.args.items(multi=True)
    is_month = request.args.get(VIEW) == MONTH
    filled = [
        (name, value)
        for name, value in pairs
        if (value.strip() or name == _AS_OF) and not (name == MONTH and is_month)
    ]
    # The calendar is in the language of its page.
    return filled if request.args.get("lang") else [*filled, ("lang", page_language().code)]


def _index(  # noqa: PLR0913, PLR0917 - what is asked for, by whom, and of what
    services: Services,
    responses: Responses,
    query: FeedQuery,
    month: PartialDate | None,
    region: str,
    state: SiteState,
) -> str:
    choices = responses.choices(state)
    values = front_page(services, query, month, region, choices, state)
    return render(services, state, "index.html", **values)


def _film(
    services: Services, film_id: str, as_of: date | None, region: str, state: SiteState
) -> str:
    with services.store.reading() as facts:
        film = film_queries.film(facts, film_id)
        values = _about_film(services, facts, film, as_of, region, state) if film else None
    if values is None:
        abort(404, f"There is no film {film_id!r} here{_hint(services, 'film', film_id)}.")
    return render(services, state, "film.html", as_of=as_of, **values)


def _about_film(  # noqa: PLR0913, PLR0917 - the film, for whom, and when
    services: Services,
    facts: Connection,
    film: Film,
    as_of: date | None,
    region: str,
    state: SiteState,
) -> dict[str, Any]:
    """Return the values of the page of *film*."""
    query = FeedQuery(film=(film.id,))
    found, day = page_entries(services, facts, query, as_of, state, most=_MOST)
    own = in_order(_own(found, film.id), region)
    if as_of:
        film = _told_by(film, day)
    return {
        "subscription": subscription(services.site, query, {film.id: film.title}),
        "narrowed": {"film": film.id},
        "film": film,
        "follows": film_queries.titles(facts, [film.follows]),
        "sequels": () if as_of else film_queries.sequels(facts, film.id),
        "answers": film_answers(own, day, region),
        "own": own[:_MAX_RELEASES],
        "others": cards(_on_their_dates(own[_MAX_RELEASES:], day)),
        "count": len(own),
        "openings": _others(found, film.id, day),
        "day": day,
        "left_out": Timeline.of(found, day).left_out,
        "sources": newest_edition.sources(facts, _ids(film, own)),
        "movie": movie(film, own, site_address(services.site)),
        # A new picture has a new address: whoever shows it keeps it for weeks.
        "picture_version": tag(repr([entry.revised for entry in own]).encode())[:8],
    }


def _series(
    services: Services, series_id: str, as_of: date | None, region: str, state: SiteState
) -> str:
    query = FeedQuery(series=(series_id,))
    with services.store.reading() as facts:
        title = film_queries.series_title(facts, series_id)
        if title is not None:
            found, day = page_entries(services, facts, query, as_of, state, most=_MOST)
    if title is None:
        abort(404, f"There is no series {series_id!r} here{_hint(services, 'series', series_id)}.")
    return render(
        services,
        state,
        "series.html",
        as_of=as_of,
        subscription=subscription(services.site, query, {series_id: title}),
        narrowed={"series": series_id},
        timeline=Timeline.of(found, day, region=region, is_lasting=bool(services.exported)),
        line=series_line(_all(found), day, region),
        title=title,
        sources=cited(found),
    )


def _told_by(film: Film, day: date) -> Film:
    """
    Return *film* with the facts that were known of it on the civil day *day*.

    Its releases have a history of their own; facts without a date are left out.
    """
    windows = windows_known(film.windows, day)
    return replace(film, windows=windows, titles=(), production=None, cast=(), notes=(), as_of=None)


def _hint(services: Services, what: str, word: str) -> str:
    """Return in brackets the *what*, film or series, with an id near *word*; "" without one."""
    names = services.vocabulary[what]
    likely = nearest(word, names.all()) if isinstance(names, Names) else ""
    return f" ({likely})" if likely else ""


def answer(  # noqa: PLR0913 - what a page is, and how it is kept
    services: Services,
    responses: Responses,
    address: str,
    make: Callable[[SiteState], str],
    *,
    keep: bool = True,
    guard: Sequence[Header] = _GUARD,
) -> Response:
    """
    Return the page at *address*, a path with a canonical query; kept if *keep* allows it.

    *guard* are headers that say what it may load, and who may show it.
    """
    site = services.site
    here = site_address(site)
    # Without a public address a page differs by Host, and strangers choose any Host: pages of
    # other hosts are not kept, and the fast path, which compares no Host, learns no page.
    # Its links keep a language that its address names.
    device = device_of(request.headers.get("User-Agent", ""))
    named = f"{page_language().code}{'!' if asked_language() else ''} {device.value}"
    return responses.answer(
        f"{here}{address} {named}",
        partial(_represent, make, guard),
        keep=keep and here == site.url,
        note=keep and has_public_address(site),
    )


def _represent(
    make: Callable[[SiteState], str], guard: Sequence[Header], state: SiteState
) -> Representation:
    body = make(state).encode()
    html = "text/html; charset=utf-8"
    # No Last-Modified: a failed refresh changes a page, but makes no edition to date it by.
    headers = [*guard, ("Content-Language", page_language().code)]
    if "calendar" in g:
        headers.append(("Link", f'<{g.calendar.https}>; rel="alternate"; type="text/calendar"'))
    return Representation(body, html, tag(body), None, is_page=True, headers=headers)


def render(
    services: Services,
    state: SiteState,
    template: str,
    *,
    as_of: date | None = None,
    **values: object,
) -> str:
    """Return *template* with *values* and with the values of all pages; for *as_of* see `_as_of`."""
    everything = subscription(services.site, EVERYTHING)
    given: dict[str, Any] = {
        "subscription": everything,
        "narrowed": {},
        "query": EVERYTHING,
        **values,
    }
    if not as_of and given["subscription"]:
        g.calendar = given["subscription"]
    base = site_address(services.site)
    looks = [source.read for source in state.troubled if source.read]
    return render_template(
        template,
        **given,
        base=base,
        canonical=base + _canonical(given["query"], given.get("beside", {})),
        as_of_last_look=min(looks, default=state.head.published).date(),
        as_of=as_of,
        today=state.today,
        civil_day=min(as_of, state.today) if as_of else state.today,
        then=_then(as_of),
        here=url_for(request.endpoint or "", **(request.view_args or {})),
        changed=state.head.published,
        posters=KeptPosters(services),
        is_held=state.is_held,
        troubled=state.troubled,
        problems=state.problems[:_MAX_PROBLEMS],
        more_problems=max(0, len(state.problems) - _MAX_PROBLEMS),
    )


def _canonical(query: Asked, beside: Mapping[str, str]) -> str:
    """Return the path of the page that is asked for, with the query that it shows and *beside* it."""
    asked = "&".join(filter(None, [urlencode(beside), query.canonical]))
    path = f"{below(request.environ)}{request.path}"
    return f"{path}?{asked}" if asked else path


def _guarded(response: Response) -> Response:
    """Return *response*; a page, an error's too, may load nothing from other sites."""
    if response.mimetype == "text/html":
        response.headers.update(_GUARD)
    return response


def _own(found: PageEntries, film: str) -> Sequence[Entry]:
    """Return the entries of *film*, each once: those with a day by that, then the others."""
    dated = sorted((*found.past, *found.coming), key=lambda entry: (str(entry.shown), entry.key))
    own = {
        entry.key: entry
        for entry in (*dated, *reversed(found.overdue), *found.undated)
        if entry.key.film == film  # a day that fell through is listed with the undated too
    }
    return list(own.values())


def _others(found: PageEntries, film: str, today: date) -> Sequence[Line]:
    """Return the lines of the sequels of *film*, on the civil day *today*."""
    lines = [Line.on_its_day(entry, today) for entry in (*reversed(found.past), *found.coming)]
    lines += [Line.by_its_date(entry, today) for entry in (*found.overdue, *found.undated)]
    return [line for line in lines if line.entry.key.film != film]


def _on_their_dates(own: Iterable[Entry], today: date) -> list[Line]:
    """Return the lines of *own*, on their days or by their dates, on the civil day *today*."""
    return [
        Line.on_its_day(entry, today)
        if entry.shown and entry.shown.is_day
        else Line.by_its_date(entry, today)
        for entry in own
    ]


def _all(found: PageEntries) -> tuple[Entry, ...]:
    """Return all entries of *found*, each once."""
    entries = (*found.coming, *found.past, *found.undated, *found.overdue)
    return tuple({entry.key: entry for entry in entries}.values())


def _ids(film: Film, own: Iterable[Entry]) -> Sequence[str]:
    """Return the ids of the sources that *film* and its entries cite, in the page's order."""
    ids = [source.id for entry in own for source in entry.facts.sources]
    ids += [window.source for window in film.windows]
    ids += [film.production.source] if film.production else []
    ids += [note.source for note in film.notes]
    ids += [title.source for title in film.titles]
    return [*ids, film.source]
