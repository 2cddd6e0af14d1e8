"""``/posters/…``: copies of posters, each at an address that never changes its contents."""

from flask import Blueprint, Response, abort, request

from releasecal.store import posters
from releasecal.web.cached_responses import Responses
from releasecal.web.services import Services

FOR_EVER = 31_536_000
"""Seconds for which clients keep a copy, whose contents never change: a year."""

_HEADERS = {
    "Cache-Control": f"public, max-age={FOR_EVER}, immutable",
    # A picture that is opened as a page may run nothing, whatever it is.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the route of the copies."""
    del responses  # they are no part of its state, and a look-up each
    routes = Blueprint("poster_files", __name__)

    @routes.get("/posters/<digest>")
    def copy(digest: str) -> Response:
        found = services.store.ask(posters.copy, digest)
        if found is None:
            abort(404, "There is no such poster here.")
        data, media_type = found
        response = Response(data, content_type=media_type, headers=_HEADERS)
        response.set_etag(digest)
        response.make_conditional(request)
        return response

    return routes
