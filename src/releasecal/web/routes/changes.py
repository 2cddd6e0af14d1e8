"""Changes of dates, newest first: a page for people, Atom for readers, JSON for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, Response, request

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.changes_between_editions import steps_before
from releasecal.core.dates import PartialDate
from releasecal.core.languages import ENGLISH
from releasecal.formats import CHANGE_FORMATS, ChangeFormat
from releasecal.formats.changes_atom import hubs, topic
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Connection, change_log, film_queries, newest_edition
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, hub_links, tag
from releasecal.web.http.private_answers import below
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services

MAX = 200
"""Changes in a response; it links to the next ones."""

_MAX_ON_PAGE = 100
_FIELDS = ("kind", "region", "series", "change")  # of the form
_MAX_TOLD = 40  # releases that moved before they were published
_MAX_SEARCHED = 400  # of those, where only some kinds of change are asked for


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/changes``, ``/changes.atom`` and ``/changes.json``."""
    routes = Blueprint("changes", __name__)

    @routes.get("/changes")
    def page() -> Response:
        query = _query(services, is_form=True)
        make = partial(_page, services, responses, query)
        return answer(services, responses, f"/changes?{query.canonical}", make)

    for form in CHANGE_FORMATS.values():
        path = f"/changes.{form.extension}"
        view = partial(_answer, services, responses, path, form)
        add_route(routes, path, f"{form.extension}_", view)
    return routes


def _query(services: Services, *, is_form: bool = False) -> ChangeQuery:
    """Return the query of the request; a form sends its empty fields, too."""
    pairs = request.args.items(multi=True)
    asked = [pair for pair in pairs if pair[1].strip() or not (is_form and pair[0] in _FIELDS)]
    return ChangeQuery.parse(asked, services.vocabulary)


def _page(services: Services, responses: Responses, query: ChangeQuery, state: SiteState) -> str:
    with services.store.reading() as facts:
        found = change_log.log(facts, query, site=services.site, most=min(MAX, _MAX_ON_PAGE))
        told = _told_before(facts, found)
        days, before = _by_day(record.change for record in found.records), _by_day(told)
        sources = newest_edition.sources(
            facts, [*found.sources, *(step.new.source for step in told)]
        )
        changes = (*(record.change for record in found.records), *told)
        channels = film_queries.channel_names(facts, {each.key.channel for each in changes})
    newest = replace(query, before=None)
    return render(
        services,
        state,
        "changes.html",
        days=days,
        before=before,
        query=query,
        fields=_FIELDS,
        kinds_of_change=ChangeKind,
        choices=responses.choices(state),
        of=found.titles,
        regions=found.regions,
        is_narrow=replace(query, added=False, lang=ENGLISH.code) != ChangeQuery(),
        since=query.since if isinstance(query.since, datetime) else None,
        narrowed=newest.limits,
        other=replace(newest, added=not query.added).limits,
        older=found.older_limits,
        sources=sources,
        channels=channels,
    )


def _told_before(facts: Connection, found: ChangeLog) -> tuple[Change, ...]:
    """
    Return what had been announced before the releases of a log were published, newest first.

    It follows the last change of the log, so a page with older ones behind it has none.
    """
    if found.has_more or found.query.since is not None:
        return ()
    wanted = found.query.changes
    most = _MAX_SEARCHED if wanted else _MAX_TOLD
    entries = change_log.told_before(facts, found.query, most)
    steps = (step for entry in entries for step in steps_before(entry))
    told = (step for step in steps if not wanted or step.kind in wanted)
    return tuple(sorted(told, key=lambda step: step.at, reverse=True)[: 2 * _MAX_ON_PAGE])


_Films = Sequence[tuple[str, Sequence[Change]]]


def _by_day(changes: Iterable[Change]) -> Sequence[tuple[PartialDate, _Films]]:
    """Return *changes*, newest first, by their days, and those of a day by their films."""
    found = []
    for day, some in groupby(changes, lambda change: change.at.date()):
        films: dict[str, list[Change]] = {}
        for change in some:
            films.setdefault(change.key.film, []).append(change)
        found.append((PartialDate.of_day(day), list(films.items())))
    return found


def _site(services: Services) -> SiteSettings:
    """Return the site as whoever asks finds it."""
    return services.site.below(below(request.environ))


def _log(services: Services, query: ChangeQuery) -> ChangeLog:
    return services.store.ask(change_log.log, query, site=_site(services), most=MAX)


def _answer(services: Services, responses: Responses, path: str, form: ChangeFormat) -> Response:
    query = _query(services)
    address = f"{path}?{query.canonical}" if query.canonical else path

    def represent(state: SiteState) -> Representation:
        body = form.render(_log(services, query))
        site = _site(services)
        named = hubs(site, query) if form.extension == "atom" else ()
        links = hub_links(named, topic(site, query))
        published = state.head.published
        at = site.url + address
        return Representation(body, form.content_type, tag(body), published, at, headers=links)

    return responses.answer(address, represent)
