"""Changes of dates, newest first: a page for people, Atom for readers, JSON for programs."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.core.dates import PartialDate
from releasecal.core.languages import ENGLISH
from releasecal.formats import CHANGE_FORMATS, ChangeFormat
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog
from releasecal.store import change_log
from releasecal.web.http.conditional import Representation, tag
from releasecal.web.responses import Responses, SiteState, add_route
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services

MAX = 200
"""Changes in a response; it links to the next ones."""


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)

    @routes.get("/changes")
    def page() -> Response:
        query = _query(services)
        make = partial(_page, services, query)
        return answer(services, responses, f"/changes?{query.canonical}", make)

    for form in CHANGE_FORMATS.values():
        path = f"/changes.{form.extension}"
        view = partial(_answer, services, responses, path, form)
        add_route(routes, path, f"{form.extension}_", view)
    return routes


def _query(services: Services) -> ChangeQuery:
    return ChangeQuery.parse(request.args.items(multi=True), services.vocabulary)


def _page(services: Services, query: ChangeQuery, state: SiteState) -> str:
    found = _log(services, query)
    days = groupby(found.records, lambda record: record.change.at.date())
    newest = replace(query, before=None)
    return render(
        services,
        state,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        query=query,
        of=found.titles,
        regions=found.regions,
        is_narrow=replace(query, added=False, lang=ENGLISH.code) != ChangeQuery(),
        since=query.since if isinstance(query.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not query.added).limits,
        older=found.older_limits,
        sources=found.sources,
    )


def _log(services: Services, query: ChangeQuery) -> ChangeLog:
    return services.store.ask(change_log.log, query, site=services.site, most=MAX)


def _answer(services: Services, responses: Responses, path: str, form: ChangeFormat) -> Response:
    query = _query(services)
    address = f"{path}?{query.canonical}" if query.canonical else path

    def represent(state: SiteState) -> Representation:
        body = form.render(_log(services, query))
        at = services.site.url + address
        return Representation(body, form.content_type, tag(body), state.head.published, at)

    return responses.answer(address, represent)
