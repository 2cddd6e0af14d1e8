"""The refresh token: made on first use, in a file that only its owner can read."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from releasecal.errors import SettingsError

FILE = "refresh-token"
"""Name of the file in the state folder."""


def refresh_token(state_dir: Path) -> str:
    """
    Return the token in *state_dir*; make one (mode 0600) if there is none.

    Processes that start together agree on one: the file appears whole or not at all.

    Raises:
        SettingsError: The file can be neither read nor made.
    """
    path = state_dir / FILE
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)  # a copy may be readable by others
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: the refresh token cannot be kept there: {error}") from error
    if not token:
        raise SettingsError(f"{path}: is empty (delete it, and a new token is made)")
    return token


def _make(path: Path) -> None:
    """Write a new token to *path*, unless there is one by then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        with suppress(FileExistsError):  # another process was faster: its token is the one
            _name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    """Give the file at *draft* the name *path*, unless that is taken."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: the last process wins
        draft.rename(path)
