"""What moved, newest first: a page for people, Atom for readers, JSON for programs."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.core.dates import PartialDate
from releasecal.formats import CHANGE_FORMATS, ChangeFormat
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog
from releasecal.store import change_records
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

    for form in CHANGE_FORMATS.values():
        path = f"/changes.{form.extension}"
        add_route(routes, path, f"{form.extension}_", partial(_answer, services, path, form))
    return routes


def _query(services: Services) -> ChangeQuery:
    return ChangeQuery.parse(request.args.items(multi=True), services.vocabulary)


def _page(services: Services, query: ChangeQuery, moment: Moment) -> str:
    found = _log(services, query)
    days = groupby(found.records, lambda record: record.change.at.date())
    newest = replace(query, before=None)
    return render(
        services,
        moment,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        query=query,
        of=found.titles,
        regions=found.regions,
        is_narrow=replace(query, added=False) != ChangeQuery(),
        since=query.since if isinstance(query.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not query.added).limits,
        older=found.older,
        sources=found.sources,
    )


def _log(services: Services, query: ChangeQuery) -> ChangeLog:
    store, site = services.publisher.store, services.publisher.site
    return store.ask(change_records.log, query, site=site, most=_MAX)


def _answer(services: Services, path: str, form: ChangeFormat) -> Response:
    query = _query(services)
    address = f"{path}?{query.canonical}" if query.canonical else path

    def document(moment: Moment) -> Document:
        body = form.render(_log(services, query))
        at = services.publisher.site.url + address
        return Document(body, form.content_type, tag(body), moment.head.published, at)

    return respond(services, services.documents.find(address, document))
