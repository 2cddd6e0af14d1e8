"""Feeds over HTTP: parse the request into a query, fetch a document, answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import Headers

from releasecal.errors import SelectionError
from releasecal.formats import FORMATS, UNDO, Format
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import wants_download
from releasecal.web.http.cache import Found
from releasecal.web.http.conditional import Answer, preflight
from releasecal.web.services import Services


class Ready(Response):
    """An answer as the rules made it, to which the framework adds nothing."""

    default_mimetype = None

    def __init__(self, given: Answer) -> None:
        """Hand on what was *given*."""
        super().__init__(given.body, given.status, given.headers)

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as they go out."""
        del environ
        return self.headers


def respond(
    services: Services, found: Found, *, download: bool = False, note: bool = True
) -> Response:
    """Answer with *found*; the front may do so from now on if *note* says that it can."""
    if note:
        services.documents.note(request.environ, found, download=download)
    return Ready(services.documents.answer(found, request.environ, download=download))


def blueprint(services: Services) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)
    for form in FORMATS.values():
        _add_routes(routes, services, form)

    def undo() -> Response:
        return _answer(services, "/undo", _query(services), UNDO)

    add_route(routes, "/undo.ics", "undo", undo)

    return routes


def _add_routes(routes: Blueprint, services: Services, form: Format) -> None:
    def everything() -> Response:
        return _answer(services, "/calendar", _query(services), form)

    def of_one(name: str, folder: str, id_: str) -> Response:
        if not services.vocabulary[name](id_):
            abort(404, f"there is no {name} {id_!r}; the addresses of pages have the ids")
        only: Any = {name: _within(name, id_)}
        return _answer(services, f"/{folder}/{id_}", replace(_query(services), **only), form)

    ending = form.extension
    add_route(routes, f"/calendar.{ending}", f"everything_{ending}", everything)
    for name, folder in (("film", "films"), ("series", "series")):
        view = partial(of_one, name, folder)
        add_route(routes, f"/{folder}/<id_>.{ending}", f"of_{name}_{ending}", view)


def add_route(routes: Blueprint, rule: str, endpoint: str, view: Callable[..., Response]) -> None:
    """Add to *routes* one that programs ask, from any site: *view* answers GET and HEAD."""
    routes.add_url_rule(rule, endpoint, view, methods=["GET"], provide_automatic_options=False)
    routes.add_url_rule(
        rule,
        f"{endpoint}_options",
        lambda **_: Ready(preflight()),
        methods=["OPTIONS"],
        provide_automatic_options=False,
    )


def _within(name: str, path: str) -> tuple[str]:
    """Return what the *path* selects, which a parameter of that *name* may only repeat."""
    for given in request.args.getlist(name):
        if given != path:
            raise SelectionError(
                f"{name}: this address is of {path} alone (ask /calendar for {name}={given[:80]})"
            )
    return (path,)


def _query(services: Services) -> FeedQuery:
    return FeedQuery.parse(request.args.items(multi=True), services.vocabulary)


def _answer(services: Services, path: str, query: FeedQuery, form: Format) -> Response:
    if query.as_of and form.is_followed:
        raise SelectionError("as-of: a calendar that is followed is of now (ask for .json)")
    is_download = wants_download(request.args.items(multi=True))
    return respond(services, services.documents.get(path, query, form), download=is_download)
