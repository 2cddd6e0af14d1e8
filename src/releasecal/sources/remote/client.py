"""
The client: requests over the network, each with an end in time and in size.

Each failure is a `FetchFailed` of the source, with a remedy and without a secret. Secrets
are sent to the host that the settings name, and not to one that a redirect leads to.
"""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.sources.read_result import Progress, no_progress
from releasecal.sources.remote.address_guard import refusal
from releasecal.sources.remote.failures import Failure, failed, quoted
from releasecal.sources.remote.http_messages import VALIDATORS, Redirect, Reply, Request
from releasecal.sources.remote.pace import MAX_WAIT, USUAL, Pace
from releasecal.sources.remote.secret import Secret
from releasecal.sources.remote.source_settings import SourceSettings

_MIB = 1024 * 1024
MAX_OCTETS = 32 * _MIB
"""Size of an answer, unpacked, where a request says nothing else."""

_MAX_REDIRECTS = 5

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)

_NO_HEADERS: Mapping[str, str] = {}
_NO_SECRETS: Mapping[str, Secret] = {}


class Client:
    """
    A client for one source; threads may share it.

    Attributes:
        clock: Returns the time, UTC.
        progress: Called as the work goes on, which may be minutes.
    """

    def __init__(
        self,
        settings: SourceSettings,
        clock: Clock,
        pace: Pace = USUAL,
        *,
        certificates: ssl.SSLContext | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """Connect to nothing yet; *certificates* are those of the system unless given."""
        self.clock = clock
        self.progress = progress
        self._settings = settings
        from releasecal.sources.remote.exchange import Exchange  # noqa: PLC0415 - only who asks needs it

        self._exchange = Exchange(settings, clock, pace, certificates)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exchange.close()

    def get(
        self,
        address: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        secrets: Mapping[str, Secret] = _NO_SECRETS,
        validators: Mapping[str, str] = _NO_HEADERS,
        limit: int = MAX_OCTETS,
    ) -> Reply:
        """
        Return the answer at *address*, after redirects and further attempts.

        *validators* are those of the last reply; *limit* is a size in octets, unpacked.

        Raises:
            FetchFailed: There is none.
        """
        request = Request(
            address,
            {**headers, **{VALIDATORS[name]: value for name, value in validators.items()}},
            secrets,
            limit,
        )
        for attempt in self._exchange.attempts(self._wait):
            with attempt:
                return self._follow(request)
        raise AssertionError("the last attempt raises")

    def probe(
        self, address: str, *, method: str = "GET", headers: Mapping[str, str] = _NO_HEADERS
    ) -> Reply:
        """
        Return the answer at *address* as it is, whatever its status, at the first attempt.

        Raises:
            FetchFailed: There is none.
        """
        return self._follow(Request(address, headers, _NO_SECRETS, MAX_OCTETS, method))

    def post(
        self,
        address: str,
        content: bytes,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        secrets: Mapping[str, Secret] = _NO_SECRETS,
    ) -> Reply:
        """
        Send *content* to *address*, once, and return the answer (2xx), of which nothing is read.

        No redirect is followed: *content* is for that address.

        Raises:
            FetchFailed: There is no such answer; it may have arrived all the same.
        """
        if refused := refusal(address, allow_private=self._settings.allow_private):
            raise self.error(Failure.INSECURE, *refused)
        request = Request(address, headers, secrets, 0, "POST", content)
        reply = self._exchange.take(address, request, secrets)
        if isinstance(reply, Redirect):
            raise self.error(Failure.REFUSED, f"it redirects ({reply.status})")
        return reply

    def get_json(
        self,
        address: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        secrets: Mapping[str, Secret] = _NO_SECRETS,
        limit: int = MAX_OCTETS,
    ) -> Any:
        """
        Return the JSON at *address* as plain values.

        Raises:
            FetchFailed: There is none.
        """
        given = {"Accept": "application/json", **headers}
        reply = self.get(address, headers=given, secrets=secrets, limit=limit)
        return self.parse_json(reply)

    def parse_json(self, reply: Reply) -> Any:
        """
        Return the data of *reply* as plain values.

        Raises:
            FetchFailed: It is not JSON; the message says what came.
        """
        try:
            return json.loads(reply.data)
        except (ValueError, RecursionError) as error:
            raise self.error(Failure.NOT_DATA, f"{self.came(reply)} came, not JSON") from error

    def came(self, reply: Reply) -> str:
        """Return what *reply* is, in words for a message: ``an HTML page, “Sign in”,``."""
        text = reply.data[:4_096].decode("utf-8", "replace").strip()
        if not text:
            return "an empty answer"
        if self.is_page(reply):
            found = _TITLE.search(text)
            title = self._quoted(unescape(found[1])) if found else ""
            return "an HTML page" + (f", “{title}”," if title else "")
        kind = self._quoted(reply.media_type) or "text of no kind"
        return f"{kind} beginning with “{self._quoted(text)}”"

    def is_page(self, reply: Reply) -> bool:
        """Whether *reply* is a page for people."""
        return reply.media_type == "text/html" or reply.data[:1_024].lstrip().startswith(b"<")

    def error(
        self,
        failure: Failure,
        what: str = "",
        remedy: str = "",
        retry_at: datetime | None = None,
    ) -> FetchFailed:
        """Return *failure* as the error of this source."""
        return failed(self._settings, failure, what, remedy, retry_at)

    def _quoted(self, text: str) -> str:
        return quoted(self._settings, text)

    def _wait(self, error: Exception) -> bool | timedelta:
        """Return whether another attempt may help, or how long the server wants to wait."""
        if not isinstance(error, FetchFailed) or not _is_passing(error):
            return False
        if error.retry_at is None:
            return True
        wait = error.retry_at - self.clock()
        return max(wait, timedelta()) if wait <= MAX_WAIT else False

    def _follow(self, request: Request) -> Reply:
        """Return the answer to *request*, and follow its redirects."""
        address, hops = request.address, list[tuple[int, str]]()
        while True:
            if refused := refusal(address, allow_private=self._settings.allow_private):
                what = f"{'it redirects: ' if hops else ''}{refused[0]}"
                raise self.error(Failure.INSECURE, what, refused[1])
            host = urlsplit(address).hostname or ""
            if self._settings.hosts and host not in self._settings.hosts:
                raise self.error(Failure.INSECURE, f"it leads to {self._quoted(host)}")
            is_home = _origin(address) == _origin(request.address)
            reply = self._exchange.take(address, request, request.secrets if is_home else {})
            if isinstance(reply, Reply):
                return replace(reply, hops=tuple(hops)) if hops else reply
            address = reply.address
            hops.append((reply.status, address))
            if len(hops) > _MAX_REDIRECTS:
                raise self.error(Failure.REDIRECTS)


def _is_passing(error: FetchFailed) -> bool:
    return any(error.failure == row.slug and row.is_passing for row in Failure)


def _origin(address: str) -> tuple[str, str, int]:
    """Return scheme, host and port of *address*, which is one."""
    parts = urlsplit(address)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    return parts.scheme, parts.hostname or "", port
