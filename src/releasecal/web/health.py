"""Whether the process is alive and its data fresh."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify

from releasecal.dates import timestamp
from releasecal.errors import StoreError
from releasecal.publisher import NO_DATABASE, Health
from releasecal.store import NO_HEAD, Head
from releasecal.web.site import Site

_MOST = 100  # problems in an answer; the log has more, and releasecal check all


def blueprint(site: Site) -> Blueprint:
    """Return ``/healthz`` and ``/readyz``."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        response = Response("ok\n", content_type="text/plain; charset=utf-8")
        response.cache_control.no_store = True
        return response

    @routes.get("/readyz")
    def readyz() -> Response:
        head, health = _standing(site)
        problems = [*health.problems, *_silence(site)]
        status = "unready" if head.number == 0 else "degraded" if problems else "ok"
        age = site.publisher.clock() - health.succeeded if health.succeeded else None
        response = jsonify(
            {
                "status": status,
                "held": health.is_held,
                "edition": head.number,
                "published": _moment(head.published if head.number else None),
                "last_success": _moment(health.succeeded),
                "age_seconds": round(age.total_seconds()) if age else None,
                "last_failure": _moment(health.failed),
                "problems": problems[:_MOST],
            }
        )
        # Degraded still answers well: the last good edition is up.
        response.status_code = 200 if head.number else 503
        response.cache_control.no_store = True
        return response

    return routes


def _silence(site: Site) -> list[str]:
    """Return that no refresh has gone well for longer than three should take, if so."""
    succeeded = site.publisher.health.succeeded
    if not site.every or succeeded is None:
        return []
    age = site.publisher.clock() - succeeded
    if age <= 3 * site.every:
        return []
    return [f"no refresh has gone well since {timestamp(succeeded)} (see the log)"]


def _standing(site: Site) -> tuple[Head, Health]:
    publisher = site.publisher
    try:
        return publisher.store.head(), publisher.standing
    except StoreError:
        own = publisher.health
        problems = (NO_DATABASE, *own.problems)
        return NO_HEAD, replace(own, problems=tuple(dict.fromkeys(problems)))


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
