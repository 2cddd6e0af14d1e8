"""Feeds over HTTP: parse the request into a spec, fetch a document, answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import Headers

from releasecal.errors import SelectionError
from releasecal.feeds import FeedSpec, wants_download
from releasecal.formats import FORMATS, UNDO, Format
from releasecal.web.answers import Answer, preflight
from releasecal.web.documents import Found
from releasecal.web.site import Site


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


def respond(site: Site, found: Found, *, download: bool = False, note: bool = True) -> Response:
    """Answer with *found*; the front may do so from now on if *note* says that it can."""
    if note:
        site.documents.note(request.environ, found, download=download)
    return Ready(site.documents.answer(found, request.environ, download=download))


def blueprint(site: Site) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)
    for form in FORMATS.values():
        _add_routes(routes, site, form)

    def undo() -> Response:
        return _answer(site, "/undo", _spec(site), UNDO)

    add_route(routes, "/undo.ics", "undo", undo)

    return routes


def _add_routes(routes: Blueprint, site: Site, form: Format) -> None:
    def everything() -> Response:
        return _answer(site, "/calendar", _spec(site), form)

    def of_one(name: str, folder: str, id_: str) -> Response:
        if not site.publisher.known[name](id_):
            abort(404, f"there is no {name} {id_!r}; the addresses of pages have the ids")
        only: Any = {name: _within(name, id_)}
        return _answer(site, f"/{folder}/{id_}", replace(_spec(site), **only), form)

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


def _spec(site: Site) -> FeedSpec:
    return FeedSpec.parse(request.args.items(multi=True), site.publisher.known)


def _answer(site: Site, path: str, spec: FeedSpec, form: Format) -> Response:
    if spec.as_of and form.is_followed:
        raise SelectionError("as-of: a calendar that is followed is of now (ask for .json)")
    is_download = wants_download(request.args.items(multi=True))
    return respond(site, site.documents.get(path, spec, form), download=is_download)
