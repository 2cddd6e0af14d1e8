"""What moved, newest first: a page for people, Atom for readers, JSON for programs."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.dates import PartialDate
from releasecal.errors import StoreError
from releasecal.formats import atom, log
from releasecal.logs import LogSpec
from releasecal.regions import regions
from releasecal.web.calendars import respond
from releasecal.web.pages import answer, render
from releasecal.web.pages.shelf import Moment, Shelf
from releasecal.web.site import Site

_MOST = 200  # changes in an answer; it names the address of the next ones

_log = logging.getLogger(__name__)


def blueprint(site: Site) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)
    shelf = Shelf(site)

    @routes.get("/changes")
    def page() -> Response:
        spec = _spec(site)
        return answer(site, shelf, f"/changes?{spec.query}", partial(_page, site, spec))

    @routes.get("/changes.atom")
    def atom_() -> Response:
        return _answer(site, shelf, _atom, atom.CONTENT_TYPE)

    @routes.get("/changes.json")
    def json_() -> Response:
        return _answer(site, shelf, _json, log.CONTENT_TYPE)

    return routes


def _spec(site: Site) -> LogSpec:
    return LogSpec.parse(request.args.items(multi=True), site.publisher.known)


def _titles(site: Site, spec: LogSpec) -> list[str]:
    """Return the titles of the films and series that *spec* selects."""
    facts = site.publisher.store
    titles = [*facts.titles(spec.film).values()] if spec.film else []
    return titles + [facts.series(id_) or id_ for id_ in spec.series]


def _regions(spec: LogSpec) -> list[str]:
    return [regions().get(code, code) for code in spec.region]


def _page(site: Site, spec: LogSpec, moment: Moment) -> str:
    found = site.publisher.store.log(spec, most=_MOST)
    days = groupby(found.records, lambda record: record.change.at.date())
    newest = replace(spec, before=None)
    return render(
        site,
        moment,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        spec=spec,
        of=_titles(site, spec),
        regions=_regions(spec),
        is_narrow=replace(spec, added=False) != LogSpec(),
        since=spec.since if isinstance(spec.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not spec.added).limits,
        older=found.older,
        sources=found.sources,
    )


def _atom(site: Site, spec: LogSpec, moment: Moment) -> bytes:
    imprint = site.publisher.imprint
    found = site.publisher.store.log(spec, most=_MOST)
    changes = tuple((record.id, record.change) for record in found.records)
    return atom.render(
        atom.Bulletin(
            imprint,
            title=" · ".join([f"{imprint.name}: changes", *_titles(site, spec), *_regions(spec)]),
            query=spec.query,
            changes=changes,
            sources=found.sources,
            updated=changes[0][1].at if changes else moment.head.published,
            older=found.older,
        )
    )


def _json(site: Site, spec: LogSpec, _: Moment) -> bytes:
    return log.render(site.publisher.store.log(spec, most=_MOST), site.publisher.imprint)


def _answer(
    site: Site,
    shelf: Shelf,
    make: Callable[[Site, LogSpec, Moment], bytes],
    content_type: str,
) -> Response:
    spec = _spec(site)
    try:
        key = request.path, spec.query
        document = shelf.get(key, content_type, partial(make, site, spec))
    except StoreError as error:
        _log.error("%s", error)  # its details are nobody else's
        return _unavailable()
    return respond(document, site.terms)


def _unavailable() -> Response:
    """Return that there is no database, as plain text whatever the client would like to read."""
    text = "The database cannot be used now. Please try again in a minute.\n"
    response = Response(
        text, HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain; charset=utf-8"
    )
    response.cache_control.no_store = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Retry-After"] = "60"
    return response
