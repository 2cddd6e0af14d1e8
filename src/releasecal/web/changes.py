"""What moved, newest first: a page for people, Atom for readers, JSON for programs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.dates import PartialDate
from releasecal.formats import atom, log
from releasecal.logs import LogSpec
from releasecal.regions import regions
from releasecal.web.calendars import add_route, respond
from releasecal.web.documents import Document, Moment, tag
from releasecal.web.pages import answer, render
from releasecal.web.site import Site

_MOST = 200  # changes in an answer; it names the address of the next ones


def blueprint(site: Site) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)

    @routes.get("/changes")
    def page() -> Response:
        spec = _spec(site)
        return answer(site, f"/changes?{spec.query}", partial(_page, site, spec))

    for path, endpoint, content_type, make in (
        ("/changes.atom", "atom_", atom.CONTENT_TYPE, _atom),
        ("/changes.json", "json_", log.CONTENT_TYPE, _json),
    ):
        add_route(routes, path, endpoint, partial(_answer, site, path, content_type, make))
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
    site: Site, path: str, content_type: str, make: Callable[[Site, LogSpec, Moment], bytes]
) -> Response:
    spec = _spec(site)
    address = f"{path}?{spec.query}" if spec.query else path

    def document(moment: Moment) -> Document:
        body = make(site, spec, moment)
        at = site.publisher.imprint.url + address
        return Document(body, content_type, tag(body), moment.head.published, at)

    return respond(site, site.documents.find(address, document))
