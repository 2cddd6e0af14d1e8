"""Request ids: names of single requests, which find an answer's lines in the log."""

import os
import re
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count

HEADER = "X-Request-ID"
"""Header of requests and answers; a proxy in front may have given the id."""

VARIABLE = "HTTP_X_REQUEST_ID"
"""The same header in the environment of WSGI."""

# No quotes, spaces and letters that a shell, a log or a page could take for something else.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+/:@-]{0,127}", re.ASCII)

_CURRENT: ContextVar[str] = ContextVar("request_id", default="")


class RequestIds:
    """Ids of one process: random letters and a number that grows. Two processes share none."""

    def __init__(self) -> None:
        """Begin with the first request, for before that a server may still fork."""
        self._prefix = ""
        self._numbers = count(1)

    def next(self) -> str:
        """Return a new id."""
        if not self._prefix:
            self._prefix = f"{os.urandom(6).hex()}-"
        return self._prefix + str(next(self._numbers))


def is_sane(text: str) -> bool:
    """Whether *text* can be an id: up to 128 letters, digits and ``._=+/:@-``."""
    return _SANE.fullmatch(text) is not None


begin: Callable[[str], object] = _CURRENT.set
"""A function that takes a request id as that of the request which this thread answers from now on."""


def current() -> str:
    """Return the id of the request that this thread answers; "" if it answers none."""
    return _CURRENT.get()
