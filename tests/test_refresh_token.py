"""The refresh token: made once, kept from everybody else."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from releasecal.errors import SettingsError
from releasecal.refresh_token import FILE, refresh_token


def test_made_on_first_use_and_kept(tmp_path):
    """The first call makes a token, all later ones return it; only its owner may read it."""
    token = refresh_token(tmp_path / "state")

    assert refresh_token(tmp_path / "state") == token
    assert len(token) >= 32
    path = tmp_path / "state" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [FILE]


def test_a_file_that_others_can_read_is_closed_again(tmp_path):
    """A token file that others could read is closed again."""
    token = refresh_token(tmp_path)
    (tmp_path / FILE).chmod(0o644)

    assert refresh_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path):
    """Many at once end up with one token."""
    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(lambda _: refresh_token(tmp_path), range(64)))

    assert len(tokens) == 1


def test_an_empty_file_is_an_error(tmp_path):
    """A token file that was emptied is an error, not a token."""
    (tmp_path / FILE).write_text("\n")

    with pytest.raises(SettingsError, match="is empty"):
        refresh_token(tmp_path)


def test_a_folder_that_cannot_keep_it_is_an_error(tmp_path):
    """A state folder that cannot be one is said."""
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="cannot be kept there"):
        refresh_token(tmp_path / "file")
