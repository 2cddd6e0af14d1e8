"""``POST /refresh``: read the sources now."""

import hmac
import json
import logging
import math
import threading
from collections import deque
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable

from releasecal.errors import (
    DataError,
    RefreshDied,
    RefreshHeld,
    RefreshRunning,
    ReleasecalError,
    StoreError,
)
from releasecal.store import access_tokens
from releasecal.store.access_tokens import SCOPES
from releasecal.web.http.request_body import BodyReader, hang_up
from releasecal.web.services import Services

MAX, PER = 10, timedelta(minutes=1)
"""Refreshes that one process accepts in a stretch of time."""

_log = logging.getLogger(__name__)


class Throttle:
    """Limit of *most* requests in any stretch of *per*; safe to use from any thread."""

    def __init__(self, most: int, per: timedelta) -> None:
        self._per = per
        self._passed: deque[datetime] = deque(maxlen=most)
        self._lock = threading.Lock()

    def wait(self, now: datetime) -> timedelta:
        """Return how long to wait at *now* (UTC); zero for a request that passes and is counted."""
        with self._lock:
            is_full = len(self._passed) == self._passed.maxlen
            # A clock that was set back must not refuse anybody for longer than *per*.
            if is_full and timedelta() <= now - self._passed[0] < self._per:
                return self._per - (now - self._passed[0])
            self._passed.append(now)
            return timedelta()


def blueprint(services: Services) -> Blueprint:
    """Return the route."""
    routes = Blueprint("refreshing", __name__)
    routes.register_error_handler(RequestTimeout, _refused)
    routes.register_error_handler(ServiceUnavailable, _refused)
    if services.writer is not None:
        refuse = partial(_elsewhere, services.writer)
        routes.add_url_rule("/refresh", "refresh", refuse, methods=["POST"])
        return routes
    throttle, bodies = Throttle(MAX, PER), BodyReader()

    @routes.post("/refresh")
    def refresh() -> Response:
        accepts_loss = _permitted(services, bodies)
        wait = throttle.wait(services.clock())
        if wait:
            response = _problem(429, "too many refreshes (the scheduler refreshes by itself)")
            response.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
            return response
        try:
            return _json(200, services.refresh(accepts_loss))
        except ReleasecalError as error:
            return _problem(_status(error), *map(str, error.problems))
        except Exception:  # noqa: BLE001 - a bug; the client gets JSON all the same
            _log.exception("refresh failed")
            return _problem(500, "internal error, see the log")

    return routes


def _permitted(services: Services, bodies: BodyReader) -> bool:
    """Return whether the request accepts a loss; abort if it may not refresh, or says nonsense."""
    scopes = _scopes(services)
    if "refresh" not in scopes:
        response = _problem(401, "this needs the refresh token (releasecal token prints it)")
        response.headers["WWW-Authenticate"] = 'Bearer realm="releasecal"'
        abort(response)
    accepts_loss = _accepts_loss(bodies)
    if accepts_loss is None:
        what = 'send nothing, or {"accept_loss": true} to let through what the loss guard holds'
        abort(_problem(400, f"what was sent is not understood ({what})"))
    if accepts_loss and "accept-loss" not in scopes:
        what = "this token lets no loss through (take one with --scope accept-loss)"
        abort(_problem(403, what))
    return accepts_loss


def _elsewhere(writer: str) -> Response:
    """Return the refusal of a node that reads no sources; a client may follow it to the *writer*."""
    if not writer:
        what = "this node reads no sources (send it to the one with RELEASECAL_ROLE=writer)"
        return _problem(HTTPStatus.MISDIRECTED_REQUEST, what)
    response = _problem(
        HTTPStatus.TEMPORARY_REDIRECT, f"this node reads no sources (send it to {writer}/refresh)"
    )
    response.location = f"{writer}/refresh"
    return response


def _scopes(services: Services) -> Collection[str]:
    """
    Return the scopes of the token that the request bears (RFC 6750 § 2.1); none for a wrong one.

    The token of the settings, compared in constant time, has all of them.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    is_right = hmac.compare_digest(given.encode(), services.token.encode())
    if scheme.casefold() != "bearer":
        return ()
    if is_right:
        return SCOPES
    found = access_tokens.find(services.store, given, "refresh", services.clock())
    return found.scopes if found else ()


def _accepts_loss(bodies: BodyReader) -> bool | None:
    """
    Whether the body accepts a loss; None for a body that is not understood.

    Raises:
        RequestTimeout: It did not arrive in time.
        ServiceUnavailable: Too many bodies are on their way.
    """
    text = b""
    if request.content_length or "Transfer-Encoding" in request.headers:
        text = bodies.read(request.stream.read)  # of any type: curl -d says that it is a form
    if not text.strip():
        return False
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.keys() - {"accept_loss"}:
        return None
    accepts = body.get("accept_loss", False)
    return accepts if isinstance(accepts, bool) else None


_STATUSES = (
    (DataError, 422),
    ((RefreshRunning, RefreshHeld), 409),
    (StoreError, 503),
    (RefreshDied, 500),
    (ReleasecalError, 502),
)


def _status(error: ReleasecalError) -> int:
    return next(status for kinds, status in _STATUSES if isinstance(error, kinds))


def _refused(error: HTTPException) -> Response:
    """Return *error*, which may have a Retry-After, as JSON."""
    response = _problem(error.code or 500, error.description or error.name)
    for name, value in error.get_headers():
        if name == "Retry-After":
            response.headers[name] = value
    if isinstance(error, RequestTimeout):
        hang_up(response)
    return response


def _problem(status: int, *problems: str) -> Response:
    return _json(status, {"problems": list(problems)})


def _json(status: int, value: object) -> Response:
    response = jsonify(value)
    response.status_code = status
    response.cache_control.no_store = True
    return response
