"""Whether the process is alive and its data fresh."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify

from releasecal.core.dates import timestamp
from releasecal.errors import NO_DATABASE, StoreError
from releasecal.store import NO_HEAD, Head, RefreshStatus, read
from releasecal.web.services import Services

_MAX = 100  # problems in an answer; the log has more, and releasecal check all


def blueprint(services: Services) -> Blueprint:
    """Return ``/healthz`` and ``/readyz``."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        response = Response("ok\n", content_type="text/plain; charset=utf-8")
        response.cache_control.no_store = True
        return response

    @routes.get("/readyz")
    def readyz() -> Response:
        head, refresh_status = _standing(services)
        problems = [*refresh_status.problems, *_silence(services)]
        status = "unready" if head.number == 0 else "degraded" if problems else "ok"
        age = (
            services.publisher.clock() - refresh_status.succeeded
            if refresh_status.succeeded
            else None
        )
        response = jsonify(
            {
                "status": status,
                "held": refresh_status.is_held,
                "edition": head.number,
                "published": _moment(head.published if head.number else None),
                "last_success": _moment(refresh_status.succeeded),
                "age_seconds": round(age.total_seconds()) if age else None,
                "last_failure": _moment(refresh_status.failed),
                "problems": problems[:_MAX],
            }
        )
        # Degraded still answers well: the last good edition is up.
        response.status_code = 200 if head.number else 503
        response.cache_control.no_store = True
        return response

    return routes


def _silence(services: Services) -> list[str]:
    """Return that no refresh has gone well for longer than three should take, if so."""
    succeeded = services.publisher.own_status.succeeded
    if not services.every or succeeded is None:
        return []
    age = services.publisher.clock() - succeeded
    if age <= 3 * services.every:
        return []
    return [f"no refresh has gone well since {timestamp(succeeded)} (see the log)"]


def _standing(services: Services) -> tuple[Head, RefreshStatus]:
    publisher = services.publisher
    try:
        return publisher.store.ask(read.head), publisher.status
    except StoreError:
        own = publisher.own_status
        problems = (NO_DATABASE, *own.problems)
        return NO_HEAD, replace(own, problems=tuple(dict.fromkeys(problems)))


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
