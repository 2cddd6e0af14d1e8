"""Pushes as hosts of repositories send them, signed."""

import base64
import hmac
from hashlib import sha256

SECRET = "a-secret-of-webhooks"
SENDERS = {
    "github": ("X-GitHub-Event", "push"),
    "forgejo": ("X-Forgejo-Event", "push"),
    "gitea": ("X-Gitea-Event", "push"),
    "gitlab": ("X-Gitlab-Event", "Push Hook"),
    "gitlab-signed": ("X-Gitlab-Event", "Push Hook"),
}
"""By name: the header of an event, and the event of a push."""


def signed(sender, body, now, event="", secret=SECRET):
    """Return the headers with which *sender* sends *body* at *now*, by default for a push."""
    name, push = SENDERS[sender]
    headers = {"Content-Type": "application/json", name: event or push}
    plain = hmac.new(secret.encode(), body, sha256).hexdigest()
    if sender == "github":
        return {**headers, "X-GitHub-Delivery": "1-2-3", "X-Hub-Signature-256": f"sha256={plain}"}
    if sender == "forgejo":  # which sends them under the names of the others, too
        names = ("X-Forgejo-Signature", "X-Gitea-Signature", "X-Gogs-Signature")
        hub = {"X-GitHub-Event": event or push, "X-Hub-Signature-256": f"sha256={plain}"}
        return {**headers, **dict.fromkeys(names, plain), **hub, "X-Forgejo-Delivery": "1-2-3"}
    if sender == "gitea":
        return {**headers, "X-Gitea-Delivery": "1-2-3", "X-Gitea-Signature": plain}
    if sender == "gitlab":
        return {**headers, "X-Gitlab-Event-UUID": "1-2-3", "X-Gitlab-Token": secret}
    at = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"1-2-3.{at}.".encode() + body, sha256).digest()
    return {
        **headers,
        "Webhook-Id": "1-2-3",
        "Webhook-Timestamp": at,
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }
