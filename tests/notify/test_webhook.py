"""Webhooks: signed as Standard Webhooks says."""

import base64
from datetime import UTC, datetime

from releasecal.notify.webhook import signature

MOMENT = datetime.fromtimestamp(1_614_265_330, UTC)


def test_the_signature_is_that_of_the_standard():
    """The example that the libraries of Standard Webhooks test themselves with has their signature."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signed = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", MOMENT, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_key_signs():
    """While keys are exchanged, a receiver finds the signature of the one that it has."""
    one, other = (signature([key], "msg_a", MOMENT, b"{}") for key in (b"one", b"other"))

    assert signature([b"one", b"other"], "msg_a", MOMENT, b"{}") == f"{one} {other}"
