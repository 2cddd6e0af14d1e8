"""
Observation: each request has a name, and each answer is counted by route and status.

The fast path calls the observer itself: a layer around it would cost a poll twice as much.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from releasecal.telemetry import request_ids
from releasecal.telemetry.counters_of_processes import Telemetry
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


class Observer:
    """Names requests and counts answers; *name* returns the client of a request."""

    def __init__(self, telemetry: Telemetry, name: Callable[[Mapping[str, Any]], str]) -> None:
        self._counters = telemetry.counters
        self._subscribers = telemetry.subscribers
        self._ids = RequestIds()
        self._name = name
        self._rows: dict[tuple[str, str], tuple[int, bool]] = {}

    def begin(self, environ: Mapping[str, Any]) -> str:
        """Return the id of a request that begins in this thread."""
        given = environ.get(request_ids.VARIABLE)
        request_id = given if given and request_ids.is_sane(given) else self._ids.next()
        request_ids.begin(request_id)
        return request_id

    def answered(self, environ: Mapping[str, Any], route: str, status: str) -> None:
        """Count an answer of *route* with *status*, a status line, and who asked for a feed."""
        row = self._rows.get((route, status))
        if row is None:
            place = self._counters.place(REQUESTS, route, status[:3])
            row = self._rows[route, status] = place, route.endswith(_FEEDS)
        self._counters.add_one(row[0])
        if row[1]:
            self._subscribers.count(environ, self._name)


class Observed:
    """WSGI layer that has *observer* observe *application*."""

    def __init__(self, application: WSGIApplication, observer: Observer) -> None:
        self.application = application
        self._observer = observer

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        request_id = self._observer.begin(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._observer.answered(environ, environ.get(ROUTE, NO_ROUTE), status)
            headers.append((request_ids.HEADER, request_id))  # the list is ours to change
            return start_response(status, headers, *more)

        return self.application(environ, start)
