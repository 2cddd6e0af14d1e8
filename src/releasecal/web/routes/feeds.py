"""Feeds over HTTP: the query from the request, the feed from the store, the format by its ending."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request

from releasecal.core.graphemes import beginning
from releasecal.errors import SelectionError
from releasecal.formats import FORMATS, UNDO, Format
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Undated, given, present, wants_download
from releasecal.queries.query_token import unpack
from releasecal.queries.results import Feed
from releasecal.store import results
from releasecal.web.http.conditional import Representation, filename, tag
from releasecal.web.responses import Responses, SiteState, add_route
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)
    answer = partial(_answer, services, responses)
    for ending, form in FORMATS.items():
        views: dict[str, tuple[str, Callable[..., Response]]] = {
            f"/calendar.{ending}": ("everything", _everything),
            f"/films/<id_>.{ending}": ("of_film", partial(_of_one, "film", "films")),
            f"/series/<id_>.{ending}": ("of_series", partial(_of_one, "series", "series")),
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
        raise SelectionError("as-of: a calendar that is followed is of now (ask for .json)")
    return responses.answer(
        f"{path}.{form.extension}?{query.canonical}",
        partial(represent, services, path, query, form),
        download=wants_download(request.args.items(multi=True)),
    )


def _everything(services: Services, answer: _Answer, form: Format) -> Response:
    return answer("/calendar", _query(services), form)


def _of_one(  # noqa: PLR0913, PLR0917 - the row of a table, and the id that was asked for
    name: str, folder: str, services: Services, answer: _Answer, form: Format, id_: str
) -> Response:
    known = services.vocabulary[name]
    if not known(id_):
        abort(404, f"there is no {name} {id_!r}; the addresses of pages have the ids")
    # A calendar program may not follow a redirect: a former address has the same feed.
    now = present(id_, known)
    only: Any = {name: (now,)}
    _check_within(name, id_)
    return answer(f"/{folder}/{now}", replace(_query(services), **only), form)


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


def represent(
    services: Services, path: str, query: FeedQuery, form: Format, state: SiteState
) -> Representation:
    """Return the feed that answers *query* at *path*, without an ending, in the format *form*."""
    find = partial(results.feed, undated=form.has_undated, rendered=form.takes_rendered)
    feed = services.store.ask(
        results.undo if form is UNDO else find,
        query,
        path=path,
        site=services.site,
        today=state.today,
    )
    return _written(feed, form)


def _one_release(
    services: Services, release: str, query: FeedQuery, form: Format, state: SiteState
) -> Representation:
    """Return the *release*, named by its key, alone; it has a day, or a month or the like."""
    path = f"/films/{release.replace('.', '/', 1)}"
    find = partial(results.feed, path=path, undated=False, site=services.site, today=state.today)
    feed = services.store.ask(find, query)
    entries = tuple(entry for entry in feed.entries if str(entry.key) == release)
    if not entries:
        abort(404, "There is no such release with a date; the film's page has those there are.")
    details = entries[0].facts.release
    title = f"{feed.title} · {details.kind.category} {details.key.region}"
    return _written(replace(feed, title=title, entries=entries), form)


def _written(feed: Feed, form: Format) -> Representation:
    body = form.render(feed)
    return Representation(
        body=body,
        content_type=form.content_type,
        etag=tag(body),
        changed=feed.changed,
        address=feed.address(form.extension),
        filename=_filename(feed, form),
    )


def _filename(feed: Feed, form: Format) -> str:
    title = f"{feed.title} - undo" if form is UNDO else feed.title
    return filename(title, form.extension)


def _query(services: Services) -> FeedQuery:
    return FeedQuery.parse(request.args.items(multi=True), services.vocabulary)


def _check_within(name: str, path: str) -> None:
    """Raise SelectionError if a parameter *name* does more than repeat the id in *path*."""
    named = given(request.args.items(multi=True), [name]).get(name, path)
    if {*named.split(",")} != {path}:
        raise SelectionError(
            f"{name}: this address is of {path} alone (ask /calendar for {name}={beginning(named, 80)})"
        )
