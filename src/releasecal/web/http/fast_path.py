"""
The fast path: a WSGI layer that answers from the response cache, in front of the application.

Most requests are polls for a feed that has not changed. On this path such a request costs a
look-up; Flask's own work for a 304 is many times that (the idea is WhiteNoise's: do the work
when data changes). The application behind makes everything else, and answers from the same
cache by the same rules.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from releasecal.telemetry.request_ids import HEADER
from releasecal.web.http.observed import Observer, StartResponse, WSGIApplication
from releasecal.web.http.response_cache import FreshCache


class FastPath:
    """WSGI layer with the response cache *cache* in front of *application*; *observer* counts."""

    def __init__(
        self, application: WSGIApplication, cache: FreshCache[Any], observer: Observer
    ) -> None:
        self.application = application
        self.cache = cache
        self._observer = observer

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if environ["REQUEST_METHOD"] in _READING and _is_host(environ.get("HTTP_HOST", "")):
            target = self.cache.known(environ)
            if target:
                response = self.cache.respond(target, environ)
                response.headers.append((HEADER, self._observer.begin(environ)))
                self._observer.answered(environ, target.route, response.status)
                start_response(response.status, response.headers)
                return response.body
        return self.application(environ, start_response)


_READING = ("GET", "HEAD")


@lru_cache(256)  # nearly all requests name this site
def _is_host(text: str) -> bool:
    """Whether *text* can be a host, with or without a port; Flask refuses all others."""
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True
