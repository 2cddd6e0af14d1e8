"""
Responses of the site: found in the cache, or made from the store and dated.

Routes and pages use it: they name a key and a function that makes the representation.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, request

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import NothingPublished, Problem
from releasecal.store import NO_HEAD, Choices, Head, SourceStatus, last_modified
from releasecal.store.choices import choices
from releasecal.telemetry.counters_of_processes import QUEUE
from releasecal.web.http.client_address import client_of
from releasecal.web.http.concurrency_limit import ConcurrencyLimit
from releasecal.web.http.conditional_requests import (
    Delivery,
    Environ,
    HttpResponse,
    Representation,
    preflight,
)
from releasecal.web.http.observed import StartResponse
from releasecal.web.http.private_answers import below
from releasecal.web.http.rate_limit import RateLimit
from releasecal.web.http.response_cache import FreshCache, Target
from releasecal.web.services import Services

MADE, MADE_SECONDS = "made", "made_seconds"
"""Counters of the answers that were made, for the cache had none, and of the time that took."""

_NOTHING = "nothing has been published yet"


@dataclass(frozen=True, slots=True)
class SiteState:
    """
    The state that responses are made from, beside their addresses and the edition's facts.

    Attributes:
        today: The civil day (UTC).
        problems: Problems of the last refresh; empty if all is well.
        is_held: Whether the loss guard holds an edition or a source.
        troubled: The sources in trouble, if the facts of the others are published.
        shown: The part of *head* that shows in responses.
        lasts: Time until the day is over.
        every: Time between two refreshes of another node; None for this one's.
    """

    head: Head
    today: date
    problems: tuple[Problem, ...] = ()
    is_held: bool = False
    troubled: tuple[SourceStatus, ...] = ()
    shown: tuple[object, ...] = ()
    lasts: timedelta = timedelta()
    every: timedelta | None = None

    @property
    def of_all(self) -> tuple[object, ...]:
        """Part of the state that shows in every response: edition, day and time to the next."""
        return self.shown, self.today, self.every

    @property
    def of_pages(self) -> tuple[object, ...]:
        """Part of the state that shows in pages only: the refresh status, the copies of posters."""
        return self.problems, self.is_held, self.troubled, self.head.posters


def _find_state(services: Services, last: SiteState) -> SiteState:
    """Return the present state; *last* is the one before."""
    now = services.clock()
    head, status = services.state()
    if head.number == 0 < last.head.number:  # the database was replaced by an empty one
        raise NothingPublished(_NOTHING)
    today = now.date()
    shown = head.shows(today, services.site.stale_after)
    return SiteState(
        head,
        today,
        status.problems,
        status.is_held,
        status.troubled,
        shown,
        _until_midnight(now)
        if head.number
        else timedelta(),  # the first edition is for all at once
        status.every,
    )


def _until_midnight(now: datetime) -> timedelta:
    """Return the rest of the civil day (UTC) of *now*."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time())
    return midnight.replace(tzinfo=UTC) - now


class _Exact(Response):
    """Flask response with just the status, headers and body that *respond* returns."""

    def __init__(self, respond: Callable[[Environ], HttpResponse]) -> None:
        super().__init__()
        self._respond = respond

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Send the response (PEP 3333)."""
        response = self._respond(environ)
        start_response(response.status, response.headers)
        return response.body


class Responses:
    """
    The responses of a site, for its routes.

    Attributes:
        cache: The response cache, for the fast path.
    """

    def __init__(self, services: Services) -> None:
        self._store, self._delivery = services.store, services.delivery
        self._choices: tuple[int, Choices] | None = None
        self._trusted = services.trusted_proxies
        self._limit, self._concurrency = RateLimit(services.ticks), ConcurrencyLimit()
        self._counters, self._ticks = services.telemetry.counters, services.ticks
        self.cache = FreshCache(
            SiteState(NO_HEAD, date.min),
            partial(_find_state, services),
            services.delivery,
            capacity=services.capacity,
            news=services.own_status,
            ticks=services.ticks,
        )

    def answer(
        self,
        key: str,
        make: Callable[[SiteState], Representation],
        *,
        download: bool = False,
        keep: bool = True,
        note: bool = True,
    ) -> Response:
        """
        Return the response with *key*, made by *make* if it is not in the cache.

        Links in it lead into the site where the request has found that, so each private path has
        responses of its own.

        The date of the representation, if it has one, is the latest possible: it is moved
        back to the last change of its octets. The cache keeps the response if *keep* allows
        it, and the address of the request if *note* does.

        Raises:
            NothingPublished: There is no edition yet, and the response is dated.
            StoreError: The database cannot be used, and the response is not in the cache.
            ServiceUnavailable: It is not in the cache, and too many others are being made.
            TooManyRequests: It is not in the cache, and this client had too many made.
        """
        admit = partial(self._admitted, request.environ)
        place = below(request.environ)
        dated = partial(self._dated, _recorded(place, key), make)
        slot = self.cache.find(f"{place}{key}", dated, keep=keep, admit=admit)
        assert request.url_rule  # or else no route would have asked
        target = Target(slot, download, request.url_rule.rule)
        if note:
            self.cache.note(request.environ, target)
        return _Exact(partial(self.cache.respond, target))

    @property
    def delivery(self) -> Delivery:
        """The settings by which responses are coded and cached, by what the writer said last."""
        return self._delivery.at(self.cache.current.state.every)

    def choices(self, state: SiteState) -> Choices:
        """Return the values that a query can name in the edition of *state*, counted once for it."""
        if self._choices is None or self._choices[0] != state.head.number:
            self._choices = (state.head.number, self._store.ask(choices))
        return self._choices[1]

    def streamed(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """
        Return *parts*, each made while it holds a place, for an answer that no cache keeps.

        Raises:
            TooManyRequests: This client had too many answers made.
        """
        self._limit.count(client_of(request.environ, self._trusted))
        return self._in_turns(parts)

    def _in_turns(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            with self._concurrency.place(is_favoured=True):
                part = next(parts, None)
            if part is None:
                return
            yield part

    @contextmanager
    def _admitted(self, environ: Environ, *, is_known: bool) -> Iterator[None]:
        """Hold a place to make a response; one that was polled before counts for no client."""
        if not is_known:
            self._limit.count(client_of(environ, self._trusted))
        with ExitStack() as held:
            with self._waiting():
                held.enter_context(self._concurrency.place(is_favoured=is_known))
            began = self._ticks()
            yield
            self._counters.add(MADE)
            self._counters.add(MADE_SECONDS, amount=self._ticks() - began)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count a request as one that waits."""
        self._counters.add(QUEUE)
        try:
            yield
        finally:
            self._counters.add(QUEUE, amount=-1)

    def _dated(
        self, key: str, make: Callable[[SiteState], Representation], state: SiteState
    ) -> Representation:
        """Return the representation with the moment of its last change, unless it has no date."""
        representation = make(state)
        if representation.changed is None:
            return representation
        if state.head.number == 0:
            raise NothingPublished(_NOTHING)
        changed = last_modified.last_changed(
            self._store,
            key,
            representation.etag,
            edition=state.head.number,
            today=state.today,
            at_the_latest=representation.changed,
        )
        return replace(representation, changed=changed)


def _recorded(place: str, key: str) -> str:
    """Return the name in the database of the response with *key* below *place*, a private path."""
    # The path has a token, of which no database gets more than a digest.
    return f"{blake2b(place.encode(), digest_size=16).hexdigest()} {key}" if place else key


def add_route(routes: Blueprint, rule: str, endpoint: str, view: Callable[..., Response]) -> None:
    """Add a route for programs of any site to *routes*: *view* answers GET and HEAD."""
    routes.add_url_rule(rule, endpoint, view, methods=["GET"], provide_automatic_options=False)
    routes.add_url_rule(
        rule,
        f"{endpoint}_options",
        lambda **_: _Exact(lambda _: preflight()),
        methods=["OPTIONS"],
        provide_automatic_options=False,
    )
