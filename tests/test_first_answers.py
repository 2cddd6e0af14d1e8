"""The answers of a server whose first edition is being read."""

import socket
import threading
import time

import pytest

from releasecal.cli import first_answers
from releasecal.cli.first_answers import FirstAnswers
from support.live import until


@pytest.fixture
def answers(monkeypatch):
    """Answers from the first moment on, whose clients have half a second once all is read."""
    monkeypatch.setattr(FirstAnswers, "DELAY", 0)
    monkeypatch.setattr(first_answers, "_PATIENCE", 0.5)
    return FirstAnswers(lambda: _application, "127.0.0.1", 0)


def _application(_, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


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
