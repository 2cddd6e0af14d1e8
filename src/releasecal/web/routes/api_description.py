"""The description of the API: ``/openapi.json`` for programs, and ``/api`` for people."""

from functools import partial

from flask import Blueprint, Response, request

from releasecal.queries.api_query import MAX_SIZE, SIZE
from releasecal.web import openapi
from releasecal.web.cached_responses import Responses, SiteState, add_route
from releasecal.web.http.conditional_requests import Representation, tag
from releasecal.web.http.private_answers import below
from releasecal.web.routes.api import OPERATIONS, ROOT
from releasecal.web.routes.pages import answer, render
from releasecal.web.services import Services


def blueprint(services: Services, responses: Responses) -> Blueprint:
    """Return both routes."""
    routes = Blueprint("api_description", __name__)

    @routes.get("/api")
    def page() -> Response:
        return answer(services, responses, "/api", partial(_page, services))

    view = partial(responses.answer, openapi.PATH, partial(_represent, services))
    add_route(routes, openapi.PATH, "openapi", view)
    return routes


def _represent(services: Services, _: SiteState) -> Representation:
    site = services.site.below(below(request.environ))
    body = openapi.document(site)
    address = f"{site.url}{openapi.PATH}"
    return Representation(body, "application/json", tag(body), None, address)


def _page(services: Services, state: SiteState) -> str:
    return render(
        services,
        state,
        "api.html",
        operations=OPERATIONS.values(),
        root=ROOT,
        address=f"{services.site.below(below(request.environ)).url}{ROOT}",
        size=SIZE,
        max_size=MAX_SIZE,
    )
