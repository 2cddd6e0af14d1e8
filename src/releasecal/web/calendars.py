"""Feeds over HTTP: parse the request into a spec, fetch a document, answer."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import Headers

from releasecal.errors import SelectionError
from releasecal.feeds import DOWNLOAD, FeedSpec
from releasecal.formats import FORMATS, UNDO, Format
from releasecal.web.site import Site

_DOWNLOAD = ("1", "true", "yes")
_INLINE = ("", "0", "false", "no")


class DocumentResponse(Response):
    """
    A response whose 304 repeats Last-Modified, for caches that go by it.

    Werkzeug takes it out; RFC 9110 § 15.4.5 allows it "for guiding cache updates".
    """

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as they go out."""
        headers = super().get_wsgi_headers(environ)
        if self.status_code == HTTPStatus.NOT_MODIFIED:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def blueprint(site: Site) -> Blueprint:
    """Return the routes of every feed in every format."""
    routes = Blueprint("calendars", __name__)
    for form in FORMATS.values():
        _add_routes(routes, site, form)

    @routes.get("/undo.ics")
    def undo() -> Response:
        return _answer(site, "/undo", _spec(site), UNDO)

    return routes


def _add_routes(routes: Blueprint, site: Site, form: Format) -> None:
    def everything() -> Response:
        return _answer(site, "/calendar", _spec(site), form)

    def of_film(film: str) -> Response:
        if not site.publisher.known["film"](film):
            abort(404, f"there is no film {film!r}; the addresses of pages have the ids")
        only = _within("film", film)
        spec = replace(_spec(site), film=only)
        return _answer(site, f"/films/{film}", spec, form)

    def of_series(series: str) -> Response:
        if not site.publisher.known["series"](series):
            abort(404, f"there is no series {series!r}; the addresses of pages have the ids")
        only = _within("series", series)
        spec = replace(_spec(site), series=only)
        return _answer(site, f"/series/{series}", spec, form)

    ending = form.extension
    routes.add_url_rule(f"/calendar.{ending}", f"everything_{ending}", everything)
    routes.add_url_rule(f"/films/<film>.{ending}", f"of_film_{ending}", of_film)
    routes.add_url_rule(f"/series/<series>.{ending}", f"of_series_{ending}", of_series)


def _within(name: str, path: str) -> tuple[str]:
    """Return what the *path* selects, which a parameter of that *name* may only repeat."""
    given = request.args.get(name, path)
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
    is_download = _is_download(request.args.get(DOWNLOAD, ""))
    document = site.documents.get(path, spec, form)
    response = DocumentResponse(document.body, content_type=document.content_type)
    response.set_etag(document.etag)
    response.last_modified = document.changed
    response.cache_control.public = True
    response.cache_control.max_age = site.max_age
    response.headers["Access-Control-Allow-Origin"] = "*"  # FullCalendar and its like
    if is_download:
        filename = f"{path.rpartition('/')[2]}.{form.extension}"
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.make_conditional(request)
    return response


def _is_download(text: str) -> bool:
    if text.casefold() not in (*_DOWNLOAD, *_INLINE):
        raise SelectionError(f"{DOWNLOAD}: neither 1 nor 0: {text[:40]!r} (as in {DOWNLOAD}=1)")
    return text.casefold() in _DOWNLOAD
