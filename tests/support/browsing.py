"""A real browser: one for all tests, what serves it pages, and what may go wrong on one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
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


class _Quiet(WSGIRequestHandler):
    def log(self, *_args):
        """Leave the test's output alone."""


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


@contextmanager
def visited(browser: Any, site: str, path: str, **options: object) -> Iterator[Any]:
    """Open the page at *path* of *site*; an error there, or a request to elsewhere, fails."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed",
        # Whoever leaves a page gives up what it still loads, such as its icon.
        lambda failed: failed.failure == "net::ERR_ABORTED" or wrong.append(failed.url),
    )
    page.on(
        "request",
        lambda asked: asked.url.startswith(site) or wrong.append(f"elsewhere: {asked.url}"),
    )
    page.goto(site + path)
    yield page
    context.close()
    assert wrong == []
