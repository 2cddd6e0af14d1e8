"""
The transport: connections to allowed addresses only, and none that lasts for ever.

A name is looked up once, and the connection goes to the address that was checked: neither a
redirect nor a change of the name between check and use leads into a private network.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore2
import httpx2

from releasecal.clock import Ticks
from releasecal.sources.remote.address_guard import PrivateAddressError, is_public

_Options = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]


class PoolTransport(httpx2.BaseTransport):
    """The connections of *pool*, whose network can be told from outside."""

    def __init__(self, pool: httpcore2.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*; errors are those of httpcore2."""
        url, content = request.url, request.stream
        assert isinstance(content, httpx2.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=content,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Stream(httpx2.SyncByteStream):
    """The octets of *answer* as they come."""

    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class GuardedBackend(httpcore2.NetworkBackend):
    """
    The network as the client sees it: without private addresses, and never for ever.

    An exchange begins with the first octets of a request and ends with its answer; each may
    take *patience*, in seconds, however slowly octets trickle in.
    """

    def __init__(
        self, *, allow_private: bool, allow_loopback: bool, patience: float, ticks: Ticks
    ) -> None:
        """Allow what the settings of the source do."""
        self._allow_private = allow_private
        self._allow_loopback = allow_loopback
        self._patience = patience
        self._ticks = ticks
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore2.NetworkStream:
        """
        Connect to the first address of *host* that answers, if all of them are allowed.

        Raises:
            PrivateAddressError: One of them is private, and that is not allowed.
        """
        error: Exception = httpcore2.ConnectError(f"no address for {host}")
        for address in self._addresses(host, port):
            try:
                stream = self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
                continue
            return _PatientStream(stream, self._patience, self._ticks)
        raise error

    def _addresses(self, host: str, port: int) -> Iterable[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} is not known") from error
        addresses = dict.fromkeys(str(each[4][0]) for each in found)
        for address in addresses:
            if not self._is_allowed(address):
                raise PrivateAddressError(address)
        return addresses

    def _is_allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        return (
            self._allow_private or is_public(address) or (self._allow_loopback and ip.is_loopback)
        )


class _PatientStream(httpcore2.NetworkStream):
    """A connection on which each exchange ends within a time."""

    def __init__(self, stream: httpcore2.NetworkStream, patience: float, ticks: Ticks) -> None:
        self._stream = stream
        self._patience = patience
        self._ticks = ticks
        self._ends = ticks() + patience
        self._is_answering = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._is_answering = True
        left = self._ends - self._ticks()
        if left <= 0:
            raise httpcore2.ReadTimeout("the exchange takes too long")
        return self._stream.read(max_bytes, min(left, timeout or left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_answering:  # a next request
            self._is_answering, self._ends = False, self._ticks() + self._patience
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _PatientStream(stream, self._patience, self._ticks)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
