"""The answers of a server whose first edition is being read."""

import socket
import threading
import time
from functools import partial
from http.client import HTTPConnection

import pytest

from releasecal.cli import answers_before_first_edition
from releasecal.cli.answers_before_first_edition import FirstAnswers
from releasecal.web.http.body_time_limit import with_ending_body
from support.live import until


@pytest.fixture
def answers(monkeypatch):
    """Answers from the first moment on, whose clients have half a second once all is read."""
    monkeypatch.setattr(FirstAnswers, "DELAY", 0)
    monkeypatch.setattr(answers_before_first_edition, "_PATIENCE", 0.5)
    return FirstAnswers(lambda: partial(with_ending_body, _application), "127.0.0.1", 0)


def _application(environ, start_response):
    body = environ["wsgi.input"].read(5) + environ["wsgi.input"].read(5)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def test_a_body_ends_where_its_length_says(answers):
    """What reads on, as a refusal does for a proxy, does not wait for the next request."""
    with answers:
        until(lambda: answers.listening, "a socket")
        client = HTTPConnection(*answers.listening.getsockname())
        client.request("POST", "/refresh", b"octet")
        body = client.getresponse().read()
    answers.listening.close()

    assert body == b"octet"


def test_a_client_that_never_ends_its_request_delays_no_start(answers):
    """Octet by octet it could hold a thread for days, and the workers would never begin."""
    is_over = threading.Event()
    answers.__enter__()
    until(lambda: answers.listening, "a socket")
    with answers.listening, socket.create_connection(answers.listening.getsockname()) as client:
        slow = threading.Thread(target=_drip, args=(client, is_over))
        slow.start()
        time.sleep(0.5)
        leaving = threading.Thread(target=answers.__exit__, args=(None,))
        leaving.start()
        leaving.join(5)
        has_left = not leaving.is_alive()
        is_over.set()
        slow.join()

    assert has_left


def _drip(client, is_over):
    client.sendall(b"GET /")
    while not is_over.wait(0.1):
        client.sendall(b"x")
