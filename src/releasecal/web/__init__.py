"""The Flask app: an application factory, and the rules that all routes share."""

import logging
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    MethodNotAllowed,
    RequestTimeout,
    ServiceUnavailable,
)
from werkzeug.http import parse_date

from releasecal.core.graphemes import cut
from releasecal.errors import NothingPublished, SelectionError, StoreError
from releasecal.formats import FORMATS
from releasecal.queries.api_query import ListMoved
from releasecal.telemetry import request_ids
from releasecal.web.cached_responses import Responses
from releasecal.web.http.body_time_limit import BodyReader, hang_up
from releasecal.web.http.client_address import client_of
from releasecal.web.http.fast_path import FastPath
from releasecal.web.http.forwarded import ForwardedRequests, Network, address_of, is_among
from releasecal.web.http.lazy_rule import LateRule
from releasecal.web.http.observed import ROUTE, Observed, Observer
from releasecal.web.http.private_answers import HIDDEN
from releasecal.web.http.problem import CONTENT_TYPE, problem
from releasecal.web.pages import translations
from releasecal.web.pages.error_translations import in_page_language
from releasecal.web.private_paths import OPEN, PrivatePaths
from releasecal.web.routes import (
    api,
    api_description,
    changes,
    data,
    feeds,
    find,
    follow_and_embed,
    health,
    metrics,
    pages,
    pictures,
    poster_files,
    refresh,
    site_files,
    sitemap,
    slips,
    sources,
    status,
)
from releasecal.web.services import Services

_LONGEST_TEXT = 500  # characters of an error, which may repeat the request
_NOTHING_BY_ITSELF = (
    "Nothing has been published yet. This site reads its sources when it is told to: "
    "/readyz says what was wrong the last time."
)

_NOTHING_HERE = translations.msgid("There is nothing at this address.")

_PHRASES = {
    HTTPStatus.BAD_REQUEST: translations.msgid("Bad Request"),
    HTTPStatus.NOT_FOUND: translations.msgid("Not Found"),
    HTTPStatus.METHOD_NOT_ALLOWED: translations.msgid("Method Not Allowed"),
    HTTPStatus.TOO_MANY_REQUESTS: translations.msgid("Too Many Requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: translations.msgid("Internal Server Error"),
    HTTPStatus.SERVICE_UNAVAILABLE: translations.msgid("Service Unavailable"),
}
"""The names of statuses that people meet."""

_WITH_RESPONSES = (
    feeds,
    pages,
    find,
    follow_and_embed,
    slips,
    changes,
    data,
    api,
    api_description,
    sources,
    status,
    pictures,
    poster_files,
    site_files,
    sitemap,
)

_log = logging.getLogger(__name__)


def create_app(services: Services) -> Flask:
    """
    Return the site of *services*, with the fast path and what observes it around its ``wsgi_app``.

    Nothing is read, and no thread is started, before the first request.
    """
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # as documented, not as typed
    app.url_rule_class = LateRule
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would repeat the visitor's Host
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    translations.install(app)
    responses = Responses(services)
    observer = Observer(services.telemetry, partial(client_of, trusted=services.trusted_proxies))
    made = Observed(ForwardedRequests(app.wsgi_app, services.trusted_proxies), observer)
    cached = FastPath(made, responses.cache, observer)
    app.wsgi_app = PrivatePaths(cached, services, observer)  # type: ignore[method-assign]  # Flask's way
    for module in _WITH_RESPONSES:
        app.register_blueprint(module.blueprint(services, responses))
    for module in (refresh, health, metrics):
        app.register_blueprint(module.blueprint(services))
    app.before_request(_tell_route)
    app.before_request(_refuse_small_letters)
    app.before_request(_forget_impossible_dates)
    if services.is_beginning:
        app.before_request(_show_nothing)
    app.after_request(_sort_allowed)
    app.after_request(partial(_take_rest, BodyReader(), services.trusted_proxies))
    app.after_request(_forbid_sniffing)
    app.register_error_handler(SelectionError, _on_selection_error)
    app.register_error_handler(ListMoved, partial(_on_moved_list, services.site.url))
    app.register_error_handler(StoreError, partial(_on_store_error, services))
    app.register_error_handler(HTTPException, _on_http_error)
    return app


def _tell_route() -> None:
    """Tell the layers around the app the route of the request."""
    if request.url_rule:
        request.environ[ROUTE] = request.url_rule.rule


def _refuse_small_letters() -> None:
    """Refuse ``get`` and ``head``: a method's case counts (RFC 9110 § 9.1), but not to Flask."""
    method = request.environ["REQUEST_METHOD"]
    if method != request.method:
        abort(HTTPStatus.NOT_IMPLEMENTED, f"There is no method {method!r} (try {request.method}).")


def _show_nothing() -> None:
    """
    Refuse what would be shown, pages too: without facts they would look like a site without films.

    Raises:
        NothingPublished: The request is for feeds, pages and the like.
    """
    is_reading = request.url_rule is not None and request.method in ("GET", "HEAD")
    if is_reading and request.endpoint != "static" and request.path not in OPEN:
        raise NothingPublished("the first edition is being read")


_DATED = {
    "HTTP_IF_MODIFIED_SINCE": (),
    "HTTP_IF_UNMODIFIED_SINCE": (),
    "HTTP_IF_RANGE": ("HTTP_RANGE",),  # what does not match wants all (RFC 9110 § 13.1.5)
}
"""Headers that may have a date, and those that go with each."""


def _forget_impossible_dates() -> None:
    """Ignore a date out of range, as RFC 9110 § 13.1.3 wants for all invalid dates."""
    for name, others in _DATED.items():
        try:
            parse_date(request.environ.get(name))
        except (OverflowError, IndexError):
            for each in (name, *others):
                request.environ.pop(each, None)


def _forbid_sniffing(response: Response) -> Response:
    """Return *response*, a file's with the demand to believe its Content-Type."""
    if request.endpoint == "static":
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _sort_allowed(response: Response) -> Response:
    """Return *response* with a sorted ``Allow``, which Flask and Werkzeug make from a set."""
    if "Allow" in response.headers:
        response.headers["Allow"] = ", ".join(sorted(response.allow))
    return response


def _is_from(trusted: Sequence[Network]) -> bool:
    """Whether the request comes from a proxy of *trusted*."""
    return is_among(address_of(request.environ.get("REMOTE_ADDR", "")), trusted)


def _take_rest(bodies: BodyReader, trusted: Sequence[Network], response: Response) -> Response:
    """
    Return *response*; of a refusal, read first what a proxy of *trusted* still sends.

    The server hangs up on a body that nobody reads. A proxy, which has all of it, may find that
    before the answer, and tells its client that the site is away. From others a body comes as
    slowly as they like, so it is left alone.
    """
    length = request.content_length or 0
    is_refusal = response.status_code >= 400 and response.status_code != HTTPStatus.REQUEST_TIMEOUT
    if is_refusal and 0 < length <= refresh.MAX_PUSH and _is_from(trusted):
        try:
            bodies.read(partial(request.environ["wsgi.input"].read, length))
        except RequestTimeout:
            hang_up(response)
        except (ServiceUnavailable, OSError):
            pass  # others are being read, or it is gone: the answer is the same
    return response


def _on_selection_error(error: SelectionError) -> Response:
    return _error(HTTPStatus.BAD_REQUEST, cut(str(error), _LONGEST_TEXT))


def _on_moved_list(url: str, error: ListMoved) -> Response:
    body = problem(HTTPStatus.GONE, str(error), f"{url}/api#list-moved")
    return _uncached(Response(body, HTTPStatus.GONE, content_type=CONTENT_TYPE))


def _on_store_error(services: Services, error: StoreError) -> Response:
    """Return an error, to be tried again if that may help: where sources are read, by time or now."""
    is_beginning = isinstance(error, NothingPublished) and services.is_beginning
    if not is_beginning:
        _log.error("%s", error)  # its details are for the operator only
    if isinstance(error, NothingPublished) and not (is_beginning or services.delivery.every):
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, _NOTHING_BY_ITSELF)
    message = "The database cannot be used now. Please try again in a minute."
    if is_beginning:
        message = "The first dates are being read. Please try again in a minute."
    elif isinstance(error, NothingPublished):
        message = "Nothing has been published yet. Please try again in a minute."
    response = _error(HTTPStatus.SERVICE_UNAVAILABLE, message)
    response.headers["Retry-After"] = "60"
    return response


def _on_http_error(error: HTTPException) -> Response:
    if HIDDEN in request.environ:
        return _plain(HTTPStatus.NOT_FOUND, translations.gettext(_NOTHING_HERE))
    text = error.description or error.name
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        method = "GET" if request.method == "HEAD" else request.method  # both have one length
        text = f"{method} is not for this address: it takes {allowed}."
    response = _error(HTTPStatus(error.code or 500), cut(text, _LONGEST_TEXT))
    for name, value in error.get_headers(request.environ):
        if name.casefold() not in ("content-type", "content-length"):
            response.headers[name] = value  # Location of a redirect
    return response


def _error(status: HTTPStatus, message: str) -> Response:
    """Return an error: a page for people, plain text for programs, and a problem of the API."""
    if f"{request.path}/".startswith(f"{api.ROOT}/"):
        body = problem(status, message)
        return _uncached(Response(body, status, content_type=CONTENT_TYPE))
    is_for_programs = request.path.endswith((".atom", *(f".{ending}" for ending in FORMATS)))
    # Without a valid Host a page has no address that it could link to.
    is_lost = isinstance(request.routing_exception, BadHost)
    if is_lost or is_for_programs or not request.accept_mimetypes.accept_html:
        return _plain(status, message)
    phrase = translations.gettext(_PHRASES.get(status, status.phrase))
    text = in_page_language(message)
    page = render_template(
        "error.html", status=status, phrase=phrase, message=text, request_id=_told_id(status)
    )
    response = _uncached(Response(page, status, content_type="text/html; charset=utf-8"))
    response.content_language.add(translations.page_language().code)
    return response


def _told_id(status: HTTPStatus) -> str:
    """Return the request id for an error that the operator has to look up; "" for others."""
    return request_ids.current() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""


def _plain(status: HTTPStatus, message: str) -> Response:
    if request_id := _told_id(status):
        message = f"{message} (request {request_id})"
    response = Response(f"{message}\n", status, content_type="text/plain; charset=utf-8")
    return _uncached(response)


def _uncached(response: Response) -> Response:
    """Forbid caching: an error must not outlive its cause."""
    response.cache_control.no_store = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
