"""Whether the process is alive and its data fresh."""

from datetime import datetime

from flask import Blueprint, Response, jsonify

from releasecal.errors import Held, StoreError
from releasecal.store import NO_HEAD, Head
from releasecal.web.site import Site


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
        head, problems = _head(site)
        health = site.publisher.health
        problems += health.problems
        is_ready = head.number > 0
        if isinstance(health.error, Held):
            status = "degraded: held"
        else:
            status = "degraded" if problems else "ok"
        age = site.publisher.clock() - health.succeeded if health.succeeded else None
        response = jsonify(
            {
                "status": status if is_ready else "unready",
                "edition": head.number,
                "published": _moment(head.published if is_ready else None),
                "last_success": _moment(health.succeeded),
                "age_seconds": round(age.total_seconds()) if age else None,
                "last_failure": _moment(health.failed),
                "problems": problems,
            }
        )
        # Degraded still answers well: the last good edition is up.
        response.status_code = 200 if is_ready else 503
        response.cache_control.no_store = True
        return response

    return routes


def _head(site: Site) -> tuple[Head, list[str]]:
    try:
        return site.publisher.store.head(), []
    except StoreError as error:
        return NO_HEAD, [str(error)]


def _moment(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
