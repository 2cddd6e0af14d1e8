"""Pages for people."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request

from releasecal import store
from releasecal.changes import ChangeKind
from releasecal.editions import Entry
from releasecal.feeds import EVERYTHING, PARAMETERS, FeedSpec, name
from releasecal.models import Film, Source
from releasecal.web.pages.movie import movie
from releasecal.web.pages.shelf import Moment, Shelf
from releasecal.web.pages.subscription import Subscription, site_address
from releasecal.web.pages.timeline import MOST, Line, Timeline
from releasecal.web.pages.words import FILTERS
from releasecal.web.site import Site

_MOST_CHANGES = 8
_MOST_PROBLEMS = 10  # on a page, which everybody sees; the log has them all

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def blueprint(site: Site) -> Blueprint:
    """Return the pages."""
    routes = Blueprint("pages", __name__)
    for word, function in FILTERS.items():
        routes.add_app_template_filter(function, word)
    routes.app_context_processor(lambda: {"name": site.publisher.imprint.name})
    routes.after_app_request(_guarded)
    shelf = Shelf(site)

    @routes.get("/")
    def index() -> Response:
        return answer(site, shelf, "/", partial(_index, site))

    @routes.get("/films/<film_id>")
    def film(film_id: str) -> Response:
        return answer(site, shelf, f"/films/{film_id}", partial(_film, site, film_id))

    @routes.get("/series/<series_id>")
    def series(series_id: str) -> Response:
        return answer(site, shelf, f"/series/{series_id}", partial(_series, site, series_id))

    @routes.get("/robots.txt")
    def robots() -> Response:
        # Google Calendar obeys it: feeds must be allowed.
        return Response("User-agent: *\nAllow: /\n", content_type="text/plain; charset=utf-8")

    return routes


def _index(site: Site, moment: Moment) -> str:
    facts = site.publisher.store
    found = facts.timeline(EVERYTHING, today=moment.today, most=MOST)
    return render(
        site,
        moment,
        "index.html",
        timeline=Timeline.of(found, moment.today),
        # What is new to the catalogue is no change of a date.
        changes=facts.changes(limit=_MOST_CHANGES, without=(ChangeKind.ADDED,)),
        sources=_cited(found),
        parameters=PARAMETERS,
    )


def _film(site: Site, film_id: str, moment: Moment) -> str:
    facts = site.publisher.store
    film = facts.film(film_id)
    if film is None:
        abort(404, f"There is no film {film_id!r} here.")
    spec = FeedSpec(film=(film_id,))
    found = facts.timeline(spec, today=moment.today, most=MOST)
    own = _own(found, film_id)
    return render(
        site,
        moment,
        "film.html",
        subscription=_subscription(site, spec, film.title),
        narrowed={"film": film_id},
        film=film,
        follows=facts.titles([film.follows]),
        sequels=facts.sequels(film_id),
        own=own,
        openings=_others(found, film_id, moment),
        today=moment.today,
        left_out=Timeline.of(found, moment.today).left_out,
        sources=facts.sources(_ids(film, own)),
        movie=movie(film, own),
    )


def _series(site: Site, series_id: str, moment: Moment) -> str:
    facts = site.publisher.store
    title = facts.series(series_id)
    if title is None:
        abort(404, f"There is no series {series_id!r} here.")
    spec = FeedSpec(series=(series_id,))
    found = facts.timeline(spec, today=moment.today, most=MOST)
    return render(
        site,
        moment,
        "series.html",
        subscription=_subscription(site, spec, title),
        narrowed={"series": series_id},
        timeline=Timeline.of(found, moment.today),
        title=title,
        sources=_cited(found),
    )


def answer(site: Site, shelf: Shelf, address: str, make: Callable[[Moment], str]) -> Response:
    """Return the page at *address*, a path with a canonical query, as an answer."""
    key = address, site_address(site.publisher.imprint)
    page = shelf.get(key, "text/html; charset=utf-8", make)
    response = Response(page.body, content_type=page.content_type)
    # No Last-Modified: a refresh that fails changes a page, and is no edition.
    response.set_etag(page.etag)
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def render(site: Site, moment: Moment, template: str, **values: object) -> str:
    """Return *template* with *values*, and with what all pages show."""
    everything = _subscription(site, EVERYTHING)
    return render_template(
        template,
        **{"subscription": everything, "narrowed": {}, **values},
        changed=moment.head.published,
        problems=moment.problems[:_MOST_PROBLEMS],
        more_problems=max(0, len(moment.problems) - _MOST_PROBLEMS),
    )


def _guarded(response: Response) -> Response:
    """Return *response*; a page, an error's too, may load nothing that is not ours."""
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _subscription(site: Site, spec: FeedSpec, title: str = "") -> Subscription:
    """Return how to subscribe to what *spec* selects, all or the one thing of that *title*."""
    imprint = site.publisher.imprint
    base = site_address(imprint)
    ids = (*spec.film, *spec.series)
    called = name(imprint, spec, dict.fromkeys(ids, title))
    folder = "films" if spec.film else "series"
    path = f"{folder}/{quote(ids[0])}" if ids else "calendar"
    return Subscription(f"{base}/{path}.ics", called)


def _own(found: store.Timeline, film: str) -> Sequence[Entry]:
    """Return the entries of *film*, each once: those with a day by that, then the others."""
    dated = sorted((*found.past, *found.coming), key=lambda entry: (str(entry.shown), entry.key))
    own = {
        entry.key: entry
        for entry in (*dated, *reversed(found.overdue), *found.undated)
        if entry.key.film == film  # a day that fell through is listed with the undated too
    }
    return list(own.values())


def _others(found: store.Timeline, film: str, moment: Moment) -> Sequence[Line]:
    """Return the lines of what follows *film*."""
    today = moment.today
    lines = [Line.on_its_day(entry, today) for entry in (*reversed(found.past), *found.coming)]
    lines += [Line.by_its_date(entry, today) for entry in (*found.overdue, *found.undated)]
    return [line for line in lines if line.entry.key.film != film]


def _cited(found: store.Timeline) -> Sequence[Source]:
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
