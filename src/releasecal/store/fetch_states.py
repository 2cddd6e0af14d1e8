"""
Fetches: what was last fetched of each source that lies elsewhere, and when the next look is due.

Any process goes on from it, also after a restart and without a network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from releasecal.core.dates import timestamp
from releasecal.errors import Problem, as_problem
from releasecal.store import codec, schema
from releasecal.store.last_good_files import pack, unpack
from releasecal.store.store import Store

_MAX_NOTES = 100  # of a source, in JSON

_VALIDATORS = TypeAdapter(dict[str, str])

_table, _column = schema.fetches, schema.fetches.c
_file = schema.fetched.c


@dataclass(frozen=True, slots=True)
class FetchState:
    """
    The state of fetching a source.

    Attributes:
        address: Its id.
        kind: Name of its kind.
        due: When the next look is due, UTC.
        digest: Hash of the snapshot; empty if there is none.
        fetched: When the snapshot last changed, UTC; None if there is none.
        validated: Last good look, UTC; None if there was none.
        films: Number of films in the snapshot.
        releases: Number of releases in it.
        notes: What was left out of it.
        failures: Number of looks in a row that went wrong.
        since: First of those, UTC; None if the last look was good.
        problems: Why the last look went wrong; empty if it was good.
    """

    address: str
    kind: str
    due: datetime
    digest: str = ""
    fetched: datetime | None = None
    validated: datetime | None = None
    films: int = 0
    releases: int = 0
    notes: tuple[Problem, ...] = ()
    failures: int = 0
    since: datetime | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def as_json(self) -> Mapping[str, object]:
        """The state as plain values for JSON."""
        return {
            "kind": self.kind,
            "fetched": timestamp(self.fetched) if self.fetched else None,
            "validated": timestamp(self.validated) if self.validated else None,
            "next_look": timestamp(self.due),
            "films": self.films,
            "releases": self.releases,
            "failures": self.failures,
            "notes": [str(note) for note in self.notes[:_MAX_NOTES]],
        }


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """
    A snapshot with what its kind needs for the next look.

    Attributes:
        data: A data file in JSON.
        covers: The days that it lists, as in a data file.
        validators: By the name of the header that the server sent.
        memory: In a form of the kind.
    """

    data: bytes
    covers: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    memory: bytes = b""


def states(connection: Connection) -> Mapping[str, FetchState]:
    """Return the state of fetching each source that was ever tried, by its address, sorted."""
    found = connection.execute(select(_table).order_by(_column.address))
    return {row["address"]: _state(row) for row in found.mappings()}


def octets(connection: Connection, address: str) -> bytes:
    """Return the snapshot of the source at *address*, which has one."""
    statement = select(_file.data).where(_file.address == address)
    return unpack(connection.execute(statement).scalar_one())


def last(connection: Connection, address: str) -> tuple[FetchState, FetchedFile] | None:
    """Return the state of fetching the source at *address*, and its snapshot, if it has one."""
    both = select(_table, _file.data, _file.memory).join(
        schema.fetched, _file.address == _column.address
    )
    row = connection.execute(both.where(_column.address == address)).mappings().first()
    if row is None:
        return None
    validators = _VALIDATORS.validate_json(row["validators"])
    return _state(row), FetchedFile(unpack(row["data"]), row["covers"], validators, row["memory"])


def put(store: Store, state: FetchState, file: FetchedFile | None = None) -> None:
    """Write *state*, and *file* if the look was good; else the last snapshot stays."""
    row = _row(state)
    if file:
        validators = codec.as_json(_VALIDATORS, dict(file.validators))
        row |= {"covers": file.covers, "validators": validators}
    with store.writing() as connection:
        here = _column.address == state.address
        known = connection.execute(select(_table).where(here)).mappings().first()
        connection.execute(delete(_table).where(here))
        values = {"covers": "", "validators": "{}", **(known or {}), **row}
        connection.execute(insert(_table).values(values))
        if file:
            is_same = known is not None and known["digest"] == state.digest
            _put_file(connection, state.address, file, is_same=is_same)


def _put_file(connection: Connection, address: str, file: FetchedFile, *, is_same: bool) -> None:
    """Write *file*, of which only the memory may have changed if *is_same*."""
    here = _file.address == address
    remembered = select(_file.memory).where(here)
    if is_same and connection.execute(remembered).scalar_one() == file.memory:
        return
    connection.execute(delete(schema.fetched).where(here))
    row = {"address": address, "memory": file.memory, "data": pack(file.data)}
    connection.execute(insert(schema.fetched).values(row))


def _state(row: Mapping[Any, Any]) -> FetchState:
    return FetchState(
        address=row["address"],
        kind=row["kind"],
        due=row["due"],
        digest=row["digest"],
        fetched=row["fetched"],
        validated=row["validated"],
        films=row["films"],
        releases=row["releases"],
        notes=tuple(map(as_problem, codec.PROBLEMS.validate_json(row["notes"]))),
        failures=row["failures"],
        since=row["since"],
        problems=tuple(map(as_problem, codec.PROBLEMS.validate_json(row["problems"]))),
    )


def _row(state: FetchState) -> dict[str, Any]:
    return {
        "address": state.address,
        "kind": state.kind,
        "due": state.due,
        "digest": state.digest,
        "fetched": state.fetched,
        "validated": state.validated,
        "films": state.films,
        "releases": state.releases,
        "notes": codec.as_json(codec.PROBLEMS, state.notes),
        "failures": state.failures,
        "since": state.since,
        "problems": codec.as_json(codec.PROBLEMS, state.problems),
    }
