"""
The writer: puts the files of a site into a target, as far as they differ from those there.

The order keeps a site usable at every moment: first the files, then the manifest, and last what
is no longer part of it goes. From time to time the manifest says how far it got, so that another
export goes on from there.
"""

import gzip
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from releasecal.clock import Ticks
from releasecal.errors import ExportError
from releasecal.export import manifest
from releasecal.export.manifest import FileDigest, Manifest
from releasecal.export.target import SiteFile, SiteTarget

_A_SECOND = timedelta(seconds=1)  # the resolution of an HTTP date
_BETWEEN = 30  # seconds between two manifests
_JSON = "application/json"

PACKED = ".gz"
"""End of the path of a twin in gzip."""

WORTHWHILE = 1_000
"""Octets from which a twin pays; a smaller file fits into one packet."""


class Made(NamedTuple):
    """
    A file as it was made.

    Attributes:
        latest: Moment after which nothing in it has changed, UTC.
        made_from: Digest of the facts that it shows; empty if it is made each time.
        max_age: Seconds for which a client may keep it.
    """

    path: str
    body: bytes | Path
    content_type: str
    latest: datetime
    made_from: str = ""
    max_age: int = 0


class SiteWriter:
    """
    Writes the files of an edition into *target*.

    Attributes:
        written: Number of files written, the manifest aside.
        kept: Number of files that stay as they are.
        removed: Number of files removed.
    """

    def __init__(
        self,
        target: SiteTarget,
        memory: Manifest,
        edition: int,
        ticks: Ticks,
        *,
        is_packed: bool = False,
    ) -> None:
        """
        Read the manifest of *target*; *memory* is that of the site as it was published before.

        *is_packed* asks for a twin in gzip of each file that is worth it.

        Raises:
            ExportError: The target cannot be read.
        """
        self._target, self._ticks, self._edition = target, ticks, edition
        self._is_packed = is_packed
        there = Manifest.parse(target.read(manifest.NAME), f"{target.name}/{manifest.NAME}")
        self._before, self._made_from = there.files, there.made_from
        self._memory: Mapping[str, FileDigest] = {**memory.files, **self._before}
        self._now: dict[str, FileDigest] = {}
        self._told = ticks()
        self.written = self.kept = self.removed = 0

    def has(self, path: str) -> bool:
        """Whether the target has a file at *path*, whatever is in it."""
        return path in self._before

    def paths(self) -> frozenset[str]:
        """Return the paths of all files of the site as it was published before."""
        return frozenset(self._memory)

    def keep_all(self, made_from: str) -> bool:
        """Keep the whole site if it was *made_from* this; return whether it was."""
        if self._made_from != made_from or self._memory.keys() - self._before.keys():
            return False
        self._now = dict(self._before)
        self.kept = len(self._now)
        return True

    def keep(self, paths: Iterable[str], made_from: str) -> bool:
        """Keep the files at *paths* if all were made from the same; return whether they were."""
        if not made_from:
            return False
        found = {path: self._before.get(path) for path in paths}
        if any(record is None or record.made_from != made_from for record in found.values()):
            return False
        if self._is_packed:
            worth = [path for path, file in found.items() if file and file.size >= WORTHWHILE]
            found |= {f"{path}{PACKED}": self._before.get(f"{path}{PACKED}") for path in worth}
        known = {path: file for path, file in found.items() if file}
        if len(known) < len(found):
            return False
        self._now |= known
        self.kept += len(known)
        return True

    def wait(self) -> None:
        """Wait until everything that was put can be read: what comes next may lead to it."""
        self._target.wait()

    def put(self, made: Made) -> None:
        """Write what was *made*, and its twin, unless they are there with these octets already."""
        self._put(made)
        body = made.body
        if self._is_packed and isinstance(body, bytes) and len(body) >= WORTHWHILE:
            packed = gzip.compress(body, mtime=0)
            self._put(made._replace(path=f"{made.path}{PACKED}", body=packed))

    def _put(self, made: Made) -> None:
        digest, size = _measured(made.body)
        known = self._memory.get(made.path)
        changed = made.latest.replace(microsecond=0)
        if known:
            is_same = known.sha256 == digest
            changed = known.changed if is_same else max(changed, known.changed + _A_SECOND)
        record = FileDigest(digest, size, changed, made.made_from)
        here = self._before.get(made.path)
        if here and here.sha256 == digest:
            self._now[made.path] = record
            self.kept += 1
            return
        self._target.write(SiteFile(made.path, made.body, made.content_type, changed, made.max_age))
        self._now[made.path] = record
        self.written += 1
        if self._ticks() - self._told > _BETWEEN:
            self._note({**self._before, **self._now})

    def interrupt(self) -> None:
        """Note how far it got, so that the next export has no more to write than is missing."""
        if self.written:
            with suppress(ExportError):
                self._note({**self._before, **self._now})

    def finish(self, now: datetime, made_from: str) -> None:
        """
        Write the manifest, and remove what is no longer part of the site.

        It is *now*, and the whole site was *made_from* this.
        """
        gone = sorted(self._before.keys() - self._now.keys())
        if gone:
            self._note({**{path: self._before[path] for path in gone}, **self._now}, now)
            for path in gone:
                self._target.remove(path)
                self.removed += 1
        if self._now != self._before or made_from != self._made_from:
            self._note(self._now, now, made_from)

    def _note(
        self, files: Mapping[str, FileDigest], now: datetime | None = None, made_from: str = ""
    ) -> None:
        """Write a manifest of *files*, all of which are there; *made_from* if that is all."""
        self._target.flush()
        moment = now or max(record.changed for record in files.values())
        body = Manifest(self._edition, files, made_from).to_bytes()
        self._target.write(SiteFile(manifest.NAME, body, _JSON, moment, 0))
        self._target.flush()
        self._told = self._ticks()


def _measured(body: bytes | Path) -> tuple[str, int]:
    """Return the SHA-256 and the size of *body*."""
    if isinstance(body, bytes):
        return sha256(body).hexdigest(), len(body)
    with body.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest(), body.stat().st_size
