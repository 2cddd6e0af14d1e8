"""
Remembered films: what a kind keeps of each film from look to look, in the form of a snapshot.

So it is kept in parts, too, and a look at few films opens and writes few of them.
"""

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar

import msgspec

from releasecal.sources.snapshot_editing import Lines, PartedFile
from releasecal.sources.snapshot_parts import BEGIN, BETWEEN, END, film_lines_of

_TOP = b'{"form":1'


class Remembered(Protocol):
    """A `msgspec.Struct` whose first field is the id of a film in the snapshot."""

    id: str


T = TypeVar("T", bound=Remembered)


class _RememberedPart(msgspec.Struct, Generic[T]):
    """A part of a file of remembered films; the first one of several has none."""

    films: list[T] = []


def file_of(films: Iterable[Remembered]) -> bytes:
    """Return the file of *films*; empty if there are none."""
    lines = [line for _, line in sorted((film.id, _line(film)) for film in films)]
    return _TOP + BEGIN + BETWEEN.join(lines) + END if lines else b""


def lines_of(films: Mapping[str, Remembered | None]) -> Lines:
    """Return the lines of *films* by id; None for one that is not remembered any more."""
    return {id_: _line(film) if film else None for id_, film in films.items()}


def films_of(data: bytes, shape: type[T]) -> dict[str, T]:
    """
    Return the films in a file of `file_of` by id, sorted.

    Raises:
        msgspec.MsgspecError: They have another *shape*.
        UnpartedError: It is no such file.
    """
    return _films(film_lines_of(data), shape)


def all_films(file: PartedFile, shape: type[T]) -> dict[str, T]:
    """Return all films of *file* as `films_of` does; all parts of it are opened."""
    films: dict[str, T] = {}
    decoder: msgspec.json.Decoder[_RememberedPart[T]] = msgspec.json.Decoder(_RememberedPart[shape])  # type: ignore[valid-type]  # known when it runs
    for _, part in sorted(file.octets(file.names).items()):
        films |= {film.id: film for film in decoder.decode(part).films}
    return films


def some_films(file: PartedFile, ids: Iterable[str], shape: type[T]) -> dict[str, T]:
    """Return the films of *file* with *ids* as `films_of` does, as far as they are there."""
    return _films(file.lines(ids), shape)


def _films(lines: Mapping[str, bytes], shape: type[T]) -> dict[str, T]:
    decoder = msgspec.json.Decoder(shape)
    return {id_: decoder.decode(line) for id_, line in lines.items()}


def _line(film: Remembered) -> bytes:
    return msgspec.json.encode(film)
