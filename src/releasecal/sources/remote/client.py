"""
The client: requests over the network, each with an end in time and in size.

Each failure is a `FetchFailed` of the source, with a remedy and without a secret. Secrets
are sent to the host that the settings name, and not to one that a redirect leads to.
"""

import json
import re
import ssl
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore2
import httpx2
import stamina
from pyrate_limiter import Duration, Limiter, Rate, SingleBucketFactory, StateBucket

from releasecal import __version__
from releasecal.clock import Clock, ticks
from releasecal.core.graphemes import cut
from releasecal.errors import FetchFailed
from releasecal.sources.remote.address_guard import (
    PrivateAddressError,
    names_loopback,
    refusal,
)
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.secret import Secret
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.transport import GuardedBackend, PoolTransport
from releasecal.sources.remote.unpacking import Gzip, Identity, TooLargeError
from releasecal.sources.validate import Progress, no_progress

_MIB = 1024 * 1024
MAX_OCTETS = 32 * _MIB
"""Size of an answer, unpacked, where a request says nothing else."""

_MAX_REDIRECTS = 5
_MAX_WAIT = timedelta(minutes=1)  # in which a server may say that it wants to be asked again
_MAX_FRESH = timedelta(days=1)  # for which a server may say that nothing will change
_MAX_TITLE = 60
_ATTEMPTS = 4
_BURST = 2  # requests at once; the rate counts them in each second

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BY_STATUS = {
    401: Failure.UNAUTHORIZED,
    403: Failure.FORBIDDEN,
    404: Failure.MISSING,
    408: Failure.SLOW,
    410: Failure.MISSING,
    429: Failure.THROTTLED,
}
_VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NO_AGE = re.compile(r"\bno-(cache|store)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)

_EXPECTED = (
    PrivateAddressError,
    TooLargeError,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    httpx2.InvalidURL,
    httpx2.UnsupportedProtocol,
    zlib.error,
    EOFError,
    UnicodeError,
)
"""Errors of addresses and networks."""

_NO_HEADERS: Mapping[str, str] = {}
_NO_SECRETS: Mapping[str, Secret] = {}


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Limits of speed and patience of requests to a source.

    Attributes:
        rate: Requests in any one second, at most, over all threads.
        pause: Time without an octet after which an exchange is given up.
        patience: Time that one exchange may take as a whole.
    """

    rate: int = 5
    pause: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(minutes=2)


USUAL = Pace()
"""The pace of sources that are a single file."""


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer.

    Attributes:
        data: Unpacked; empty if *is_same*.
        is_same: Whether it says that nothing has changed (304).
        media_type: In lower case and without parameters; empty if there is none.
        validators: For the next request.
        fresh_until: Until then nothing will change, UTC; None if the server does not say.
        status: Its number, of RFC 9110.
        headers: By name in small letters.
        hops: Status and address of each redirect that led to it.
    """

    data: bytes
    is_same: bool = False
    media_type: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    fresh_until: datetime | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Redirect:
    """An answer that leads to another address."""

    status: int
    address: str


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
        self._pause = pace.pause.total_seconds()
        host = urlsplit(settings.address).hostname or ""
        backend = GuardedBackend(
            allow_private=settings.allow_private,
            allow_loopback=names_loopback(host),
            patience=pace.patience.total_seconds(),
            ticks=ticks,
        )
        self._pool = httpcore2.ConnectionPool(certificates, network_backend=backend)
        contact = f"; {settings.contact}" if settings.contact else ""
        self._http = httpx2.Client(
            transport=PoolTransport(self._pool),
            headers={
                "User-Agent": f"releasecal/{__version__} (film release calendar{contact})",
                "Accept-Encoding": "gzip",
            },
            timeout=httpx2.Timeout(self._pause),
            trust_env=False,
        )
        bucket = StateBucket([Rate(max(1, pace.rate - _BURST), Duration.SECOND, burst=_BURST)])
        self._limiter = Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

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
        request = _Request(
            address,
            {**headers, **{_VALIDATORS[name]: value for name, value in validators.items()}},
            secrets,
            limit,
        )
        for attempt in stamina.retry_context(
            self._wait, attempts=_ATTEMPTS, timeout=3 * _MAX_WAIT, wait_initial=0.5, wait_max=10
        ):
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
        return self._follow(_Request(address, headers, _NO_SECRETS, MAX_OCTETS, method))

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
        request = _Request(address, headers, secrets, 0, "POST", content)
        reply = self._exchange(address, request, _Auth(secrets))
        if isinstance(reply, _Redirect):
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
        if failure is Failure.UNAUTHORIZED and not self._settings.token:
            what, remedy = "it asks for a token", "set token_env or token_file"
        hide = self._settings.token.hidden_in
        return failure.error(self._settings.id, hide(what), remedy, retry_at)

    def _quoted(self, text: str) -> str:
        """Return *text* of a stranger for a message: short, printable, without the token."""
        text = self._settings.token.hidden_in(" ".join(text.split()))
        return cut("".join(char for char in text if char.isprintable()), _MAX_TITLE)

    def _wait(self, error: Exception) -> bool | timedelta:
        """Return whether another attempt may help, or how long the server wants to wait."""
        if not isinstance(error, FetchFailed) or not _is_passing(error):
            return False
        if error.retry_at is None:
            return True
        wait = error.retry_at - self.clock()
        return max(wait, timedelta()) if wait <= _MAX_WAIT else False

    def _follow(self, request: "_Request") -> Reply:
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
            reply = self._exchange(address, request, _Auth(request.secrets if is_home else {}))
            if isinstance(reply, Reply):
                return replace(reply, hops=tuple(hops)) if hops else reply
            address = reply.address
            hops.append((reply.status, address))
            if len(hops) > _MAX_REDIRECTS:
                raise self.error(Failure.REDIRECTS)

    def _exchange(self, address: str, request: "_Request", auth: httpx2.Auth) -> Reply | _Redirect:
        """Return the answer at *address*, or where it redirects to."""
        self._limiter.try_acquire()
        stream = self._http.stream(
            request.method or "GET",
            address,
            content=request.content,
            headers=request.headers,
            auth=auth,
        )
        try:
            with stream as response:
                return self._answer(response, request)
        except _EXPECTED as error:
            failed = self._translated(error)
        raise failed  # without the frames of the network, where the token is

    def _answer(self, response: httpx2.Response, request: "_Request") -> Reply | _Redirect:
        """Return *response*, or where it redirects to."""
        status = response.status_code
        if status in _REDIRECTS and "location" in response.headers:
            target = str(response.url.join(response.headers["location"]))
            return _Redirect(status, target)
        if request.content is not None:
            if not 200 <= status < 300:
                raise self._refused(response)
            return self._reply(response, b"")
        if request.method:
            is_empty = request.method == "HEAD" or status == 304
            data = b"" if is_empty else self._read(response, request.limit)
            return self._reply(response, data, is_same=status == 304)
        if status == 304:
            if not request.is_conditional:
                raise self.error(Failure.UNASKED)
            return self._reply(response, b"", is_same=True)
        if status != 200:
            raise self._refused(response)
        return self._reply(response, self._read(response, request.limit))

    def _reply(self, response: httpx2.Response, data: bytes, *, is_same: bool = False) -> Reply:
        headers = response.headers
        return Reply(
            data,
            is_same,
            headers.get("content-type", "").partition(";")[0].strip().lower(),
            {
                name: headers[name]
                for name in _VALIDATORS
                if headers.get(name, "").isascii() and name in headers
            },
            _fresh_until(headers, self.clock()),
            response.status_code,
            dict(headers),
        )

    def _refused(self, response: httpx2.Response) -> FetchFailed:
        """Return the error for the status of *response*."""
        status = response.status_code
        failure = _BY_STATUS.get(status, Failure.BROKEN if status >= 500 else Failure.REFUSED)
        retry_at = None
        if failure.is_passing:
            retry_at = _moment(response.headers.get("retry-after", ""), self.clock())
        return self.error(failure, f"{failure.what} ({status})", retry_at=retry_at)

    def _read(self, response: httpx2.Response, limit: int) -> bytes:
        """Return the octets of *response*, unpacked, of which there are at most *limit*."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip", ""):
            raise self.error(Failure.CODING)
        unpack = Gzip(limit) if "gzip" in coding else Identity(limit)
        for chunk in response.iter_raw():
            unpack.feed(chunk)
        return unpack.finish()

    def _translated(self, error: Exception) -> FetchFailed:
        """Return *error* of the network as the failure that it is."""
        match error:
            case PrivateAddressError():
                return self.error(Failure.PRIVATE, f"a private address, {error}")
            case TooLargeError():
                return self.error(error.failure)
            case httpcore2.TimeoutException():
                return self.error(Failure.SLOW)
            case httpcore2.NetworkError():
                return self._unreachable(error)
            case httpcore2.ProtocolError() | zlib.error() | EOFError():
                return self.error(Failure.CUT)
            case _:
                return self.error(Failure.REFUSED, "not an address")

    def _unreachable(self, error: Exception) -> FetchFailed:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                why = self._quoted(cause.verify_message or "")
                return self.error(Failure.CERTIFICATE, f"{Failure.CERTIFICATE.what}: {why}")
            cause = cause.__cause__ or cause.__context__
        is_early = isinstance(error, httpcore2.ConnectError)
        return self.error(Failure.UNREACHABLE if is_early else Failure.CUT)


@dataclass(frozen=True, slots=True)
class _Request:
    """
    A request.

    Attributes:
        limit: Size of its answer in octets, unpacked, at most.
        method: Of a probe, to which every answer is one; empty for what only data answers.
        content: Body of a POST; None for other methods.
    """

    address: str
    headers: Mapping[str, str]
    secrets: Mapping[str, Secret]
    limit: int
    method: str = ""
    content: bytes | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether "not modified" is an answer to it."""
        return not self.headers.keys().isdisjoint(_VALIDATORS.values())


class _Auth(httpx2.Auth):
    """Headers with *secrets*, revealed at the last moment, where no traceback shows them."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = secrets

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Yield *request* with the headers."""
        for name, secret in self._secrets.items():
            request.headers[name] = secret.reveal()
        yield request


def _is_passing(error: FetchFailed) -> bool:
    return any(error.failure == row.slug and row.is_passing for row in Failure)


def _origin(address: str) -> tuple[str, str, int]:
    """Return scheme, host and port of *address*, which is one."""
    parts = urlsplit(address)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    return parts.scheme, parts.hostname or "", port


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that Retry-After or Expires says (RFC 9110 § 10.2.3), if it does."""
    if re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII):
        return now + timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _fresh_until(headers: httpx2.Headers, now: datetime) -> datetime | None:
    """Return until when an answer is fresh (RFC 9111 § 4.2), a day at most."""
    control = headers.get("cache-control", "")
    if _NO_AGE.search(control):
        return None
    age = _MAX_AGE.search(control)
    if age:
        spent = headers.get("age", "0")
        left = int(age[1]) - (int(spent) if re.fullmatch(r"\d{1,9}", spent, re.ASCII) else 0)
        until = now + timedelta(seconds=left)
    else:
        until = _moment(headers.get("expires", ""), now) or now
    return min(until, now + _MAX_FRESH) if until > now else None
