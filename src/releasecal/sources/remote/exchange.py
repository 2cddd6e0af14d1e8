"""
The exchange: one request over the network and its answer, with an end in time and in size.

This is what sends and receives; what it means for a source is the client's.
"""

import re
import ssl
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

import httpcore2
import httpx2
import stamina
from pyrate_limiter import Duration, Limiter, Rate, SingleBucketFactory, StateBucket

from releasecal import __version__
from releasecal.clock import Clock, ticks
from releasecal.errors import FetchFailed
from releasecal.sources.remote.address_guard import PrivateAddressError, names_loopback
from releasecal.sources.remote.failures import Failure, failed, quoted
from releasecal.sources.remote.http_messages import VALIDATORS, Redirect, Reply, Request
from releasecal.sources.remote.pace import MAX_WAIT, Pace
from releasecal.sources.remote.secret import Secret
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.transport import GuardedBackend, PoolTransport
from releasecal.sources.remote.unpacking import Gzip, Identity, TooLargeError

_MAX_FRESH = timedelta(days=1)  # for which a server may say that nothing will change
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
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NO_AGE = re.compile(r"\bno-(cache|store)\b", re.IGNORECASE)

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


class Exchange:
    """
    The exchanges with one source, at its pace; threads may share it.

    *certificates* are those of the system unless given.
    """

    def __init__(
        self,
        settings: SourceSettings,
        clock: Clock,
        pace: Pace,
        certificates: ssl.SSLContext | None,
    ) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._clock = clock
        self._error = partial(failed, settings)
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
            timeout=httpx2.Timeout(pace.pause.total_seconds()),
            trust_env=False,
        )
        bucket = StateBucket([Rate(max(1, pace.rate - _BURST), Duration.SECOND, burst=_BURST)])
        self._limiter = Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def attempts(self, wait: Callable[[Exception], bool | timedelta]) -> Iterable[stamina.Attempt]:
        """Return attempts; *wait* tells of an error whether, or when, there is another one."""
        return stamina.retry_context(
            wait, attempts=_ATTEMPTS, timeout=3 * MAX_WAIT, wait_initial=0.5, wait_max=10
        )

    def take(
        self, address: str, request: Request, secrets: Mapping[str, Secret]
    ) -> Reply | Redirect:
        """
        Return the answer to *request* at *address*, or where it redirects to.

        *secrets* are headers, revealed to that host.

        Raises:
            FetchFailed: There is none.
        """
        self._limiter.try_acquire()
        stream = self._http.stream(
            request.method or "GET",
            address,
            content=request.content,
            headers=request.headers,
            auth=_Auth(secrets),
        )
        try:
            with stream as response:
                return self._answer(response, request)
        except _EXPECTED as error:
            failure = self._translated(error)
        raise failure  # without the frames of the network, where the token is

    def _answer(self, response: httpx2.Response, request: Request) -> Reply | Redirect:
        """Return *response*, or where it redirects to."""
        status = response.status_code
        if status in _REDIRECTS and "location" in response.headers:
            target = str(response.url.join(response.headers["location"]))
            return Redirect(status, target)
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
                raise self._error(Failure.UNASKED)
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
                for name in VALIDATORS
                if headers.get(name, "").isascii() and name in headers
            },
            _fresh_until(headers, self._clock()),
            response.status_code,
            dict(headers),
        )

    def _refused(self, response: httpx2.Response) -> FetchFailed:
        """Return the error for the status of *response*."""
        status = response.status_code
        failure = _BY_STATUS.get(status, Failure.BROKEN if status >= 500 else Failure.REFUSED)
        retry_at = None
        if failure.is_passing:
            retry_at = _moment(response.headers.get("retry-after", ""), self._clock())
        return self._error(failure, f"{failure.what} ({status})", retry_at=retry_at)

    def _read(self, response: httpx2.Response, limit: int) -> bytes:
        """Return the octets of *response*, unpacked, of which there are at most *limit*."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip", ""):
            raise self._error(Failure.CODING)
        unpack = Gzip(limit) if "gzip" in coding else Identity(limit)
        for chunk in response.iter_raw():
            unpack.feed(chunk)
        return unpack.finish()

    def _translated(self, error: Exception) -> FetchFailed:
        """Return *error* of the network as the failure that it is."""
        match error:
            case PrivateAddressError():
                return self._error(Failure.PRIVATE, f"a private address, {error}")
            case TooLargeError():
                return self._error(error.failure)
            case httpcore2.TimeoutException():
                return self._error(Failure.SLOW)
            case httpcore2.NetworkError():
                return self._unreachable(error)
            case httpcore2.ProtocolError() | zlib.error() | EOFError():
                return self._error(Failure.CUT)
            case _:
                return self._error(Failure.REFUSED, "not an address")

    def _unreachable(self, error: Exception) -> FetchFailed:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                why = quoted(self._settings, cause.verify_message or "")
                return self._error(Failure.CERTIFICATE, f"{Failure.CERTIFICATE.what}: {why}")
            cause = cause.__cause__ or cause.__context__
        is_early = isinstance(error, httpcore2.ConnectError)
        return self._error(Failure.UNREACHABLE if is_early else Failure.CUT)


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
