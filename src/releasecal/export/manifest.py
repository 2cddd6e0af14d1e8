"""
The manifest: each file of an exported site with its digest and the moment of its last change.

It is what the next export compares with, and its memory of Last-Modified: a file has the moment
that a server would say, wherever it is built.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass
from releasecal.errors import ExportError

NAME = "manifest.json"
"""Path of the manifest."""

_FORMAT = "releasecal-manifest-1"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """
    A file of the site.

    Attributes:
        sha256: Digest of its octets, in hexadecimal digits.
        size: In octets.
        changed: When it last changed, UTC: its Last-Modified.
        made_from: Digest of the facts that it shows; empty if it is made each time.
    """

    sha256: str
    size: int
    changed: datetime
    made_from: str = ""


# Many files have a moment in common.
_moment = lru_cache(maxsize=4_096)(datetime.fromisoformat)
_timestamp = lru_cache(maxsize=4_096)(timestamp)
_quoted = json.JSONEncoder().encode


def _line(file: FileDigest) -> str:
    """Return *file* as JSON; only its path can have a character that has to be escaped."""
    made_from = f', "made_from": "{file.made_from}"' if file.made_from else ""
    changed = _timestamp(file.changed)
    return f'{{"sha256": "{file.sha256}", "size": {file.size}, "changed": "{changed}"{made_from}}}'


def _safe(path: str) -> str:
    """Return *path*, unless it leads out of the site: what it names may be removed."""
    if path.startswith("/") or "\\" in path or {"..", ""} & set(path.split("/")):
        raise ValueError(path)
    return path


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    The files of a site.

    Attributes:
        edition: Number of the edition that they show; 0 for none.
        files: By path, the manifest's own aside.
        made_from: Digest of everything that the whole site shows; empty while it is not whole.
    """

    edition: int = 0
    files: Mapping[str, FileDigest] = field(default_factory=dict)
    made_from: str = ""

    def to_bytes(self) -> bytes:
        """Return it as JSON, with a line for each file, by path."""
        lines = [f"{_quoted(path)}: {_line(file)}" for path, file in sorted(self.files.items())]
        about = f'"format": "{_FORMAT}", "edition": {self.edition}, "made_from": "{self.made_from}"'
        return (f'{{{about}, "files": {{\n' + ",\n".join(lines) + "\n}}\n").encode()

    @classmethod
    def parse(cls, data: bytes | None, place: str) -> "Manifest":
        """
        Return the manifest with the octets *data* at *place*; None stands for an empty one.

        Raises:
            ExportError: It is no manifest, or of another version.
        """
        if data is None:
            return cls()
        try:
            found = json.loads(data)
            if found["format"] != _FORMAT:
                raise ValueError(found["format"])  # noqa: TRY301 - told as all that is wrong
            files = {
                _safe(path): FileDigest(
                    record["sha256"],
                    record["size"],
                    _moment(record["changed"]),
                    record.get("made_from", ""),
                )
                for path, record in found["files"].items()
            }
            return cls(found["edition"], files, str(found.get("made_from", "")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ExportError(
                f"{place}: this is no manifest of an exported site "
                "(name an empty place, or remove that file: all files are written anew then)"
            ) from error
