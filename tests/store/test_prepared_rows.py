"""Prepared rows: octets come back from wherever they were put aside."""

import errno
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.store import prepared_rows
from releasecal.store.prepared_rows import Scratch


class FullDisk:
    """A file that takes *room* octets, and no more."""

    def __init__(self, room):
        self.room = room
        self.file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        self.fileno, self.close = self.file.fileno, self.file.close

    def write(self, data):
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self.file.write(data[: self.room])
        self.room -= written
        return written


@given(
    pieces=st.lists(st.binary(max_size=30), max_size=30),
    in_memory=st.integers(0, 50),
    room=st.none() | st.integers(0, 300),
)
def test_octets_come_back_from_memory_and_from_a_disk_that_fills_up(pieces, in_memory, room):
    """However much of them is in the file, and wherever that has to end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared_rows, "IN_MEMORY", in_memory)
        if room is not None:
            patch.setattr(prepared_rows, "TemporaryFile", lambda **_: FullDisk(room))
        scratch = Scratch()
        places = [scratch.put(piece) for piece in pieces]

        assert [scratch.get(place) for place in reversed(places)] == pieces[::-1]
        scratch.close()


def test_without_a_folder_octets_stay_in_memory(tmp_path, monkeypatch):
    """Where no file can be written, an edition is none the less."""
    monkeypatch.setattr(prepared_rows, "IN_MEMORY", 0)
    scratch = Scratch(tmp_path / "missing")

    places = [scratch.put(piece) for piece in (b"one", b"two", b"three")]

    assert [scratch.get(place) for place in places] == [b"one", b"two", b"three"]


def test_the_file_has_no_name(tmp_path, monkeypatch):
    """A process that is killed leaves nothing behind."""
    monkeypatch.setattr(prepared_rows, "IN_MEMORY", 0)
    scratch = Scratch(tmp_path)
    for piece in (b"one", b"two", b"three"):
        scratch.put(piece)

    assert list(tmp_path.iterdir()) == []
    scratch.close()
