"""Writing: new data files, never over another one, and known ones as a whole."""

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


def _unwritable(path: str, error: OSError) -> SourceError:
    what = f"cannot be written: {(error.strerror or str(error)).lower()}"
    return SourceError(Problem(Place(path), what, "name another file, or let this user write it"))
