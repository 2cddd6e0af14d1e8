"""Changes of dates, newest first: a page for people, Atom for readers, JSON for programs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.core.dates import PartialDate
from releasecal.formats import changes_atom, changes_json
from releasecal.queries.change_query import ChangeQuery
from releasecal.regions import regions
from releasecal.web.http.conditional import Representation, tag
from releasecal.web.pages import answer, render
from releasecal.web.responses import Responses, SiteState, add_route
from releasecal.web.services import Services

_MAX = 200  # changes in a response; it links to the next ones


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)

    @routes.get("/changes")
    def page() -> Response:
        query = _query(services)
        make = partial(_page, services, query)
        return answer(services, responses, f"/changes?{query.canonical}", make)

    for path, endpoint, content_type, make in (
        ("/changes.atom", "atom_", changes_atom.CONTENT_TYPE, _atom),
        ("/changes.json", "json_", changes_json.CONTENT_TYPE, _json),
    ):
        view = partial(_answer, services, responses, path, content_type, make)
        add_route(routes, path, endpoint, view)
    return routes


def _query(services: Services) -> ChangeQuery:
    return ChangeQuery.parse(request.args.items(multi=True), services.vocabulary)


def _titles(services: Services, query: ChangeQuery) -> list[str]:
    """Return the titles of the films and series that *query* names."""
    facts = services.store
    titles = [*facts.titles(query.film).values()] if query.film else []
    return titles + [facts.series(id_) or id_ for id_ in query.series]


def _regions(query: ChangeQuery) -> list[str]:
    return [regions().get(code, code) for code in query.region]


def _page(services: Services, query: ChangeQuery, state: SiteState) -> str:
    found = services.store.log(query, most=_MAX)
    days = groupby(found.records, lambda record: record.change.at.date())
    newest = replace(query, before=None)
    return render(
        services,
        state,
        "changes.html",
        days=[(PartialDate.of_day(day), list(records)) for day, records in days],
        query=query,
        of=_titles(services, query),
        regions=_regions(query),
        is_narrow=replace(query, added=False) != ChangeQuery(),
        since=query.since if isinstance(query.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not query.added).limits,
        older=found.older,
        sources=found.sources,
    )


def _atom(services: Services, query: ChangeQuery, state: SiteState) -> bytes:
    site = services.site
    found = services.store.log(query, most=_MAX)
    changes = tuple((record.id, record.change) for record in found.records)
    return changes_atom.render(
        changes_atom.Bulletin(
            site,
            title=" · ".join(
                [f"{site.name}: changes", *_titles(services, query), *_regions(query)]
            ),
            query=query.canonical,
            changes=changes,
            sources=found.sources,
            updated=changes[0][1].at if changes else state.head.published,
            older=found.older,
        )
    )


def _json(services: Services, query: ChangeQuery, _: SiteState) -> bytes:
    return changes_json.render(services.store.log(query, most=_MAX), services.site)


def _answer(
    services: Services,
    responses: Responses,
    path: str,
    content_type: str,
    make: Callable[[Services, ChangeQuery, SiteState], bytes],
) -> Response:
    query = _query(services)
    address = f"{path}?{query.canonical}" if query.canonical else path

    def represent(state: SiteState) -> Representation:
        body = make(services, query, state)
        at = services.site.url + address
        return Representation(body, content_type, tag(body), state.head.published, at)

    return responses.answer(address, represent)
