"""A visit to an exported site on a plain file server, by a browser on a phone and on a desk."""

import random
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest

from support.browsing import CHROMIUM, DESKTOP, PHONE, UNFOLD, launched, visited
from support.clock import Clock
from support.exporting import Catalogue, exported, publisher_of

pytestmark = pytest.mark.system

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        """Leave the test's output alone."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the address of an exported site that `http.server` serves below a folder."""
    home = tmp_path_factory.mktemp("home")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=home / "www"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/cal"
    Catalogue(random.Random(4), 40).write(home / "films.json")
    publisher = publisher_of(home / "state", home / "films.json", Clock())
    publisher.site = replace(publisher.site, public_url=address)
    publisher.refresh()
    exported(publisher, home / "www" / "cal")
    publisher.store.close()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("screen", "locale"), [(PHONE, "de-DE"), (DESKTOP, "en-GB")])
def test_a_visitor_finds_a_calendar(site, require, screen, locale):
    """
    From the first page to a country's, a film's and the changes: everything leads somewhere.

    Nothing is wider than the screen, and no page asks for what the host does not have.
    """
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    options = {
        "viewport": screen,
        "locale": locale,
        "permissions": ["clipboard-read", "clipboard-write"],
    }
    with launched() as browser, visited(browser, site, "/", **options) as page:
        page.get_by_role("link", name="Choose what is in it").click()
        page.locator("summary", has_text="Germany").click()
        opened = page.locator("details[open]", has_text="Germany")
        address = opened.get_by_role("link", name="address").first.get_attribute("href")
        with urlopen(address) as answer:
            assert answer.headers["Content-Type"] == "text/calendar"
            assert b"BEGIN:VEVENT" in answer.read()

        page.locator(f'.dates a[href^="/{site.rpartition("/")[2]}/films/"]').first.click()
        page.get_by_role("button", name="Copy the address").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url.rstrip("/") + ".ics"
        for path in (page.url.removeprefix(site), "/changes/", "/series/saga/", "/404.html", "/"):
            page.goto(site + path)
            page.evaluate(UNFOLD)
            assert not page.evaluate(TOO_WIDE), path
            links = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
            assert all(links), path
            for link in {each.partition("#")[0] for each in links if each.startswith(site)}:
                with urlopen(link) as answer:
                    assert answer.status == 200
