"""``POST /refresh``: read the sources now."""

import hmac
import json
import logging
import math
import threading
from collections import deque
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, request

from releasecal.errors import (
    DataError,
    Held,
    RefreshDied,
    RefreshRunning,
    ReleasecalError,
    StoreError,
)
from releasecal.web.services import Services

MAX, PER = 10, timedelta(minutes=1)
"""How many refreshes may be asked for in how long, of one process."""

_log = logging.getLogger(__name__)


class Throttle:
    """Lets *most* through in any stretch of *per*; safe to use from any thread."""

    def __init__(self, most: int, per: timedelta) -> None:
        """Start with nothing let through."""
        self._per = per
        self._passed: deque[datetime] = deque(maxlen=most)
        self._lock = threading.Lock()

    def wait(self, now: datetime) -> timedelta:
        """Return how long to wait at *now* (UTC); nothing means: through, and counted."""
        with self._lock:
            is_full = len(self._passed) == self._passed.maxlen
            # A clock that was set back must not lock the door for longer than *per*.
            if is_full and timedelta() <= now - self._passed[0] < self._per:
                return self._per - (now - self._passed[0])
            self._passed.append(now)
            return timedelta()


def blueprint(services: Services) -> Blueprint:
    """Return the route."""
    routes = Blueprint("refreshing", __name__)
    throttle = Throttle(MAX, PER)

    @routes.post("/refresh")
    def refresh() -> Response:
        if not _bears(services.token):
            answer = _problem(401, "this needs the refresh token (releasecal token prints it)")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="releasecal"'
            return answer
        accepts_loss = _accepts_loss()
        if accepts_loss is None:
            what = 'send nothing, or {"accept_loss": true} to let through what the brake holds'
            return _problem(400, f"what was sent is not understood ({what})")
        wait = throttle.wait(services.publisher.clock())
        if wait:
            answer = _problem(429, "too many refreshes (the scheduler refreshes by itself)")
            answer.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
            return answer
        try:
            report = services.publisher.refresh(accept_loss=accepts_loss)
            return _json(200, report.as_json)
        except ReleasecalError as error:
            return _problem(_status(error), *map(str, error.problems))
        except Exception:  # noqa: BLE001 - a bug; whoever asked reads JSON all the same
            _log.exception("refresh failed")
            return _problem(500, "internal error, see the log")

    return routes


def _bears(token: str) -> bool:
    """Whether the request bears *token* (RFC 6750 § 2.1), found out in constant time."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(given.strip().encode(), token.encode())
    return scheme.casefold() == "bearer" and is_right


def _accepts_loss() -> bool | None:
    """Whether the body lets through what the brake holds; None for one that says neither."""
    text = request.get_data()  # of any type: curl -d says that it is a form
    if not text.strip():
        return False
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.keys() - {"accept_loss"}:
        return None
    answer = body.get("accept_loss", False)
    return answer if isinstance(answer, bool) else None


def _status(error: ReleasecalError) -> int:
    match error:
        case DataError():
            return 422
        case RefreshRunning() | Held():
            return 409
        case StoreError():
            return 503
        case RefreshDied():
            return 500
        case _:
            return 502


def _problem(status: int, *problems: str) -> Response:
    return _json(status, {"problems": list(problems)})


def _json(status: int, value: object) -> Response:
    response = jsonify(value)
    response.status_code = status
    response.cache_control.no_store = True
    return response
