"""A real browser: one for all tests, what serves it pages, and what may go wrong on one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=LocalNetworkAccessChecks",  # a frame may show 127.0.0.1
)
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1200, "height": 800}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"

UNFOLD = """
document.querySelectorAll('details').forEach((one) => {
  one.removeAttribute('name');
  one.open = true;
});
"""
"""Opens all that is folded, also where one thing at a time is open."""


class _Quiet(WSGIRequestHandler):
    def log(self, *_args):
        """Leave the test's output alone."""


@contextmanager
def launched() -> Iterator[Any]:
    """Run the browser; each page has a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve *app* on a port of its own, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Watched:
    """
    A page of *site* in a browser, watched.

    Attributes:
        wrong: What went wrong on it: words on the console, errors, requests that failed or left the
            site, dialogs.
    """

    page: Any
    site: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        on = self.page.on
        on("console", self._on_console)
        on("pageerror", lambda error: self.wrong.append(str(error)))
        on("requestfailed", self._on_failure)
        on("request", self._on_request)
        on("response", self._on_response)
        on("dialog", self._on_dialog)

    def _on_console(self, message: Any) -> None:
        # A status of 404 is seen by its response; that of an error's page is right.
        if not message.text.startswith("Failed to load resource"):
            self.wrong.append(message.text)

    def _on_failure(self, request: Any) -> None:
        # Whoever leaves a page gives up what it still loads, such as its icon.
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(request.url)

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith(self.site):
            self.wrong.append(f"elsewhere: {request.url}")

    def _on_response(self, response: Any) -> None:
        if (
            response.status >= HTTPStatus.BAD_REQUEST
            and response.request.resource_type != "document"
        ):
            self.wrong.append(f"{response.status}: {response.url}")

    def _on_dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@contextmanager
def visited(browser: Any, site: str, path: str, **options: object) -> Iterator[Any]:
    """Open the page at *path* of *site*; an error there, or a request to elsewhere, fails."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    watched = Watched(context.new_page(), site)
    watched.page.goto(site + path)
    yield watched.page
    context.close()
    assert watched.wrong == []
