"""Feeds over HTTP: the query from the request, the feed from the store, the format by its ending."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request

from releasecal.core.graphemes import beginning
from releasecal.errors import SelectionError
from releasecal.formats import FORMATS, UNDO, Format, feed_atom
from releasecal.queries.feed_paths import NAMED
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import (
    DOWNLOAD,
    PARAMETERS,
    Undated,
    given,
    present,
    wants_download,
)
from releasecal.queries.query_token import unpack
from releasecal.queries.results import PUBLIC, Feed, FeedPlace
from releasecal.store import answering_queries
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, filename, hub_links, tag
from releasecal.web.http.private_answers import ACCESS, below
from releasecal.web.private_paths import selection
from releasecal.web.services import Services

_AS_GIVEN = "this address is of one selection: ask the operator for another one"
_AS_IT_IS = "a feed with a name is as it is: ask /calendar for another selection"


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)
    answer = partial(_answer, services, responses)
    for ending, form in FORMATS.items():
        views: dict[str, tuple[str, Callable[..., Response]]] = {
            f"/calendar.{ending}": ("everything", _everything),
            f"/films/<film>.{ending}": ("of_film", partial(_within, "films")),
            f"/series/<series>.{ending}": ("of_series", partial(_within, "series")),
            f"/kinds/<kind>.{ending}": ("of_kind", partial(_within, "kinds")),
            f"/kinds/<kind>/<region>.{ending}": ("of_kind_and_region", partial(_within, "kinds")),
            f"/regions/<region>.{ending}": ("of_region", partial(_within, "regions")),
            f"/{NAMED}/<name>.{ending}": ("named", _named),
            f"/c/<token>/<name>.{ending}": ("of_token", _of_token),
            f"/films/<film>/<release>.{ending}": ("of_release", partial(_of_release, responses)),
        }
        for address, (name, view) in views.items():
            add_route(routes, address, f"{name}_{ending}", partial(view, services, answer, form))
    add_route(routes, "/undo.ics", "undo", lambda: answer("/undo", _query(services), UNDO))
    return routes


_Answer = Callable[[str, FeedQuery, Format], Response]


def _answer(
    services: Services, responses: Responses, path: str, query: FeedQuery, form: Format
) -> Response:
    if query.as_of and form.is_followed:
        raise SelectionError("as-of: what is followed is of now (ask for .json or .csv)")
    record = request.environ.get(ACCESS)
    place = FeedPlace(below(request.environ), is_whole=bool(record.query)) if record else PUBLIC
    return responses.answer(
        f"{path}.{form.extension}?{query.canonical}",
        partial(represent, services, path, query, form, place=place),
        download=wants_download(request.args.items(multi=True)),
    )


def _everything(services: Services, answer: _Answer, form: Format) -> Response:
    record = request.environ.get(ACCESS)
    only = selection(record) if record else None
    if only:
        given(request.args.items(multi=True), [DOWNLOAD], dict.fromkeys(PARAMETERS, _AS_GIVEN))
    return answer("/calendar", only or _query(services), form)


def _within(
    folder: str, services: Services, answer: _Answer, form: Format, **parts: str
) -> Response:
    """Answer with a feed of what the *parts* of a path select, by the names of parameters."""
    # A calendar program may not follow a redirect: a former address has the same feed.
    now = {name: _present(services, name, part) for name, part in parts.items()}
    _check_within(parts, now)
    only: dict[str, Any] = {name: (part,) for name, part in now.items()}
    return answer("/".join(["", folder, *now.values()]), replace(_query(services), **only), form)


def _present(services: Services, name: str, part: str) -> str:
    """Return the present value of the parameter *name* that *part* of a path stands for."""
    known = services.vocabulary
    if name in ("film", "series"):
        if not known[name](part):
            abort(404, f"there is no {name} {part!r}; the addresses of pages have the ids")
        return present(part, known[name])
    try:
        (value,) = getattr(FeedQuery.parse([(name, part)], known), name)
    except SelectionError as error:
        abort(404, str(error))
    except ValueError:
        abort(404, f"there is no {name} {part!r}; it takes one")
    return str(value)


def _named(services: Services, answer: _Answer, form: Format, name: str) -> Response:
    found = [feed.query for feed in services.feeds if feed.name == name]
    if not found:
        abort(404, f"there is no feed called {name!r}")
    given(request.args.items(multi=True), [DOWNLOAD], dict.fromkeys(PARAMETERS, _AS_IT_IS))
    return answer(f"/{NAMED}/{name}", found[0], form)


def _of_token(
    services: Services,
    answer: _Answer,
    form: Format,
    token: str,
    name: str,  # noqa: ARG001 - for people, and Thunderbird
) -> Response:
    pairs = [*_unpacked(token), *request.args.items(multi=True)]
    return answer("/calendar", FeedQuery.parse(pairs, services.vocabulary), form)


def _unpacked(token: str) -> list[tuple[str, str]]:
    try:
        return unpack(token)
    except ValueError:
        abort(404, "This address is cut off or damaged: copy it from the page once more, whole.")


def _of_release(
    responses: Responses, services: Services, _: _Answer, form: Format, film: str, release: str
) -> Response:
    now = present(film, services.vocabulary["film"])
    query = replace(_query(services), film=(now,), undated=Undated.SPAN)
    return responses.answer(
        f"/films/{now}/{release}.{form.extension}?{query.canonical}",
        partial(_one_release, services, f"{now}.{release}", query, form),
        download=True,
    )


def represent(  # noqa: PLR0913 - what is asked for, where, and of what
    services: Services,
    path: str,
    query: FeedQuery,
    form: Format,
    state: SiteState,
    *,
    place: FeedPlace = PUBLIC,
) -> Representation:
    """
    Return the feed that answers *query* at *path*, without an ending, in the format *form*.

    Its address is below *place*.
    """
    # Events that are rendered ahead have public links, which lead a holder of the site nowhere.
    is_inside = bool(place.below) and not place.is_whole
    rendered = form.takes_rendered and not is_inside
    find = partial(answering_queries.feed, undated=form.has_undated, rendered=rendered)
    feed = services.store.ask(
        answering_queries.undo if form is UNDO else find,
        query,
        path=path,
        site=services.site,
        today=state.today,
    )
    if is_inside:
        return _written(replace(feed, site=feed.site.below(place.below)), form)
    return _written(replace(feed, place=place), form)


def _one_release(
    services: Services, release: str, query: FeedQuery, form: Format, state: SiteState
) -> Representation:
    """Return the *release*, named by its key, alone; it has a day, or a month or the like."""
    path = f"/films/{release.replace('.', '/', 1)}"
    find = partial(
        answering_queries.feed, path=path, undated=False, site=services.site, today=state.today
    )
    feed = services.store.ask(find, query)
    entries = tuple(entry for entry in feed.entries if str(entry.key) == release)
    if not entries:
        abort(404, "There is no such release with a date; the film's page has those there are.")
    details = entries[0].facts.release
    title = f"{feed.title} · {details.kind.category} {details.key.region}"
    return _written(replace(feed, title=title, entries=entries), form)


def _written(feed: Feed, form: Format) -> Representation:
    body, is_atom = form.render(feed), form.extension == "atom"
    return Representation(
        body=body,
        content_type=form.content_type,
        etag=tag(body),
        changed=feed.changed,
        address=feed.address(form.extension),
        filename=_filename(feed, form),
        headers=hub_links(feed_atom.hubs(feed), feed.address("atom")) if is_atom else (),
    )


def _filename(feed: Feed, form: Format) -> str:
    title = f"{feed.title} - undo" if form is UNDO else feed.title
    return filename(title, form.extension)


def _query(services: Services) -> FeedQuery:
    return FeedQuery.parse(request.args.items(multi=True), services.vocabulary)


def _check_within(parts: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise SelectionError if a parameter does more than repeat what is in the path."""
    for name, value in given(request.args.items(multi=True), list(parts)).items():
        if {*value.split(",")} not in ({parts[name]}, {now[name]}):
            raise SelectionError(
                f"{name}: this address is of {parts[name]} alone"
                f" (ask /calendar for {name}={beginning(value, 80)})"
            )
