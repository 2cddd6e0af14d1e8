"""Signatures of pushes: those that hosts of repositories make, and no others."""

import base64
import hmac
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from releasecal.web.http.push_signature import TOLERANCE, is_signed, signed_push
from support.build import NOW
from support.push import SECRET, SENDERS, signed

BODY = b'{"ref": "refs/heads/main"}'


def read(headers, body=BODY, secret=SECRET, now=NOW):
    return signed_push(Headers(headers), body, secret, now)


def test_the_examples_of_those_who_sign():
    """GitHub's documents have a body with its signature, and Standard Webhooks' libraries too."""
    github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert read({"X-Hub-Signature-256": github}, b"Hello, World!", "It's a Secret to Everybody")
    webhook = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = NOW - timedelta(seconds=NOW.timestamp() - 1614265330)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert read(webhook, b'{"test": 2432232314}', secret, at)


@pytest.mark.parametrize("sender", SENDERS)
def test_each_host_is_known_by_its_signature(sender):
    """With the right secret and body; not with another one, nor without a secret of ours."""
    headers = signed(sender, BODY, NOW)

    assert is_signed(Headers(headers))
    push = read(headers)
    assert (push.is_push, push.is_ping) == (True, False)
    assert read(headers, secret="another-secret-of-16") is None
    assert read(headers, secret="") is None
    if sender != "gitlab":  # which sends the secret itself
        assert read(headers, BODY + b" ") is None


@pytest.mark.parametrize(
    ("sender", "event", "is_push", "is_ping"),
    [
        ("github", "ping", False, True),
        ("github", "star", False, False),
        ("forgejo", "issues", False, False),
        ("gitlab", "Tag Push Hook", True, False),
        ("gitlab", "Merge Request Hook", False, False),
    ],
)
def test_an_event_is_a_push_or_a_ping_or_neither(sender, event, is_push, is_ping):
    """By its header, whose names differ from host to host."""
    push = read(signed(sender, BODY, NOW, event))

    assert (push.is_push, push.is_ping) == (is_push, is_ping)


def test_a_signature_with_a_time_ends():
    """Five minutes before and after; the time is signed, too."""
    headers = signed("gitlab-signed", BODY, NOW)

    assert read(headers, now=NOW + TOLERANCE)
    assert read(headers, now=NOW + TOLERANCE + timedelta(seconds=1)) is None
    assert read(headers, now=NOW - TOLERANCE - timedelta(seconds=1)) is None
    for at in (str(int(NOW.timestamp()) + 1), "", "-1", "²", "9" * 400, "1e9"):
        assert read({**headers, "Webhook-Timestamp": at}) is None


def test_one_of_several_signatures_is_enough():
    """Standard Webhooks has one for each secret while it is changed."""
    headers = signed("gitlab-signed", BODY, NOW)
    right = headers["Webhook-Signature"]

    assert read({**headers, "Webhook-Signature": f"v1,AAAA {right}"})
    assert read({**headers, "Webhook-Signature": "v1,AAAA v1a,BBBB"}) is None


def test_a_copy_has_one_identity():
    """Whatever its id is said to be; only where the secret itself is sent the id tells."""
    for sender in SENDERS:
        headers = signed(sender, BODY, NOW)
        other = {**headers, "X-GitHub-Delivery": "another", "X-Forgejo-Delivery": "another"}
        assert read(other).identity == read(headers).identity
        assert read(signed(sender, b"other", NOW), b"other").identity != read(headers).identity
    again = {**signed("gitlab", BODY, NOW), "X-Gitlab-Event-UUID": "another"}
    assert read(again).identity != read(signed("gitlab", BODY, NOW)).identity


@pytest.mark.parametrize("sender", ["github", "forgejo", "gitea", "gitlab-signed"])
def test_a_signature_written_otherwise_is_the_same_copy(sender):
    """Its prefix, other signatures beside it, another host's header: nobody has signed these."""
    headers = signed(sender, BODY, NOW)
    name = "Webhook-Signature" if sender == "gitlab-signed" else "X-Hub-Signature-256"
    right = next(value for key, value in headers.items() if key.endswith(("Signature", "-256")))
    plain = right.removeprefix("sha256=")

    for written in (plain, f"sha256={plain}", f"v1,AAAA {right}", f"{right} v1,AAAA"):
        push = read({**headers, name: written})
        other = read({"X-Hub-Signature-256": written, "X-GitHub-Event": "push"})
        for each in filter(None, (push, other)):
            assert each.identity == read(headers).identity


@given(st.sampled_from(["X-Hub-Signature-256", "Webhook-Signature", "X-Gitlab-Token"]), st.text())
def test_any_text_is_no_signature_and_no_error(name, text):
    """What no host sends is refused."""
    headers = Headers([(name, text.replace("\n", "").replace("\r", ""))])
    headers["Webhook-Timestamp"] = str(int(NOW.timestamp()))

    assert signed_push(headers, BODY, SECRET, NOW) is None


@pytest.mark.parametrize("sender", SENDERS)
def test_signatures_are_compared_in_constant_time(sender, monkeypatch):
    """By the library's comparison, right or wrong."""
    headers = signed(sender, BODY, NOW, secret="another-secret-of-16")
    compared = []
    digest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda *two: compared.append(two) or digest(*two))

    assert read(headers) is None
    assert len(compared) == 1


def test_a_secret_of_standard_webhooks_is_octets():
    """Behind whsec_ stands base64; what is none is a text like any other."""
    at = str(int(NOW.timestamp()))
    for secret, key in (
        ("whsec_" + base64.b64encode(b"k" * 32).decode(), b"k" * 32),
        ("whsec_no base 64", b"whsec_no base 64"),
    ):
        made = hmac.new(key, f"id.{at}.".encode() + BODY, sha256).digest()
        headers = {"Webhook-Id": "id", "Webhook-Timestamp": at}
        headers["Webhook-Signature"] = f"v1,{base64.b64encode(made).decode()}"
        assert read(headers, secret=secret)
