"""
The front: answers what is on the shelf, and hands everything else to the application.

Most requests are polls for a feed that has not changed. Such a one costs a look-up here and
never reaches Flask, whose own work for a 304 is many times ours (WhiteNoise's idea: do the
work when data changes). The rules are those of the Flask route: both call `Documents.answer`.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from releasecal.web.http.cache import Documents

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""What a WSGI server calls (PEP 3333)."""


class Front:
    """A WSGI application before another one."""

    def __init__(self, behind: WSGIApplication, documents: Documents) -> None:
        """Answer with *documents*; what is not known there is *behind*'s to answer."""
        self._behind = behind
        self._documents = documents

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if environ["REQUEST_METHOD"] in _READING and _is_host(environ.get("HTTP_HOST", "")):
            answer = self._documents.known(environ)
            if answer:
                start_response(answer.status, answer.headers)
                return answer.body
        return self._behind(environ, start_response)


_READING = ("GET", "HEAD")


@lru_cache(256)  # most are ours
def _is_host(text: str) -> bool:
    """Whether *text* can be a host, with a port or without; to Flask, others are errors."""
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True
