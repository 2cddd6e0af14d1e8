"""
Webhooks: a signed POST by Standard Webhooks (https://www.standardwebhooks.com).

The id of a message is the same each time that it is sent, so a receiver that remembers ids takes
it once; the time is that of the attempt, and both are signed with the body.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.notify.news import DeliveryFailed, NewsMessage
from releasecal.notify.news_target import NewsTarget
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.source_settings import SourceSettings

PACE = Pace(pause=timedelta(seconds=10), patience=timedelta(seconds=15))
"""Limits of an attempt: a receiver that works longer on a message takes it, and works later."""


def send(target: NewsTarget, message: NewsMessage, clock: Clock) -> None:
    """
    Send *message* to *target*, once.

    Raises:
        DeliveryFailed: It was not accepted, as far as we know.
    """
    body, now = message.as_json, clock()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(target.keys, message.id, now, body),
    }
    post(target, body, headers, clock)


def signature(keys: Sequence[bytes], id_: str, at: datetime, body: bytes) -> str:
    """Return the signatures of the message with that *id_* and *body*, sent *at*, by all *keys*."""
    signed = f"{id_}.{int(at.timestamp())}.".encode() + body
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def post(target: NewsTarget, body: bytes, headers: dict[str, str], clock: Clock) -> None:
    """
    Send *body* to the address of *target*, once.

    Raises:
        DeliveryFailed: It was not accepted, as far as we know.
    """
    address = target.address.reveal()
    settings = SourceSettings(
        target.name, target.type, address, target.address, allow_private=target.allow_private
    )
    try:
        with Client(settings, clock, PACE) as client:
            client.post(address, body, headers=headers)
    except FetchFailed as error:
        is_refused = error.failure == "unauthorized"  # by its signature or address: no token
        what = "access is refused (401)" if is_refused else error.problems[0].what
        raise DeliveryFailed(what, error.retry_at) from None
