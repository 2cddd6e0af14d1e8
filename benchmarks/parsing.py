"""
Reads and parses a catalogue with msgspec, and prints the seconds that it took.

`refreshing` runs it in a process of its own. The records are those of our data files as far
as the made-up catalogues have them; a field more, or one of another type, is an error.
"""

import sys
import time
from datetime import date
from pathlib import Path

import msgspec


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A record; unknown fields are errors."""


class Revision(Record):
    """An announcement."""

    when: str | None
    as_of: date | None = None
    certainty: str = ""
    status: str = ""
    reason: str = ""
    source: str = ""


class Release(Record):
    """A release: with its announcements, or its only one's fields."""

    kind: str
    region: str
    channel: str = ""
    revisions: list[Revision] = []
    when: str | None = None
    as_of: date | None = None
    certainty: str = ""
    status: str = ""
    reason: str = ""
    source: str = ""


class Title(Record):
    """Another title."""

    title: str
    kind: str


class Role(Record):
    """A member of the cast."""

    name: str


class Place(Record):
    """A place in a series."""

    id: str
    title: str
    ordinal: int


class Window(Record):
    """A rule for a release that follows from another."""

    to: str
    channel: str
    days: int


class Film(Record):
    """A film."""

    id: str
    title: str
    titles: list[Title] = []
    refs: dict[str, int | str] = {}
    distributor: str = ""
    genres: list[str] = []
    cast: list[Role] = []
    series: list[Place] = []
    follows: str = ""
    source: str = ""
    releases: list[Release] = []
    windows: list[Window] = []


class Catalogue(Record):
    """A file of films."""

    films: list[Film]


if __name__ == "__main__":
    began = time.perf_counter()
    catalogue = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Catalogue)
    print(time.perf_counter() - began)
