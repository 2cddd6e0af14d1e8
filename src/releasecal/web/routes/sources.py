"""``/sources``: the state of each source, for people."""

from functools import partial

from flask import Blueprint, Response

from releasecal.store import fetch_states
from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services

_MAX = 20  # problems of a source


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the page."""
    routes = Blueprint("sources", __name__)

    @routes.get("/sources")
    def page() -> Response:
        # It tells of looks, which change nothing else: it is made anew each time.
        return answer(services, responses, "/sources", partial(_page, services), keep=False)

    return routes


def _page(services: Services, state: SiteState) -> str:
    return render(
        services,
        state,
        "sources.html",
        statuses=services.status().sources,
        fetching=services.store.ask(fetch_states.states),
        now=services.clock(),
        most=_MAX,
    )
