"""Wiring: from settings to a publisher and to a WSGI application."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from releasecal.clock import now, ticks
from releasecal.errors import (
    Problem,
    RefreshHeld,
    RefreshRunning,
    ReleasecalError,
    SettingsError,
    StoreError,
)
from releasecal.refresh.child_process import ChildProcess
from releasecal.refresh.edition_builder import Report
from releasecal.refresh.notifier import Notifier
from releasecal.refresh.poster_keeper import PosterKeeper
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.push_refresher import PushRefresher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.refresh.scheduler import Scheduler
from releasecal.refresh_token import refresh_token
from releasecal.settings import EXAMPLE_IN_WORDS, Settings
from releasecal.store import (
    WELL,
    ConnectionLimits,
    Head,
    RefreshStatus,
    Store,
    newest_edition,
    refresh_status,
    vocabulary,
)
from releasecal.telemetry import logs, refreshes
from releasecal.telemetry.counters_of_processes import Telemetry
from releasecal.web import create_app
from releasecal.web.http.body_time_limit import with_ending_body
from releasecal.web.http.conditional_requests import Delivery
from releasecal.web.services import Services

_log = logging.getLogger(__name__)


def open_publisher(settings: Settings) -> Publisher:
    """
    Return the publisher of *settings*, with its database open.

    Raises:
        StoreError: The database cannot be used.
    """
    store = Store.open(
        settings.database, limits=limits(settings), replica=settings.read_database_url
    )
    addresses = () if settings.is_reader else settings.addresses
    publisher = Publisher(store, addresses, settings.site, now, settings.policy)
    publisher.fetched = frozenset(source.id for source in settings.fetched)
    publisher.told = frozenset(target.name for target in settings.targets)
    if settings.role == "writer":
        publisher.tells_every = settings.refresh_every
    return publisher


def limits(settings: Settings) -> ConnectionLimits:
    """Return the limits of connections to the database in *settings*."""
    return ConnectionLimits(settings.database_connections, settings.database_patience)


def open_fetcher(settings: Settings, store: Store) -> Fetcher:
    """Return the fetcher of the sources in *settings* that are fetched into *store*."""
    return Fetcher(store, settings.fetched, now)


def open_poster_keeper(settings: Settings, store: Store) -> PosterKeeper | None:
    """Return the keeper of copies of posters in *store*; None if no host is allowed."""
    if not settings.poster_hosts:
        return None
    return PosterKeeper(store, settings.poster_hosts, now, contact=settings.contact)


def open_notifier(settings: Settings, store: Store) -> Notifier | None:
    """Return the notifier of the targets in *settings*; None if there are none, or for a reader."""
    if settings.is_reader or not settings.targets:
        return None
    return Notifier(store, settings.targets, settings.site, now)


def token(settings: Settings) -> str:
    """
    Return the refresh token: the one that is set, or that of the state folder.

    Raises:
        SettingsError: The state folder cannot keep it.
    """
    return settings.refresh_token or refresh_token(Path(settings.state_dir))


def checked(environ: Mapping[str, str]) -> Settings:
    """
    Return the settings of *environ*, or those of the example, if a server can start with them.

    Raises:
        SettingsError: With every problem that was found: of the settings; or else of the
            database, which is migrated where that is needed, and of the state folder.
    """
    settings = Settings.or_example(environ)
    problems: list[Problem] = []
    for attempt in (_try_database, _try_token):
        try:
            attempt(settings)
        except ReleasecalError as error:
            problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return settings


def _try_database(settings: Settings) -> None:
    store = open_publisher(settings).store
    try:
        store.ask(newest_edition.head)
    finally:
        store.close()


def _try_token(settings: Settings) -> None:
    if not settings.is_reader:
        token(settings)


def services(
    publisher: Publisher,
    settings: Settings,
    bearer: str,
    *,
    fetcher: Fetcher | None = None,
    telemetry: Telemetry | None = None,
) -> Services:
    """
    Return *publisher* as the web app needs it; ``POST /refresh`` takes the token *bearer*.

    After a push *fetcher* takes looks at sources, or one that takes them in this process. Without
    the *telemetry* of a server, this process counts for itself.
    """
    site = publisher.site.kept(publisher.store.ask(newest_edition.head).rendering)
    made = Services(
        publisher.store,
        site,
        vocabulary(publisher.store, site),
        publisher.clock,
        publisher.mark,
        state=lambda: publisher.state,
        own_status=lambda: publisher.own_status,
        age=lambda: publisher.age,
        refresh=lambda accept_loss: publisher.refresh(accept_loss=accept_loss).as_json,
        token=bearer,
        delivery=Delivery(settings.refresh_every, settings.compress),
        capacity=settings.cache_size * 2**20,
        ticks=ticks,
        trusted_proxies=settings.trusted_proxies,
        telemetry=telemetry or Telemetry.alone(publisher.clock),
        metrics_from=settings.metrics_from,
        feeds=settings.feeds,
        push_secret=settings.push_secret,
        push=PushRefresher(publisher, fetcher or open_fetcher(settings, publisher.store)).ask,
        is_example=settings.is_example,
        is_private=settings.private,
    )
    return _of_reader(made, settings) if settings.is_reader else made


def _of_reader(services: Services, settings: Settings) -> Services:
    """Return *services* of a node that answers alone, and tells of the writer's refreshes."""
    store = services.store

    def state() -> tuple[Head, RefreshStatus]:
        with store.reading() as connection:
            succeeded, every = refresh_status.last_beat(connection)
            found = refresh_status.find(connection)
            return newest_edition.head(connection), replace(found, succeeded=succeeded, every=every)

    def age() -> timedelta | None:
        with suppress(StoreError):
            succeeded, _ = store.ask(refresh_status.last_beat)
            return max(services.clock() - succeeded, timedelta()) if succeeded else None
        return None

    return replace(
        services,
        state=state,
        own_status=lambda: WELL,
        age=age,
        writer=settings.writer_url,
    )


def beginning_site(settings: Settings, publisher: Publisher) -> Callable[..., Any]:
    """Return the site of *publisher* while its first edition is being read: it says just that."""
    parts = services(publisher, settings, token(settings))
    return partial(with_ending_body, create_app(replace(parts, is_beginning=True)).wsgi_app)


class Application:
    """
    WSGI application of the site with its scheduler; the outermost layer of *flask*.

    The scheduler starts with the first request: before that a server may still fork, and
    threads do not survive a fork.

    Attributes:
        answer: The site without that start, for a server which starts the scheduler itself.
    """

    def __init__(self, settings: Settings, telemetry: Telemetry | None = None) -> None:
        """
        Open the store; if nothing has been published yet, refresh first, but for a reader.

        Without the *telemetry* of a server, this process counts for itself.
        """
        self.is_example = settings.is_example
        telemetry = telemetry or Telemetry.alone(now)
        publisher = open_publisher(settings)
        publisher.observe = partial(_count_refresh, telemetry)
        every = timedelta() if settings.is_reader else settings.refresh_every
        child = ChildProcess(settings.refresh_deadline)
        publisher.build = child.build
        fetcher = open_fetcher(settings, publisher.store)
        fetcher.take = child.take
        keeper = open_poster_keeper(settings, publisher.store)
        notifier = open_notifier(settings, publisher.store)
        self.scheduler = Scheduler(
            publisher, every, fetcher=fetcher, keeper=keeper, notifier=notifier
        )
        bearer = settings.refresh_token if settings.is_reader else token(settings)
        self.flask = create_app(
            services(publisher, settings, bearer, fetcher=fetcher, telemetry=telemetry)
        )
        self.answer, self.flask.wsgi_app = self.flask.wsgi_app, self  # type: ignore[method-assign]
        if not settings.is_reader and publisher.store.ask(newest_edition.head).number == 0:
            with suppress(ReleasecalError):  # logged; a scheduler tries again
                publisher.refresh()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        self.scheduler.start()
        return self.answer(environ, start_response)


def _count_refresh(telemetry: Telemetry, seconds: float, outcome: Report | Exception) -> None:
    """Count a refresh by its *outcome*; one that another process was busy with is none."""
    if isinstance(outcome, RefreshRunning):
        return
    if isinstance(outcome, Exception):
        name = refreshes.HELD if isinstance(outcome, RefreshHeld) else refreshes.FAILED
        refreshes.count(telemetry.counters, name, seconds)
        return
    name = refreshes.PUBLISHED if outcome.is_news else refreshes.UNCHANGED
    name = refreshes.TROUBLED if outcome.problems else name
    refreshes.count(telemetry.counters, name, seconds, outcome.counts)
    refreshes.note_success(telemetry.counters, now().timestamp())


def application(environ: Mapping[str, str]) -> Application:
    """
    Return the application of the settings in *environ*, or of the example; logging is set up.

    Raises:
        SettingsError: A setting is wrong.
        StoreError: The database cannot be used.
    """
    settings = Settings.or_example(environ)
    logs.set_up(settings.log_level, settings.log_format)
    return Application(settings)


def site_app() -> Any:
    """
    Return the Flask app of the site with the settings of the environment.

    It is ``releasecal.create_app``, which ``flask --app releasecal run`` finds.

    Raises:
        SettingsError: A setting is wrong.
        StoreError: The database cannot be used.
    """
    site = application(os.environ)
    if site.is_example:
        _log.warning(EXAMPLE_IN_WORDS)
    return site.flask
