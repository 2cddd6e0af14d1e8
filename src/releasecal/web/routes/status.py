"""``/status``: how the last refresh went, for whoever runs the site."""

from functools import partial

from flask import Blueprint, Response

from releasecal.web.cached_responses import Responses, SiteState
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return the page."""
    routes = Blueprint("status", __name__)

    @routes.get("/status")
    def page() -> Response:
        return answer(services, responses, "/status", partial(_page, services))

    return routes


def _page(services: Services, state: SiteState) -> str:
    return render(services, state, "status.html", is_status=True)
