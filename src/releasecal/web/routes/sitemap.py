"""``/sitemap.xml``: the pages for search engines, each with the day of its last change."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template

from releasecal.store import site_map
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, tag
from releasecal.web.services import Services

MAX = 40_000
"""Films in one file, at most; it may have 50,000 pages (sitemaps.org), and series are some, too."""

_MAX_PARTS = 50_000  # files that an index may name (sitemaps.org)
_PAGES = ("/", "/films", "/series", "/slips", "/changes", "/sources")


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the sitemap and its parts."""
    routes = Blueprint("sitemap", __name__)

    def answer(path: str, make: Callable[[SiteState], str]) -> Response:
        return responses.answer(path, partial(_represent, make))

    def part(number: int) -> Response:
        return answer(f"/sitemap-{number}.xml", partial(_part, services, number))

    add_route(
        routes, "/sitemap.xml", "whole", partial(answer, "/sitemap.xml", partial(_whole, services))
    )
    add_route(routes, "/sitemap-<int:number>.xml", "part", part)
    return routes


def _represent(make: Callable[[SiteState], str], state: SiteState) -> Representation:
    body = make(state).encode()
    return Representation(body, "application/xml", tag(body), state.head.published)


def _whole(services: Services, state: SiteState) -> str:
    """Return the map, or that of its parts if it is too long."""
    parts = -(-services.store.ask(site_map.count) // MAX)
    if parts < 2:
        return _part(services, 1, state)
    paths = (f"/sitemap-{number}.xml" for number in range(1, parts + 1))
    locations = [(services.site.url + path, state.head.published) for path in paths]
    return render_template("sitemap.xml", locations=locations, is_index=True)


def _part(services: Services, number: int, state: SiteState) -> str:
    """Return part *number* of the films; the first one has all other pages, too."""
    is_part = 0 < number <= _MAX_PARTS
    films = services.store.ask(site_map.films, (number - 1) * MAX, MAX) if is_part else []
    if not films and number != 1:
        abort(404, "There is no such part of the sitemap; /sitemap.xml names those there are.")
    base = services.site.url
    locations = [(base + path, state.head.published) for path in _PAGES] if number == 1 else []
    if number == 1:
        locations += _located(f"{base}/series", services.store.ask(site_map.series))
    locations += _located(f"{base}/films", films)
    return render_template("sitemap.xml", locations=locations)


def _located(folder: str, found: Iterable[site_map.Changed]) -> list[tuple[str, datetime]]:
    return [(f"{folder}/{quote(each.id)}", each.at) for each in found]
