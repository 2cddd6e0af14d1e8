"""Prepared rows: octets come back from wherever they were put aside, and rows in their order."""

import errno
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from releasecal.store import prepared_rows, schema
from releasecal.store.prepared_rows import PreparedRows, Scratch


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


@given(
    days=st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=9),
    in_run=st.integers(1, 9),
    of_run=st.integers(1, 4),
)
def test_rows_come_by_day_and_those_of_one_day_as_they_were_added(days, in_run, of_run):
    """However many of them are sorted in memory, and read at once."""
    found = [
        (day, f"{at}.{number}") for at, each in enumerate(days) for number, day in enumerate(each)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared_rows, "_IN_RUN", in_run)
        patch.setattr(prepared_rows, "_OF_RUN", of_run)
        rows = PreparedRows(sqlite.dialect())
        for day, word in found:
            rows.add_by_day(schema.words, day, [{"film": str(day), "word": word}])
        rows.add_by_day(schema.words, 1, [])

        in_order = sorted(found, key=lambda each: each[0])
        assert [*rows.values(schema.words)] == [[str(day), word] for day, word in in_order]
        rows.close()
