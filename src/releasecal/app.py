"""Wiring: from settings to a publisher, and to a WSGI application, in one place."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from releasecal.clock import now
from releasecal.config import Settings
from releasecal.core.revise import Policy
from releasecal.errors import ReleasecalError
from releasecal.refresh import child_process
from releasecal.refresh.publisher import Publisher, as_json
from releasecal.refresh.scheduler import Scheduler
from releasecal.store import Store, vocabulary
from releasecal.token import refresh_token
from releasecal.web import create_app
from releasecal.web.http.conditional import Delivery
from releasecal.web.services import Services


def open_publisher(settings: Settings) -> Publisher:
    """
    Return the publisher that *settings* describe, its database open.

    Raises:
        StoreError: The database cannot be used.
    """
    return Publisher(
        Store.open(settings.database),
        settings.sources,
        settings.site,
        now,
        Policy(mark=settings.mark_moves, keep=settings.keep_cancelled),
    )


def token(settings: Settings) -> str:
    """
    Return the refresh token, as set or as kept in the state folder.

    Raises:
        SettingsError: It cannot be kept there.
    """
    return settings.refresh_token or refresh_token(Path(settings.state_dir))


def services(publisher: Publisher, bearer: str) -> Services:
    """Return *publisher* as the web app needs it; ``POST /refresh`` takes the token *bearer*."""
    return Services(
        publisher.store,
        publisher.site,
        vocabulary(publisher.store, publisher.site),
        publisher.clock,
        publisher.mark,
        status=lambda: publisher.status,
        own_status=lambda: publisher.own_status,
        refresh=lambda accept_loss: as_json(publisher.refresh(accept_loss=accept_loss)),
        token=bearer,
    )


class Application:
    """
    The site with its scheduler, as a WSGI application and as the outermost layer of *flask*.

    The scheduler starts with the first request, and so in a process that answers:
    before that a server may still fork, and threads do not survive a fork.
    """

    def __init__(self, settings: Settings) -> None:
        """Open the store; if nothing was ever published, read the sources first."""
        publisher = open_publisher(settings)
        publisher.make = child_process.make
        every = settings.refresh_every
        self.scheduler = Scheduler(publisher, every)
        self.flask = create_app(
            replace(
                services(publisher, token(settings)),
                delivery=Delivery(every, settings.compress),
                capacity=settings.cache_size * 2**20,
            )
        )
        self._answer, self.flask.wsgi_app = self.flask.wsgi_app, self  # type: ignore[method-assign]
        if every and publisher.store.head().number == 0:
            with suppress(ReleasecalError):  # logged; the scheduler tries again
                publisher.refresh()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        self.scheduler.start()
        return self._answer(environ, start_response)


def application(environ: Mapping[str, str]) -> Application:
    """
    Return the application that *environ*'s settings describe, with logging set up.

    Raises:
        SettingsError: A setting would not do.
        StoreError: The database cannot be used.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return Application(Settings.read(environ))
