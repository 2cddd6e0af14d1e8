"""The whole catalogue as a data file, which another releasecal reads as a source."""

import zlib
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request

from releasecal import __version__
from releasecal.errors import NothingPublished
from releasecal.formats import data_file
from releasecal.store import film_batches, newest_edition
from releasecal.web.cached_responses import Responses, add_route
from releasecal.web.http.conditional_requests import tag
from releasecal.web.services import Services

_FILMS_A_PART = 200


class _EditionChangedError(Exception):
    """Another edition was published while one was sent: the connection ends, not the file."""


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return ``/data.json``."""
    routes = Blueprint("data", __name__)

    def whole() -> Response:
        head = services.store.ask(newest_edition.head)
        if head.number == 0:
            raise NothingPublished("nothing has been published yet")
        is_packed = services.delivery.compress and request.accept_encodings.quality("gzip") > 0
        response = Response(content_type="application/json")
        response.set_etag(tag(f"{__version__} {head.number} {head.published} {is_packed}".encode()))
        response.last_modified = head.published
        response.headers["Cache-Control"] = responses.delivery.cache_control
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.make_conditional(request.environ)
        if response.status_code == 200:
            response.headers.remove("Content-Length")  # of no body, so far
            response.headers.extend({"Content-Encoding": "gzip"} if is_packed else {})
            octets = _octets(services, head.number)
            response.response = responses.streamed(_packed(octets) if is_packed else octets)
        return response

    add_route(routes, "/data.json", "whole", whole)
    return routes


def _octets(services: Services, edition: int) -> Iterator[bytes]:
    """Yield the data file of the *edition* with that number, some films at a time."""
    store = services.store
    ids = store.ask(film_batches.ids)
    others = frozenset(ids)
    yield data_file.beginning(store.ask(film_batches.sources))
    for first in range(0, len(ids), _FILMS_A_PART):
        part = store.ask(film_batches.part, ids[first : first + _FILMS_A_PART])
        if part.edition != edition:
            raise _EditionChangedError
        lines = (
            data_file.film_line(film, part.entries[id_], others) for id_, film in part.films.items()
        )
        yield (data_file.BETWEEN if first else b"") + data_file.BETWEEN.join(lines)
    yield data_file.END


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield *parts* in gzip."""
    pack = zlib.compressobj(level=6, wbits=31)
    for part in parts:
        yield pack.compress(part)
    yield pack.flush()
