"""Health: ``/healthz`` says that the process is alive, ``/readyz`` that its data is fresh."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify

from releasecal.core.dates import timestamp
from releasecal.errors import StoreError
from releasecal.store import NO_HEAD, Head, RefreshStatus, read
from releasecal.web.services import Services

_MAX = 100  # problems in a response; the log has more, releasecal check has all


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
        head, refresh_status = _now(services)
        problems = [*refresh_status.problems, *_read_only(services), *_silence(services)]
        problems = list(dict.fromkeys(problems))
        status = "unready" if head.number == 0 else "degraded" if problems else "ok"
        response = jsonify(
            {
                "status": status,
                "held": refresh_status.is_held,
                "edition": head.number,
                "published": _moment(head.published if head.number else None),
                "last_success": _moment(refresh_status.succeeded),
                "age_seconds": _seconds_since(refresh_status.succeeded, services),
                "last_failure": _moment(refresh_status.failed),
                "problems": problems[:_MAX],
            }
        )
        # A degraded site is ready: the last good edition is up.
        response.status_code = 200 if head.number else 503
        response.cache_control.no_store = True
        return response

    return routes


def _read_only(services: Services) -> list[str]:
    """Return the problem that the database cannot be written, if it is so."""
    try:
        services.store.check_writable()
    except StoreError as error:
        return [error.public]
    return []


def _silence(services: Services) -> list[str]:
    """Return the problem that no refresh has succeeded in the time of three, if it is so."""
    succeeded, every = services.own_status().succeeded, services.delivery.every
    if not every or succeeded is None or services.clock() - succeeded <= 3 * every:
        return []
    return [f"no refresh has gone well since {timestamp(succeeded)} (see the log)"]


def _now(services: Services) -> tuple[Head, RefreshStatus]:
    """Return the edition that is up and the refresh status; this process's without a database."""
    try:
        return services.store.ask(read.head), services.status()
    except StoreError as error:
        own = services.own_status()
        return NO_HEAD, replace(own, problems=(error.public, *own.problems))


def _seconds_since(moment: datetime | None, services: Services) -> int | None:
    return None if moment is None else round((services.clock() - moment).total_seconds())


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
