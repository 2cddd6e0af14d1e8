"""Feeds over HTTP: the query from the request, the feed from the store, the format by its ending."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request

from releasecal.core.graphemes import beginning
from releasecal.errors import SelectionError
from releasecal.formats import FORMATS, UNDO, Format
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import given, present, wants_download
from releasecal.queries.results import Feed
from releasecal.store import results
from releasecal.web.http.conditional import Representation, filename, tag
from releasecal.web.responses import Responses, SiteState, add_route
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)

    def answer(path: str, query: FeedQuery, form: Format) -> Response:
        if query.as_of and form.is_followed:
            raise SelectionError("as-of: a calendar that is followed is of now (ask for .json)")
        return responses.answer(
            f"{path}.{form.extension}?{query.canonical}",
            partial(represent, services, path, query, form),
            download=wants_download(request.args.items(multi=True)),
        )

    def everything(form: Format) -> Response:
        return answer("/calendar", _query(services), form)

    def of_one(name: str, folder: str, form: Format, id_: str) -> Response:
        known = services.vocabulary[name]
        if not known(id_):
            abort(404, f"there is no {name} {id_!r}; the addresses of pages have the ids")
        # A calendar program may not follow a redirect: a former address has the same feed.
        now = present(id_, known)
        only: Any = {name: (now,)}
        _check_within(name, id_)
        return answer(f"/{folder}/{now}", replace(_query(services), **only), form)

    def undo() -> Response:
        return answer("/undo", _query(services), UNDO)

    for ending, form in FORMATS.items():
        view = partial(everything, form)
        add_route(routes, f"/calendar.{ending}", f"everything_{ending}", view)
        for name, folder in (("film", "films"), ("series", "series")):
            of_each = partial(of_one, name, folder, form)
            add_route(routes, f"/{folder}/<id_>.{ending}", f"of_{name}_{ending}", of_each)
    add_route(routes, "/undo.ics", "undo", undo)
    return routes


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
