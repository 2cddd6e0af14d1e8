"""Health: ``/healthz`` says that the process is alive, ``/readyz`` that its data is fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, request

from releasecal.core.dates import timestamp
from releasecal.errors import NOWHERE, Problem, StoreError
from releasecal.store import (
    NO_HEAD,
    Head,
    RefreshStatus,
    fetch_states,
    lease,
)
from releasecal.web.http.private_answers import ACCESS
from releasecal.web.last_source_check import age, last_looks, last_success
from releasecal.web.services import Services

_MAX = 100  # problems in a response; the log has more, releasecal check has all
_SLACK = timedelta(minutes=1)  # by which a busy machine, or another process's work, delays one


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
        (head, refresh_status), since = _now(services), services.age()
        found = [
            *refresh_status.problems,
            *_read_only(services),
            *_silence(services, refresh_status),
        ]
        found += (each for status in refresh_status.sources for each in status.left_out)
        problems = list(dict.fromkeys(found))
        status = "unready" if head.number == 0 else "degraded" if problems else "ok"
        response = jsonify(
            {
                "status": status,
                "held": refresh_status.is_held,
                "edition": head.number,
                "published": _moment(head.published if head.number else None),
                "last_success": _moment(refresh_status.succeeded),
                "age_seconds": None if since is None else round(since.total_seconds()),
                "last_failure": _moment(refresh_status.failed),
                "problems": [str(each) for each in problems[:_MAX]],
                "sources": _sources(services, refresh_status),
            }
        )
        if services.is_private and ACCESS not in request.environ:
            response = jsonify({"status": status})  # problems and sources tell of films
        # A degraded site is ready: the last good edition is up.
        response.status_code = 200 if head.number else 503
        response.cache_control.no_store = True
        return response

    return routes


def _sources(services: Services, status: RefreshStatus) -> Sequence[Mapping[str, object]]:
    """Return the states of all sources for JSON, with the first problems of each."""
    try:
        fetching = services.store.ask(fetch_states.states)
    except StoreError:
        fetching = {}
    now, looks = services.clock(), last_looks(status, fetching, last_success(services, status))
    found = []
    for source in status.sources:
        few = replace(source, problems=source.problems[:_MAX], left_out=source.left_out[:_MAX])
        look, state = looks[source.address], fetching.get(source.address)
        found.append(
            {
                **few.as_json,
                "age_seconds": round(age(now, look).total_seconds()) if look else None,
                "fetching": state.as_json if state else None,
            }
        )
    return found


def _read_only(services: Services) -> list[Problem]:
    """Return the problem that the database cannot be written, if it is so."""
    try:
        services.store.check_writable()
    except StoreError as error:
        return [error.public]
    return []


def _silence(services: Services, status: RefreshStatus) -> list[Problem]:
    """
    Return the problem that no refresh has succeeded in the time of three, if it is so.

    A refresh that is running, in whichever process, may take as long as its deadline.
    """
    every, since = services.delivery.at(status.every).every, services.age()
    succeeded = status.succeeded
    if not every or since is None or succeeded is None:
        return []
    if since <= max(3 * every, every + _SLACK) or _is_running(services):
        return []
    what = f"no refresh has gone well since {timestamp(succeeded)}"
    return [Problem(NOWHERE, what, "see the log")]


def _is_running(services: Services) -> bool:
    """Whether a refresh holds the lease; False without a database."""
    try:
        return services.store.ask(lease.is_held, services.clock())
    except StoreError:
        return False


def _now(services: Services) -> tuple[Head, RefreshStatus]:
    """Return the edition that is up and the refresh status; this process's without a database."""
    try:
        return services.state()
    except StoreError as error:
        own = services.own_status()
        return NO_HEAD, replace(own, problems=(error.public, *own.problems))


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
