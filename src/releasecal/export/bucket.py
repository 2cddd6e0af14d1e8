"""A bucket of an object store as the target of an export: S3 and its like, Google's, Azure's."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import from_url

from releasecal.clock import Clock
from releasecal.core.dates import timestamp
from releasecal.errors import ExportError
from releasecal.export.target import SiteFile

_LOCK = ".releasecal-lock"
_LEASE = timedelta(minutes=10)
_AT_ONCE = 16  # uploads
_WAITING = 4 * _AT_ONCE  # uploads that are made before the next file is

_EXPECTED = (BaseError, OSError, ValueError)


class Bucket:
    """
    The part of a bucket at *address*, as in ``s3://bucket/folder``.

    Keys and regions come from the environment, under the names that each provider's own tools use.

    Attributes:
        name: Its address.
        has_packed: False: no object store chooses between twins.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        """
        Connect to nothing yet.

        Raises:
            ExportError: The address is wrong, or the environment lacks a setting.
        """
        self.name = address
        self.has_packed = False
        self._clock = clock
        with _told(address):
            self._store = from_url(address)
        self._uploads: list[Future[object]] = []
        self._failed: ExportError | None = None
        self._pool = ThreadPoolExecutor(_AT_ONCE, "upload")
        # Google's stores tell objects apart by version, all others by tag.
        self._held: obstore.UpdateVersion = {}
        self._until = clock()

    @contextmanager
    def locked(self, now: datetime) -> Iterator[None]:
        """Hold the lock of the place, an object that ends by time if its holder dies."""
        with _told(self.name):
            try:
                self._lock("create", now)
            except AlreadyExistsError as error:
                self._take_over(now, error)
        try:
            yield
            self.wait()
        finally:
            self._pool.shutdown(cancel_futures=True)
            with suppress(*_EXPECTED):
                self._unlock()

    def _take_over(self, now: datetime, error: Exception) -> None:
        """Take the lock of an export that has ended without giving it back."""
        held = obstore.get(self._store, _LOCK)
        until = datetime.fromisoformat(bytes(held.bytes()).decode())
        is_free = until <= now
        if is_free:
            with suppress(PreconditionError):
                self._lock(_version(held.meta), now)
                return
        raise ExportError(
            f"{self.name}: another export is writing there, or was ended without notice "
            f"(wait until it ends; at {until:%H:%M} UTC its lock is void)"
        ) from error

    def _lock(self, mode: "obstore.PutMode", now: datetime) -> None:
        until = now + _LEASE
        put = obstore.put(self._store, _LOCK, timestamp(until).encode(), mode=mode)
        self._held, self._until = _version(put), until

    def _unlock(self) -> None:
        """Give back the lock, unless another export has taken it over."""
        if _version(obstore.head(self._store, _LOCK)) == self._held:
            obstore.delete(self._store, _LOCK)

    def _keep_lock(self) -> None:
        """Renew the lock when half of its time is over."""
        now = self._clock()
        if self._until - now < _LEASE / 2:
            try:
                self._lock(self._held, now)
            except PreconditionError as error:
                raise ExportError(f"{self.name}: another export has taken over") from error

    def read(self, path: str) -> bytes | None:
        """Return the octets of the object at *path*; None without one."""
        with _told(f"{self.name}/{path}"):
            try:
                return bytes(obstore.get(self._store, path).bytes())
            except FileNotFoundError:
                return None

    def write(self, file: SiteFile) -> None:
        """Begin to upload *file*; an object is the old one or the new one."""
        with _told(self.name):
            self._keep_lock()
        while len(self._uploads) >= _WAITING:
            self._finish(self._uploads.pop(0))
        self._uploads.append(self._pool.submit(self._put, file))

    def _put(self, file: SiteFile) -> object:
        age = f"public, max-age={file.max_age}" if file.max_age else "no-cache"
        about = {"Content-Type": file.content_type, "Cache-Control": age}
        body = file.body if isinstance(file.body, Path) else bytes(file.body)
        return obstore.put(self._store, file.path, body, attributes=about)

    def _finish(self, upload: "Future[object]") -> None:
        try:
            with _told(self.name):
                upload.result()
        except ExportError as error:
            self._failed = self._failed or error
            raise

    def wait(self) -> None:
        """Wait until everything that was written is there."""
        while self._uploads:
            self._finish(self._uploads.pop(0))

    def flush(self) -> None:
        """Wait until everything that was written is there, and raise what went wrong before."""
        self.wait()
        if self._failed:
            raise self._failed

    def remove(self, path: str) -> None:
        """Remove the object at *path*, if it is there."""
        with _told(f"{self.name}/{path}"):
            self._keep_lock()
            with suppress(FileNotFoundError):
                obstore.delete(self._store, path)


def _version(told: "obstore.ObjectMeta | obstore.PutResult") -> "obstore.UpdateVersion":
    """Return which state of an object was *told*, for a write on condition."""
    found: obstore.UpdateVersion = {}
    if told["e_tag"]:
        found["e_tag"] = told["e_tag"]
    if told["version"]:
        found["version"] = told["version"]
    return found


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except (AlreadyExistsError, PreconditionError, ExportError):
        raise
    except _EXPECTED as error:
        why = " ".join(str(error).split())[:300]
        raise ExportError(
            f"{place}: {why} (check address and keys: the environment has them, as in "
            "AWS_ACCESS_KEY_ID, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME)"
        ) from error
