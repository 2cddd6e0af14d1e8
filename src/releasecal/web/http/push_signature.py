"""
Signatures of pushes, as hosts of repositories send them with each event.

GitHub, Forgejo and Gitea sign the body; GitLab signs it with an id and a time, as Standard Webhooks
describes (https://github.com/standard-webhooks/standard-webhooks), or sends the secret itself.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from werkzeug.datastructures import Headers

from releasecal.core.value_classes import dataclass

TOLERANCE = timedelta(minutes=5)
"""Difference between the time of a signature, if it has one, and ours, at most."""

_WEBHOOK_SECRET = "whsec_"  # noqa: S105 - what a secret of Standard Webhooks begins with

_EVENTS = ("X-Forgejo-Event", "X-Gitea-Event", "X-GitHub-Event", "X-Gitlab-Event")
_PUSHES = ("", "push", "push hook", "tag push hook")  # "" of a sender that is none of these hosts
_PING = "ping"


@dataclass(frozen=True, slots=True)
class SignedPush:
    """
    A request whose signature is right.

    Attributes:
        is_ping: Whether it only asks if anybody is there.
        is_push: Whether it tells of commits or tags, and not of an issue or a star.
        identity: Text that a copy of it has, too; a sender cannot choose it freely.
    """

    is_ping: bool
    is_push: bool
    identity: str


def is_signed(headers: Headers) -> bool:
    """Whether a request with *headers* has a signature, right or wrong."""
    return any(name in headers for name in _READERS)


def signed_push(headers: Headers, body: bytes, secret: str, now: datetime) -> SignedPush | None:
    """
    Return the push with *headers* and *body*, if its signature is that of *secret*, else None.

    Of several signatures the first one known here counts.
    Comparisons take the same time for each wrong signature.
    """
    name = next((name for name in _READERS if name in headers), "")
    signed = _READERS[name](headers, headers[name], body, secret, now) if name and secret else ""
    if not signed:
        return None
    event = next((headers[each] for each in _EVENTS if each in headers), "").casefold()
    identity = sha256(signed.encode() + body).hexdigest()
    return SignedPush(event == _PING, event in _PUSHES, identity)


def _of_body(_: Headers, signature: str, body: bytes, secret: str, __: datetime) -> str:
    right = hmac.new(secret.encode(), body, sha256).hexdigest()
    return right if _is_equal(signature.removeprefix("sha256="), right) else ""


def _of_webhook(headers: Headers, signatures: str, body: bytes, secret: str, now: datetime) -> str:
    """Return that of *signatures*, with spaces between, which is right and was made just now."""
    id_, at = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        return ""
    signed = f"{id_}.{at}.".encode() + body
    right = base64.b64encode(hmac.new(_key(secret), signed, sha256).digest()).decode()
    is_right = any(_is_equal(each, f"v1,{right}") for each in signatures.split(" ")[:8])
    is_recent = abs(int(at) - now.timestamp()) <= TOLERANCE.total_seconds()
    return right if is_right and is_recent else ""


def _key(secret: str) -> bytes:
    """Return the octets of a *secret* of Standard Webhooks, or of any other text."""
    if secret.startswith(_WEBHOOK_SECRET):
        try:
            return base64.b64decode(secret.removeprefix(_WEBHOOK_SECRET), validate=True)
        except binascii.Error:
            pass  # a text that only begins like one
    return secret.encode()


def _itself(headers: Headers, given: str, _: bytes, secret: str, __: datetime) -> str:
    # The secret itself is in each of GitLab's old pushes: there, the id of the delivery counts.
    delivery = headers.get("X-Gitlab-Event-UUID", "")
    return f"delivery {delivery}" if _is_equal(given, secret) else ""


def _is_equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), right.encode())


_READERS: Mapping[str, Callable[[Headers, str, bytes, str, datetime], str]] = {
    "X-Forgejo-Signature": _of_body,
    "X-Gitea-Signature": _of_body,
    "X-Hub-Signature-256": _of_body,
    "Webhook-Signature": _of_webhook,
    "X-Gitlab-Token": _itself,
}
"""By header: what returns the right signature, however it is written there; "" for a wrong one."""
