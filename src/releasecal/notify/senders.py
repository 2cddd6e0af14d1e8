"""The ways out: a function for each type of target."""

from collections.abc import Callable, Mapping
from importlib import import_module

from releasecal.clock import Clock
from releasecal.notify import webhook, websub
from releasecal.notify.news import DeliveryFailed, NewsMessage
from releasecal.notify.news_target import APPRISE, WEBHOOK, WEBSUB, NewsTarget

Send = Callable[[NewsTarget, NewsMessage, Clock], None]
"""Sends a message once; raises `DeliveryFailed` if it was not accepted, as far as we know."""


def _by_apprise(target: NewsTarget, message: NewsMessage, _: Clock) -> None:
    try:
        services = import_module("releasecal.notify.apprise_services")
    except ModuleNotFoundError as error:
        raise DeliveryFailed(
            "apprise is not installed (pip install 'releasecal[notify]')"
        ) from error
    services.send(target, message)


SENDERS: Mapping[str, Send] = {
    WEBHOOK: webhook.send,
    APPRISE: _by_apprise,
    WEBSUB: websub.send,
}
"""By type."""
