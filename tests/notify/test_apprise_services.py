"""Apprise: a title and a text go to the service that its address names."""

import json
import sys
from dataclasses import replace

import pytest

from releasecal.notify.news import DeliveryFailed, NewsMessage
from releasecal.notify.news_target import APPRISE, NewsTarget
from releasecal.notify.senders import SENDERS
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog
from releasecal.queries.site_settings import SiteSettings
from releasecal.sources.remote import Secret
from support.build import NOW
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer, status

pytestmark = [
    pytest.mark.slow,
    # Apprise looks whether Python has it still.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]

MESSAGE = NewsMessage(
    "msg_test",
    ChangeLog(
        ChangeQuery(),
        (),
        {},
        has_more=False,
        site=SiteSettings(),
        titles=(),
        regions=(),
        published=NOW,
    ),
)


@pytest.fixture
def server():
    with FaultyServer(lambda _: Answer(b"{}")) as server:
        yield server


def send(address, message=MESSAGE):
    SENDERS[APPRISE](NewsTarget("phone", APPRISE, Secret(address)), message, Clock())


def test_a_service_takes_title_and_text(server):
    """The message arrives as Apprise writes it for that service."""
    send(server.address.replace("http://", "json://"))

    (asked,) = server.asked
    told = json.loads(asked.body)
    assert told["title"] == "Film releases: changes"
    assert told["message"].rstrip() == MESSAGE.text


def test_a_title_is_no_markup(server):
    """A film's title that looks like a program is text where the service takes HTML, as mail does."""
    site = SiteSettings(public_url="https://films.example/<script>alert(1)</script>")
    message = replace(MESSAGE, log=replace(MESSAGE.log, site=site))

    send(f"{server.address.replace('http://', 'json://')}/?format=html", message)

    told = json.loads(server.asked[0].body)["message"]
    assert "&lt;script&gt;" in told
    assert "<script>" not in told


def test_a_service_that_fails_is_told(server):
    """An error of the service is one of the message, which is tried again."""
    server.fail(status(500))

    with pytest.raises(DeliveryFailed, match="did not take it"):
        send(server.address.replace("http://", "json://"))


def test_an_unknown_address_is_told():
    """An address that Apprise does not know is told without it."""
    with pytest.raises(DeliveryFailed, match="does not know this address") as failed:
        send("nothing://secret@here")

    assert "secret" not in str(failed.value)


def test_without_apprise_it_says_what_to_install(monkeypatch):
    """Without the extra the message waits, and the problem has the command."""
    monkeypatch.setitem(sys.modules, "releasecal.notify.apprise_services", None)

    with pytest.raises(DeliveryFailed, match=r"pip install 'releasecal\[notify\]'"):
        send("json://localhost")
