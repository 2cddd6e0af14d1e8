"""Routes of the pages for people, and the values that all pages show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for

from releasecal.core.as_of import windows_known
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH
from releasecal.core.models import Film, Source
from releasecal.core.suggestions import nearest
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import PARAMETERS, Names, Undated, given, present
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import ACCENT
from releasecal.store import (
    Choices,
    Connection,
    PageEntries,
    change_log,
    film_queries,
    read,
    results,
)
from releasecal.store.choices import choices as choices_of
from releasecal.web.http.conditional import Header, Representation, tag
from releasecal.web.http.devices import device_of
from releasecal.web.pages.builder import FeedSize, builder
from releasecal.web.pages.schema_org import listed, movie
from releasecal.web.pages.subscription_links import has_public_address, site_address, subscription
from releasecal.web.pages.template_filters import FILTERS
from releasecal.web.pages.timeline import MAX, Line, Timeline
from releasecal.web.pages.translations import asked_language, page_language
from releasecal.web.pages.ways import opens_webcal, qr_code, ways
from releasecal.web.responses import Responses, SiteState
from releasecal.web.services import Services

_AS_OF = "as-of"

_MAX_CHANGES = 8
_MAX_PROBLEMS = 10  # on a page; the log has them all

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""The Content-Security-Policy of a page."""

_GUARD = (("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"))


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the pages."""
    routes = Blueprint("pages", __name__)
    for word, function in FILTERS.items():
        routes.add_app_template_filter(function, word)
    everywhere = {"name": services.site.name, "site": services.site, "default_accent": ACCENT}
    everywhere["exported"] = services.exported
    routes.app_context_processor(lambda: {**everywhere, **_of_device()})
    routes.after_app_request(_guarded)
    memo: dict[int, Choices] = {}  # by edition, of which it has one

    @routes.get("/")
    def index() -> Response:
        query = FeedQuery.parse(_filled(), services.vocabulary)
        make = partial(_index, services, query, memo)
        return answer(services, responses, f"/?{query.canonical}", make)

    @routes.get("/films/<film_id>")
    def film(film_id: str) -> Response:
        as_of = _as_of()
        now = present(film_id, services.vocabulary["film"])
        if now != film_id:
            return _moved(url_for(".film", film_id=now, **_then(as_of)))
        make = partial(_film, services, film_id, as_of)
        return answer(services, responses, f"/films/{film_id}?{as_of}", make)

    @routes.get("/series/<series_id>")
    def series(series_id: str) -> Response:
        as_of = _as_of()
        make = partial(_series, services, series_id, as_of)
        return answer(services, responses, f"/series/{series_id}?{as_of}", make)

    @routes.get("/robots.txt")
    def robots() -> Response:
        # Google Calendar obeys it: feeds must be allowed.
        text = f"User-agent: *\nAllow: /\nSitemap: {services.site.url}/sitemap.xml\n"
        return Response(text, content_type="text/plain; charset=utf-8")

    return routes


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
    filled = [(name, value) for name, value in pairs if value.strip() or name == _AS_OF]
    # The calendar is in the language of its page.
    return filled if request.args.get("lang") else [*filled, ("lang", page_language().code)]


def _index(services: Services, query: FeedQuery, memo: dict[int, Choices], state: SiteState) -> str:
    as_of, is_all = query.as_of, replace(query, lang=ENGLISH.code) == EVERYTHING
    with services.store.reading() as facts:
        # Coarse dates are lines of their own part, whether the calendar has them or not.
        plain = replace(query, undated=Undated.HIDE)
        found, day = _found(services, facts, plain, as_of, state)
        # A film that is new to the catalogue is no change of a date.
        changes = change_log.newest(facts, limit=_MAX_CHANGES, query=ChangeQuery())
        titles = film_queries.names(facts, query)
        choices = memo.get(state.head.number) or choices_of(facts)
    if state.head.number not in memo:
        memo.clear()
        memo[state.head.number] = choices
    feed = None if as_of else _feed(services, query, state)
    has_coarse = feed is not None and query.undated is not Undated.HIDE
    in_feed = {entry.key for entry in feed.entries} if feed and has_coarse else None
    return render(
        services,
        state,
        "index.html",
        as_of=as_of,
        query=query,
        is_all=is_all,
        subscription=subscription(services.site, query, titles),
        size=FeedSize.of(feed) if feed else None,
        builder=builder(query, choices, titles),
        timeline=Timeline.of(found, day, in_feed),
        changes=changes if is_all else (),
        sources=_cited(found),
        search_facts=listed(found.coming, site_address(services.site), services.site.name),
        parameters=PARAMETERS,
    )


def _feed(services: Services, query: FeedQuery, state: SiteState) -> Feed:
    """Return the calendar of *query*, of which the page is a preview."""
    find = partial(results.feed, path="/calendar", undated=False, rendered=True)
    return services.store.ask(find, query, site=services.site, today=state.today)


def _film(services: Services, film_id: str, as_of: date | None, state: SiteState) -> str:
    with services.store.reading() as facts:
        film = film_queries.film(facts, film_id)
        values = _about_film(services, facts, film, as_of, state) if film else None
    if values is None:
        abort(404, f"There is no film {film_id!r} here{_hint(services, 'film', film_id)}.")
    return render(services, state, "film.html", as_of=as_of, **values)


def _about_film(
    services: Services, facts: Connection, film: Film, as_of: date | None, state: SiteState
) -> dict[str, Any]:
    """Return the values of the page of *film*."""
    query = FeedQuery(film=(film.id,))
    found, day = _found(services, facts, query, as_of, state)
    own = _own(found, film.id)
    if as_of:
        film = _told_by(film, day)
    return {
        "subscription": subscription(services.site, query, {film.id: film.title}),
        "narrowed": {"film": film.id},
        "film": film,
        "follows": film_queries.titles(facts, [film.follows]),
        "sequels": () if as_of else film_queries.sequels(facts, film.id),
        "own": own,
        "openings": _others(found, film.id, day),
        "day": day,
        "left_out": Timeline.of(found, day).left_out,
        "sources": read.sources(facts, _ids(film, own)),
        "movie": movie(film, own, site_address(services.site)),
        # A new picture has a new address: whoever shows it keeps it for weeks.
        "picture_version": tag(repr([entry.revised for entry in own]).encode())[:8],
    }


def _series(services: Services, series_id: str, as_of: date | None, state: SiteState) -> str:
    query = FeedQuery(series=(series_id,))
    with services.store.reading() as facts:
        title = film_queries.series_title(facts, series_id)
        if title is not None:
            found, day = _found(services, facts, query, as_of, state)
    if title is None:
        abort(404, f"There is no series {series_id!r} here{_hint(services, 'series', series_id)}.")
    return render(
        services,
        state,
        "series.html",
        as_of=as_of,
        subscription=subscription(services.site, query, {series_id: title}),
        narrowed={"series": series_id},
        timeline=Timeline.of(found, day),
        title=title,
        sources=_cited(found),
    )


def _found(
    services: Services, facts: Connection, query: FeedQuery, as_of: date | None, state: SiteState
) -> tuple[PageEntries, date]:
    """Return the entries of *query* and their civil day: today or, if past, *as_of*."""
    day = min(as_of, state.today) if as_of else state.today
    query = replace(query, as_of=day if as_of else None)
    return results.page(facts, query, today=day, most=MAX, mark=services.mark), day


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
        canonical=base + _canonical(given["query"]),
        as_of_last_look=min(looks, default=state.head.published).date(),
        as_of=as_of,
        today=state.today,
        then=_then(as_of),
        here=url_for(request.endpoint or "", **(request.view_args or {})),
        changed=state.head.published,
        is_held=state.is_held,
        troubled=state.troubled,
        problems=state.problems[:_MAX_PROBLEMS],
        more_problems=max(0, len(state.problems) - _MAX_PROBLEMS),
    )


def _canonical(query: FeedQuery | ChangeQuery) -> str:
    """Return the path of the page that is asked for, with the query that it shows."""
    asked = query.canonical
    return f"{request.path}?{asked}" if asked else request.path


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


def _cited(found: PageEntries) -> Sequence[Source]:
    """Return the sources that the entries cite, each once, by title."""
    entries = (*found.coming, *found.undated, *found.past, *found.overdue)
    cited = {source.id: source for entry in entries for source in entry.facts.sources}
    return sorted(cited.values(), key=lambda source: (source.title, source.id))


def _ids(film: Film, own: Iterable[Entry]) -> Sequence[str]:
    """Return the ids of the sources that *film* and its entries cite, in the page's order."""
    ids = [source.id for entry in own for source in entry.facts.sources]
    ids += [window.source for window in film.windows]
    ids += [film.production.source] if film.production else []
    ids += [note.source for note in film.notes]
    ids += [title.source for title in film.titles]
    return [*ids, film.source]
