"""Writing: new data files, never over another one, and known ones as a whole."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from releasecal.errors import Place, Problem, SourceError


def write_new(path: str, text: str) -> None:
    """
    Write *text* into a new file at *path*.

    Raises:
        SourceError: There is something already, or it cannot be written; nothing is changed.
    """
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise SourceError(Problem(Place(path), "exists already", "name another file")) from error
    except OSError as error:
        raise _unwritable(path, error) from error


def rewrite(path: str, before: bytes, text: str) -> None:
    """
    Write *text* in the place of *before* into the file at *path*, all of it or nothing.

    Mode and owner stay, and a link goes on leading to the file.

    Raises:
        SourceError: It is not as it was *before* any more, or cannot be written; it stays as it is.
    """
    real = Path(os.path.realpath(path))
    try:
        if real.read_bytes() != before:
            raise SourceError(Problem(Place(path), "has changed meanwhile", "try again"))
        status = real.stat()
        number, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
        new = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            new.chmod(stat.S_IMODE(status.st_mode))
            with suppress(PermissionError):  # it may be written by others than its owner
                os.chown(new, status.st_uid, status.st_gid)
            new.replace(real)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> SourceError:
    what = f"cannot be written: {(error.strerror or str(error)).lower()}"
    return SourceError(Problem(Place(path), what, "name another file, or let this user write it"))
