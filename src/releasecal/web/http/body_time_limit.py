"""
Bodies of requests, read in threads of their own, for a limited time.

A server reads a body as it comes, and a client may stop in the middle of it. The thread that
reads then waits until the server closes the connection. To make it close, the answer is one
octet shorter than its Content-Length (`hang_up`): after a whole answer granian would wait for
the rest of the body, and hold the interpreter until the thread has read it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from werkzeug.exceptions import RequestTimeout, ServiceUnavailable
from werkzeug.wrappers import Response
from werkzeug.wsgi import LimitedStream

PLACES = 2
"""Bodies read at a time."""

LONGEST = 3.0
"""Seconds for a body to arrive."""

_RETRY = 5  # seconds
_PARTING = 0.1  # seconds for an answer to be sent before the server hangs up


class BodyReader:
    """Reads bodies, *places* at a time, and each for *longest* seconds."""

    def __init__(self, places: int = PLACES, longest: float = LONGEST) -> None:
        self._places = threading.Semaphore(places)
        self._longest = longest

    def read(self, read: Callable[[], bytes]) -> bytes:
        """
        Return the body that *read* returns.

        Raises:
            RequestTimeout: It did not arrive in time; `hang_up` has to answer.
            ServiceUnavailable: Too many are being read.
            Exception: The one that *read* raises.
        """
        if not self._places.acquire(blocking=False):
            raise ServiceUnavailable("Too many bodies are on their way.", retry_after=_RETRY)
        found: Future[bytes] = Future()
        threading.Thread(target=self._run, args=(read, found), name="body", daemon=True).start()
        try:
            return found.result(self._longest)
        except TimeoutError:
            raise RequestTimeout("The body did not arrive in time.") from None

    def _run(self, read: Callable[[], bytes], found: Future[bytes]) -> None:
        """Read, and give the place back, however late that is."""
        try:
            found.set_result(read())
        except Exception as error:  # noqa: BLE001 - raised in the thread that waits for it
            found.set_exception(error)
        finally:
            self._places.release()


def hang_up(response: Response) -> None:
    """Make *response* one after which the server closes the connection."""
    text = response.get_data()
    response.response = _cut_short(text)
    response.headers["Content-Length"] = str(len(text) + 1)


def _cut_short(text: bytes) -> Iterator[bytes]:
    yield text
    time.sleep(_PARTING)


class _Body(LimitedStream):
    """A body that ends where its Content-Length says, or where the client has gone."""

    def on_disconnect(self, error: Exception | None = None) -> None:
        """End: the application tells a body that is too short from a whole one."""
        del error


def with_ending_body(
    app: Callable[..., Iterable[bytes]], environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """
    Answer by *app*, behind a server that gives the bare connection as the body.

    To read behind a body would be to wait for more of the connection.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    limit = int(length) if length.isascii() and length.isdigit() else 0
    environ["wsgi.input"] = _Body(environ["wsgi.input"], limit)
    return app(environ, start_response)
