"""``POST /refresh``: read the sources now."""

import hmac
import json
import logging
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, wait
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
from releasecal.telemetry import request_ids
from releasecal.web.http.body_time_limit import BodyReader, hang_up
from releasecal.web.http.push_signature import SignedPush, is_signed, signed_push
from releasecal.web.services import Services

MAX, PER = 10, timedelta(minutes=1)
"""Refreshes that one process accepts in a stretch of time."""

MAX_PUSH = 1_024 * 1_024
"""Octets of a push, at most: a list of a thousand commits is shorter."""

PATIENCE = 8.0
"""Seconds for a refresh after a push; those who send pushes wait for ten."""

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


class Deliveries:
    """The pushes that were taken lately, by identity; safe to use from any thread."""

    _MAX = 1_000

    def __init__(self) -> None:
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, identity: str) -> bool:
        """Remember a push; return whether it is a new one."""
        with self._lock:
            is_new = identity not in self._taken
            self._taken[identity] = None
            if len(self._taken) > self._MAX:
                self._taken.popitem(last=False)
            return is_new

    def discard(self, identity: str) -> None:
        """Forget a push."""
        with self._lock:
            self._taken.pop(identity, None)


def blueprint(services: Services) -> Blueprint:
    """Return the route."""
    routes = Blueprint("refreshing", __name__)
    routes.register_error_handler(RequestTimeout, _refused)
    routes.register_error_handler(ServiceUnavailable, _refused)
    if services.writer is not None:
        refuse = partial(_elsewhere, services.writer)
        routes.add_url_rule("/refresh", "refresh", refuse, methods=["POST"])
        return routes
    throttle, bodies, deliveries = Throttle(MAX, PER), BodyReader(), Deliveries()

    @routes.post("/refresh")
    def refresh() -> Response:
        if is_signed(request.headers) and "Authorization" not in request.headers:
            return _after_push(services, _push(services, bodies), deliveries)
        accepts_loss = _permitted(services, bodies)
        pause = throttle.wait(services.clock())
        if pause:
            response = _problem(429, "too many refreshes (the scheduler refreshes by itself)")
            response.headers["Retry-After"] = str(math.ceil(pause.total_seconds()))
            return response
        return _outcome(partial(services.refresh, accepts_loss))

    return routes


def _outcome(refresh: Callable[[], Mapping[str, object]]) -> Response:
    """Return the report of *refresh*, or what was wrong."""
    try:
        return _json(200, refresh())
    except ReleasecalError as error:
        return _problem(_status(error), *map(str, error.problems))
    except Exception:  # noqa: BLE001 - a bug; the client gets JSON all the same
        _log.exception("refresh failed")
        return _problem(500, "internal error, see the log")


def _push(services: Services, bodies: BodyReader) -> SignedPush:
    """Return the push that the request is; abort with 401 for one that nobody has signed."""
    request.max_content_length = MAX_PUSH
    push = signed_push(
        request.headers, bodies.read(request.stream.read), services.push_secret, services.clock()
    )
    return push or abort(_unknown())


def _after_push(services: Services, push: SignedPush, deliveries: Deliveries) -> Response:
    """Refresh after a *push* that is none of *deliveries*, and tell how that went if it is quick."""
    if not push.is_push:
        return _json(200, {"status": "pong" if push.is_ping else "ignored"})
    if not deliveries.add(push.identity):
        return _json(200, {"status": "known"})
    asked = services.push()
    asked.add_done_callback(partial(_forget_failed, deliveries, push))
    if not wait([asked], PATIENCE).done:
        return _json(HTTPStatus.ACCEPTED, {"status": "running"})
    return _outcome(asked.result)


def _permitted(services: Services, bodies: BodyReader) -> bool:
    """Return whether the request accepts a loss; abort if it may not refresh, or says nonsense."""
    scopes = _scopes(services)
    if "refresh" not in scopes:
        abort(_unknown())
    accepts_loss = _accepts_loss(bodies)
    if accepts_loss is None:
        what = 'send nothing, or {"accept_loss": true} to let through what the loss guard holds'
        abort(_problem(400, f"what was sent is not understood ({what})"))
    if accepts_loss and "accept-loss" not in scopes:
        what = "this token lets no loss through (take one with --scope accept-loss)"
        abort(_problem(403, what))
    return accepts_loss


def _forget_failed(
    deliveries: Deliveries, push: SignedPush, done: Future[Mapping[str, object]]
) -> None:
    """Let a *push* come again whose refresh, which is *done*, came to nothing."""
    if done.exception():
        deliveries.discard(push.identity)


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


def _unknown() -> Response:
    """Return the refusal of a request that has shown no right to refresh."""
    what = "this needs the refresh token (releasecal token prints it), or the signature of a push"
    response = _problem(401, what)
    response.headers["WWW-Authenticate"] = 'Bearer realm="releasecal"'
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
    told: dict[str, object] = {"problems": list(problems)}
    if request_id := request_ids.current():
        told["request_id"] = request_id
    return _json(status, told)


def _json(status: int, value: object) -> Response:
    response = jsonify(value)
    response.status_code = status
    response.cache_control.no_store = True
    return response
