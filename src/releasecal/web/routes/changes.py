"""What moved, newest first: a page for people, Atom for readers, JSON for programs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.core.dates import PartialDate
from releasecal.formats import changes_atom, changes_json
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog
from releasecal.regions import regions
from releasecal.store import change_records, film_records
from releasecal.web.http.cache import Document, Moment, tag
from releasecal.web.pages import answer, render
from releasecal.web.routes.feeds import add_route, respond
from releasecal.web.services import Services

_MAX = 200  # changes in an answer; it names the address of the next ones


def blueprint(services: Services) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)

    @routes.get("/changes")
    def page() -> Response:
        query = _query(services)
        return answer(services, f"/changes?{query.canonical}", partial(_page, services, query))

    for path, endpoint, content_type, make in (
        ("/changes.atom", "atom_", changes_atom.CONTENT_TYPE, _atom),
        ("/changes.json", "json_", changes_json.CONTENT_TYPE, _json),
    ):
        add_route(routes, path, endpoint, partial(_answer, services, path, content_type, make))
    return routes


def _query(services: Services) -> ChangeQuery:
    return ChangeQuery.parse(request.args.items(multi=True), services.vocabulary)


def _found(services: Services, query: ChangeQuery) -> tuple[ChangeLog, list[str]]:
    """Return the changes that *query* selects, and the titles of its films and series."""
    with services.publisher.store.reading() as facts:
        titles = [*film_records.titles(facts, query.film).values()] if query.film else []
        titles += [film_records.series_title(facts, id_) or id_ for id_ in query.series]
        return change_records.log(facts, query, most=_MAX), titles


def _regions(query: ChangeQuery) -> list[str]:
    return [regions().get(code, code) for code in query.region]


def _page(services: Services, query: ChangeQuery, moment: Moment) -> str:
    found, titles = _found(services, query)
    days = groupby(found.records, lambda record: record.change.at.date())
    newest = replace(query, before=None)
    return render(
        services,
        moment,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        query=query,
        of=titles,
        regions=_regions(query),
        is_narrow=replace(query, added=False) != ChangeQuery(),
        since=query.since if isinstance(query.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not query.added).limits,
        older=found.older,
        sources=found.sources,
    )


def _atom(services: Services, query: ChangeQuery, moment: Moment) -> bytes:
    site = services.publisher.site
    found, titles = _found(services, query)
    changes = tuple((record.id, record.change) for record in found.records)
    return changes_atom.render(
        changes_atom.Bulletin(
            site,
            title=" · ".join([f"{site.name}: changes", *titles, *_regions(query)]),
            query=query.canonical,
            changes=changes,
            sources=found.sources,
            updated=changes[0][1].at if changes else moment.head.published,
            older=found.older,
        )
    )


def _json(services: Services, query: ChangeQuery, _: Moment) -> bytes:
    return changes_json.render(
        services.publisher.store.ask(change_records.log, query, most=_MAX), services.publisher.site
    )


def _answer(
    services: Services,
    path: str,
    content_type: str,
    make: Callable[[Services, ChangeQuery, Moment], bytes],
) -> Response:
    query = _query(services)
    address = f"{path}?{query.canonical}" if query.canonical else path

    def document(moment: Moment) -> Document:
        body = make(services, query, moment)
        at = services.publisher.site.url + address
        return Document(body, content_type, tag(body), moment.head.published, at)

    return respond(services, services.documents.find(address, document))
