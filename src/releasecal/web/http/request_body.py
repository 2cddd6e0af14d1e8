"""
Bodies of requests, read in threads of their own, for a limited time.

A server reads a body as it comes, and a client may stop in the middle of it. The thread that
reads then waits until the server closes the connection. To make it close, the answer is one
octet shorter than its Content-Length (`hang_up`): after a whole answer granian would wait for
the rest of the body, and hold the interpreter until the thread has read it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from werkzeug.exceptions import RequestTimeout, ServiceUnavailable
from werkzeug.wrappers import Response

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
