"""
Observation: the outermost WSGI layer, which names each request and counts its answer.

A poll that the cache answers costs it a name, a closure and two additions under a lock, about two
microseconds; `benchmarks/serving.py` has the share of that.
"""

from collections.abc import Callable, Iterable
from typing import Any

from releasecal.telemetry import request_ids
from releasecal.telemetry.process_memory import Telemetry
from releasecal.telemetry.request_ids import RequestIds

StartResponse = Callable[..., Any]
WSGIApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
"""The callable of a WSGI server (PEP 3333)."""

ROUTE = "releasecal.route"
"""Variable of WSGI's environment with the rule of the route that answers."""

NO_ROUTE = "other"
"""Name of no route: an address that leads nowhere."""

REQUESTS = "requests"
"""Name of the counter, by route and status."""

_FEEDS = ".ics"


class Observed:
    """WSGI layer that observes *application*; *name* returns the client of a request."""

    def __init__(
        self,
        application: WSGIApplication,
        telemetry: Telemetry,
        name: Callable[[dict[str, Any]], str],
    ) -> None:
        self.application = application
        self._add = telemetry.counters.add
        self._subscribers = telemetry.subscribers
        self._ids = RequestIds()
        self._name = name

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        given = environ.get(request_ids.VARIABLE)
        request_id = given if given and request_ids.is_sane(given) else self._ids.next()
        request_ids.begin(request_id)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            route = environ.get(ROUTE, NO_ROUTE)
            self._add(REQUESTS, route, status[:3])
            if route.endswith(_FEEDS):
                self._count_subscriber(environ)
            headers.append((request_ids.HEADER, request_id))  # the list is ours to change
            return start_response(status, headers, *more)

        return self.application(environ, start)

    def _count_subscriber(self, environ: dict[str, Any]) -> None:
        self._subscribers.count(
            environ.get("REMOTE_ADDR", ""),
            environ.get("HTTP_X_FORWARDED_FOR", ""),
            environ.get("HTTP_USER_AGENT", ""),
            lambda: self._name(environ),
        )
