"""
Private paths: the site below ``/t/<token>/``, for whoever has been given a token to read.

Calendar programs send no headers of their own, so the token is in the path. This layer takes it
out before anything else sees it: no route, cache or log has it, but for the links of the pages
that are made for its holder. Each request looks the token up, so that a revoked one is none.
"""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from releasecal.errors import StoreError
from releasecal.formats import FORMATS
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import access_tokens
from releasecal.store.access_tokens import READ, AccessToken
from releasecal.web.http.observed import Observed, Observer, StartResponse, WSGIApplication
from releasecal.web.http.private_answers import ACCESS, BELOW, HIDDEN, Headers, privately
from releasecal.web.services import Services

PREFIX = "/t/"
"""Beginning of a private path; the token comes after it."""

_NOWHERE = PREFIX.rstrip("/")  # no route is there
OPEN = ("/healthz", "/readyz", "/metrics", "/refresh", "/robots.txt")
"""The paths that a private site has for everybody: of programs, some with guards of their own."""


class PrivatePaths:
    """WSGI layer that answers private paths from *application*, and hides what is private."""

    def __init__(
        self, application: WSGIApplication, services: Services, observer: Observer
    ) -> None:
        self.application = application
        self._away = Observed(_away, observer)
        self._services = services
        self._feeds = frozenset(f"/calendar.{ending}" for ending in FORMATS)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            return self._below(environ, start_response)
        if self._services.is_private and path not in OPEN:
            return self._hide(environ, start_response)
        return self.application(environ, start_response)

    def _below(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a private path."""
        token, _, rest = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
        try:
            found = access_tokens.find(self._services.store, token, READ, self._services.clock())
        except StoreError:
            return self._away(environ, start_response)
        if found is None or (found.query and f"/{rest}" not in self._feeds):
            return self._hide(environ, start_response)
        environ[BELOW] = f"{PREFIX}{token}"
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{environ[BELOW]}"
        environ["PATH_INFO"] = f"/{rest}"
        environ[ACCESS] = found
        return self.application(environ, _privately(start_response))

    def _hide(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer that nothing is there: one answer for all that is hidden and all that is not."""
        environ["PATH_INFO"], environ["QUERY_STRING"] = _NOWHERE, ""
        environ[HIDDEN] = True
        return self.application(environ, _privately(start_response))


def _privately(start_response: StartResponse) -> StartResponse:
    """Return *start_response* for an answer that is for one reader."""

    def start(status: str, headers: Headers, *more: Any) -> Any:
        return start_response(status, privately(headers), *more)

    return start


def selection(record: AccessToken) -> FeedQuery | None:
    """Return the selection that is all that *record* is for; None for the whole site."""
    return _parsed(record.query) if record.query else None


@lru_cache(256)
def _parsed(query: str) -> FeedQuery:
    # Without names that are known: a film that has gone is no reason to answer with an error.
    return FeedQuery.parse(parse_qsl(query, keep_blank_values=True), {})


def _away(_: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer that nobody can tell whether a token counts: then none does."""
    body = b"The database cannot be used now. Please try again in a minute.\n"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", "60"),
    ]
    start_response(f"{status.value} {status.phrase}", privately(headers))
    return [body]
