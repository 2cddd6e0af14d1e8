"""``/status``: how the site is, for whoever runs it: edition, sources, what is pending and wrong."""

from functools import partial

from flask import Blueprint, Response

from releasecal.store import fetch_states, newest_edition
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.last_source_check import last_looks, last_success
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the page."""
    routes = Blueprint("status", __name__)

    @routes.get("/status")
    def page() -> Response:
        # It tells of looks, which change nothing else: it is made anew each time.
        return answer(services, responses, "/status", partial(_page, services), keep=False)

    return routes


def _page(services: Services, state: SiteState) -> str:
    status = services.status()
    succeeded = last_success(services, status)
    return render(
        services,
        state,
        "status.html",
        is_status=True,
        edition=state.head,
        succeeded=succeeded,
        sources=status.sources,
        looks=last_looks(status, services.store.ask(fetch_states.states), succeeded),
        pending=services.store.ask(newest_edition.pending_count),
        now=services.clock(),
    )
