"""The API for programs: films, releases, changes, sources and selections, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import NothingPublished, SelectionError
from releasecal.formats.api_item_types import (
    ChangePage,
    FilmAnswer,
    FilmPage,
    ReleasePage,
    SelectionPage,
    SiteAnswer,
    SourcePage,
)
from releasecal.formats.feed_reader_entries import attributions
from releasecal.formats.item_making import change_item, film_item, release_item, source_item
from releasecal.formats.json_text import json_text
from releasecal.formats.release_item_types import Item
from releasecal.queries.api_query import (
    CHANGING,
    MAX_SIZE,
    OF_FILMS,
    PAGING,
    SELECTING,
    SIZE,
    SPEAKING,
    Cursor,
    ListMoved,
    PageQuery,
    begun_at,
)
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery, written_query
from releasecal.queries.parameters import Parameter, present
from releasecal.store import Connection, api_pages, change_log, film_queries, newest_edition
from releasecal.store.api_pages import ReleasePlace
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Header, Representation, tag
from releasecal.web.http.private_answers import below
from releasecal.web.pages.offered_selections import offered_selections
from releasecal.web.pages.translations import msgid
from releasecal.web.services import Services

_MAX_DIGITS = 15  # of a number that every database can compare

ROOT = "/api/v1"
"""The path of the API; another version would have another one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """
    A question that the API answers.

    Attributes:
        path: Behind `ROOT`.
        text: A line for people.
        answer: The record that answers it.
        parameters: Those of its query, by name.
        moves: Whether news can move the items of its list, so that it has to be begun anew.
    """

    path: str
    text: str
    answer: type[Item]
    parameters: Mapping[str, Parameter]
    moves: bool = False


OPERATIONS: Mapping[str, Operation] = {
    "site": Operation("/", msgid("The site, and what is published now"), SiteAnswer, {}),
    "films": Operation(
        "/films",
        msgid("All films, or those with a release that is selected, by id"),
        FilmPage,
        {**OF_FILMS, **PAGING},
    ),
    "film": Operation("/films/<film>", msgid("A film with its releases"), FilmAnswer, SPEAKING),
    "releases": Operation(
        "/releases",
        msgid("The releases that are selected, by day, those without any date last"),
        ReleasePage,
        {**SELECTING, **PAGING},
        moves=True,
    ),
    "changes": Operation(
        "/changes", msgid("Changes of dates, the newest first"), ChangePage, {**CHANGING, **PAGING}
    ),
    "sources": Operation(
        "/sources", msgid("The sources that dates cite, by id"), SourcePage, PAGING
    ),
    "selections": Operation(
        "/selections",
        msgid("Selections to subscribe to, by id, with their addresses in all formats"),
        SelectionPage,
        PAGING,
    ),
}
"""The questions that the API answers, by name."""


@dataclass(frozen=True, slots=True)
class _Found:
    """
    A part of a list.

    Attributes:
        behind: The place behind it; None if nothing is there.
        notices: Notices that the terms of its sources demand.
    """

    items: Sequence[Any]
    behind: Cursor | None
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """
    A request for a part of a list.

    Attributes:
        place: What stands in *cursor*, as the list orders its items; None for the beginning.
    """

    services: Services
    responses: Responses
    query: Any
    size: int
    cursor: Cursor | None
    place: Any

    def cut(self, found: Sequence[Any], at: Callable[[Any], Cursor]) -> tuple[Any, Cursor | None]:
        """Return as many of *found* as fit, and the place behind them, if there are others."""
        shown = found[: self.size]
        return shown, at(shown[-1]) if len(found) > self.size else None


@dataclass(frozen=True, slots=True)
class _List:
    """
    The way to a part of a list.

    Attributes:
        query: Reads the query that selects.
        place: Reads the place that a cursor is; ValueError if it cannot be one.
        find: Returns the part.
    """

    query: Callable[[Services, PageQuery], Any]
    place: Callable[[Cursor], Any]
    find: Callable[[_Asked, Connection, SiteState], _Found]


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the routes of the API."""
    routes = Blueprint("api", __name__)
    alone: Mapping[str, Callable[..., Response]] = {"site": _site, "film": _film}
    for name, operation in OPERATIONS.items():
        view = partial(alone.get(name) or partial(_page, name), services, responses)
        add_route(routes, ROOT + operation.path, name, view)
    # Without its slash only a right method would find that route, and another one nothing.
    add_route(routes, ROOT, "root", partial(_site, services, responses))
    return routes


def _of_reader(services: Services) -> Services:
    """Return *services* with addresses below the private path of the request, if it has one."""
    path = below(request.environ)
    url = f"{services.site.url}{path}"
    return replace(services, site=replace(services.site, public_url=url)) if path else services


def _page(name: str, services: Services, responses: Responses) -> Response:
    services = _of_reader(services)
    operation, way = OPERATIONS[name], _LISTS[name]
    page = PageQuery.parse(request.args.items(multi=True), operation.parameters)
    query = way.query(services, page)
    of = f"{ROOT}{operation.path}?{query.canonical if query else ''}"
    cursor, place = begun_at(page.cursor, of, way.place)
    asked = _Asked(services, responses, query, page.size, cursor, place)

    def make(state: SiteState, facts: Connection) -> Item:
        found = way.find(asked, facts, state)
        behind = found.behind
        following = _address(services, of, page.size, behind.pack(of)) if behind else None
        return operation.answer(items=tuple(found.items), next=following, **_notices(found))

    key = f"{of} {page.size} {page.cursor}".rstrip()
    address = _address(services, of, page.size, page.cursor)
    return _answer(services, responses, key, address, make)


def _notices(found: _Found) -> Mapping[str, Any]:
    return {"attribution": tuple(found.notices)} if found.notices else {}


def _address(services: Services, of: str, size: int, cursor: str) -> str:
    """Return the address of the page of the list *of* behind *cursor*."""
    path, _, asked = of.partition("?")
    paging = {"cursor": cursor} if cursor else {}
    paging |= {"size": str(size)} if size != SIZE else {}
    query = "&".join(filter(None, (asked, written_query(paging))))
    return f"{services.site.url}{path}{'?' if query else ''}{query}"


_Make = Callable[[SiteState, Connection], Item]


def _answer(
    services: Services, responses: Responses, key: str, address: str, make: _Make
) -> Response:
    # Whoever reads a list to its end needs each page once: the cache and the memory of dates
    # stay with those that are polled.
    is_first = "cursor=" not in address
    represent = partial(_represent, services, address, make, is_first=is_first)
    return responses.answer(key, represent, keep=is_first, note=is_first)


def _represent(
    services: Services, address: str, make: _Make, state: SiteState, *, is_first: bool
) -> Representation:
    if state.head.number == 0:
        raise NothingPublished("nothing has been published yet")
    with services.store.reading() as facts:
        answer = make(state, facts)
    body = json_text(answer) + b"\n"
    following = getattr(answer, "next", None)
    links: list[Header] = [("Link", f'<{following}>; rel="next"')] if following else []
    changed = state.head.published if is_first else None
    return Representation(
        body, "application/json", tag(body), changed, address, headers=links, is_of_api=True
    )


def _site(services: Services, responses: Responses) -> Response:
    services = _of_reader(services)
    base = services.site.url

    def make(state: SiteState, _: Connection) -> SiteAnswer:
        paths = {
            name: f"{base}{ROOT}{each.path}" for name, each in OPERATIONS.items() if name != "film"
        }
        paths["openapi"] = f"{base}/openapi.json"
        return SiteAnswer(
            name=services.site.name,
            url=f"{base}/",
            edition=state.head.number,
            published=timestamp(state.head.published),
            addresses=paths,
        )

    return _answer(services, responses, f"{ROOT}/", f"{base}{ROOT}/", make)


def _film(services: Services, responses: Responses, film: str) -> Response:
    services = _of_reader(services)
    page = PageQuery.parse(request.args.items(multi=True), SPEAKING)
    query = FeedQuery.parse(page.rest, services.vocabulary)
    if not services.vocabulary["film"](film):
        abort(404, f"There is no film {film!r} (/api/v1/films has all, and takes q=)")
    id_ = present(film, services.vocabulary["film"])
    of = f"{ROOT}/films/{quote(id_)}?{query.canonical}"

    def make(state: SiteState, facts: Connection) -> FilmAnswer:
        releases = replace(query, film=(id_,))
        asked = _Asked(services, responses, releases, MAX_SIZE, None, None)
        found = _releases(asked, facts, state)
        own = f"{ROOT}/releases?{releases.canonical}"
        behind = found.behind
        return FilmAnswer(
            film=film_item(film_queries.films(facts, [id_])[id_], services.site),
            releases=tuple(found.items),
            next=_address(services, own, MAX_SIZE, behind.pack(own)) if behind else None,
            **_notices(found),
        )

    return _answer(services, responses, of, _address(services, of, SIZE, ""), make)


def _releases(asked: _Asked, facts: Connection, state: SiteState) -> _Found:
    head, cursor = newest_edition.head(facts), asked.cursor
    day = state.today
    if cursor:
        if cursor.edition != head.number:
            raise ListMoved("There is news since the first page of this list: begin it anew.")
        day = cursor.day or day
        if not head.published.date() <= day <= state.today:
            raise SelectionError("cursor: of no day of this list (try the address in next, whole)")
    most = asked.size + 1
    found = api_pages.releases(facts, asked.query, day, after=asked.place, most=most)
    shown, behind = asked.cut(found, lambda last: Cursor(_written(last.place), head.number, day))
    entries = [each.entry for each in shown]
    site, language = asked.services.site.stamped(head.rendering), asked.query.language
    return _Found(
        [release_item(entry, site, language) for entry in entries],
        behind,
        attributions(entries),
    )


def _films(asked: _Asked, facts: Connection, state: SiteState) -> _Found:
    after, most = asked.place or "", asked.size + 1
    ids = api_pages.film_ids(facts, asked.query, state.today, after=after, most=most)
    shown, behind = asked.cut(ids, lambda last: Cursor((last,)))
    films = film_queries.films(facts, shown)
    return _Found([film_item(film, asked.services.site) for film in films.values()], behind)


def _changes(asked: _Asked, facts: Connection, _: SiteState) -> _Found:
    site = asked.services.site
    query = replace(asked.query, before=asked.place)
    log = change_log.log(facts, query, site=site, most=asked.size)
    behind = Cursor((str(log.records[-1].id),)) if log.has_more else None
    notices = sorted({source.attribution for source in log.sources.values()} - {""})
    return _Found(
        [change_item(record, site, query.language) for record in log.records], behind, notices
    )


def _sources(asked: _Asked, facts: Connection, _: SiteState) -> _Found:
    found = api_pages.sources(facts, after=asked.place or "", most=asked.size + 1)
    shown, behind = asked.cut(found, lambda last: Cursor((last.id,)))
    return _Found([source_item(source) for source in shown], behind)


def _selections(asked: _Asked, _: Connection, state: SiteState) -> _Found:
    offered = offered_selections(asked.services, asked.responses.choices(state))
    found = [each for each in offered if each.id > (asked.place or "")]
    shown, behind = asked.cut(found, lambda last: Cursor((last.id,)))
    return _Found(shown, behind)


def _id(cursor: Cursor) -> str:
    (after,) = cursor.after
    return after


def _number(cursor: Cursor) -> int:
    (after,) = cursor.after
    is_number = after.isascii() and after.isdigit() and len(after) <= _MAX_DIGITS
    if not is_number or str(int(after)) != after:
        raise ValueError("no id of a change")
    return int(after)


def _written(place: ReleasePlace) -> tuple[str, str, str]:
    return str(place.part), place.day.isoformat(), place.key


def _release(cursor: Cursor) -> ReleasePlace:
    part, day, key = cursor.after
    if part not in ("0", "1", "2"):
        raise ValueError("no part of the list of releases")
    place = ReleasePlace(int(part), date.fromisoformat(day), key)
    if _written(place) != cursor.after:
        raise ValueError("an odd spelling of a day")
    return place


_LISTS: Mapping[str, _List] = {
    "films": _List(
        lambda services, page: FeedQuery.parse(page.rest, services.vocabulary), _id, _films
    ),
    "releases": _List(
        lambda services, page: FeedQuery.parse(page.rest, services.vocabulary), _release, _releases
    ),
    "changes": _List(
        lambda services, page: ChangeQuery.parse(page.rest, services.vocabulary), _number, _changes
    ),
    "sources": _List(lambda _services, _page: None, _id, _sources),
    "selections": _List(lambda _services, _page: None, _id, _selections),
}
