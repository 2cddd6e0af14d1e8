"""Unpacking: the octets of an answer as they come, bounded before they fill the memory."""

import zlib

from releasecal.sources.remote.failures import Failure

_MIB = 1024 * 1024
_MAX_RATIO = 200  # of unpacked to packed octets; data has 5 to 30, a bomb 1,000


class TooLargeError(Exception):
    """An answer has more octets than it may."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class Identity:
    """Octets that are not packed, up to *limit* of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next octets."""
        self._data += chunk
        if len(self._data) > self._limit:
            raise TooLargeError(Failure.TOO_LARGE)

    def finish(self) -> bytes:
        """Return all octets."""
        return bytes(self._data)


class Gzip(Identity):
    """Octets packed by gzip, unpacked step by step, so that a bomb cannot fill the memory."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._packed = 0
        self._inflate = zlib.decompressobj(wbits=31)

    def feed(self, chunk: bytes) -> None:
        """Take the next packed octets."""
        self._packed += len(chunk)
        while chunk:
            if self._inflate.eof:  # a next member (RFC 1952 § 2.2)
                self._inflate = zlib.decompressobj(wbits=31)
            super().feed(self._inflate.decompress(chunk, _MIB))
            if len(self._data) > _MIB + _MAX_RATIO * self._packed:
                raise TooLargeError(Failure.BOMB)
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finish(self) -> bytes:
        """Return all octets, unpacked."""
        if not self._inflate.eof:
            raise EOFError
        return super().finish()
