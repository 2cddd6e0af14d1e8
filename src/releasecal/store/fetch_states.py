"""
Fetches: what was last fetched of each source that lies elsewhere, and when the next look is due.

Any process goes on from it, also after a restart and without a network. A large snapshot is kept in
parts, a row each, and only those are written that have changed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem, RefreshRunning, as_problem
from releasecal.store import codec, lease, schema
from releasecal.store.last_good_files import pack, unpack_if_whole
from releasecal.store.store import Store

_MAX_NOTES = 100  # of a source, in JSON
_OCTETS = 64  # of the digest of a part
_AT_ONCE = 500  # parts that a statement names

_VALIDATORS = codec.LateAdapter(dict[str, str])

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
        parts: Data files in JSON, by name: one that is called like the source, or several that are called
            after it and stand in the order of their names.
        covers: The days that it lists, as in a data file.
        validators: By the name of the header that the server sent.
        memory: In a form of the kind.
        remembered: Likewise, of single films: the parts of a file in the form of a snapshot.
        kept: Names of the parts beside these that stay as they are.
    """

    parts: Mapping[str, bytes]
    covers: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    memory: bytes = b""
    remembered: Mapping[str, bytes] = field(default_factory=dict)
    kept: Collection[str] = ()


def remembered_at(address: str) -> str:
    """Return the name of the file of what is remembered of the films of the source at *address*."""
    return f"{address}#~"  # which no id of a film begins with


def states(connection: Connection) -> Mapping[str, FetchState]:
    """Return the state of fetching each source that was ever tried, by its address, sorted."""
    found = connection.execute(select(_table).order_by(_column.address))
    return {row["address"]: _state(row) for row in found.mappings()}


def digests(connection: Connection, address: str) -> Mapping[str, str]:
    """
    Return the hash of each part of the snapshot of the source at *address*, hexadecimal, by name.

    It has none if some parts are gone.
    """
    found = _told(connection, _is_snapshot(address))
    whole = connection.execute(select(_column.digest).where(_column.address == address)).scalar()
    if address in found and whole:
        return {address: whole}
    return found if found and digest_of(address, found) == whole else {}


def digest_of(address: str, parts: Mapping[str, str]) -> str:
    """Return the hash of the snapshot of the source at *address* from the hashes of its *parts*."""
    if address in parts:
        return parts[address]
    return blake2b("".join(parts[name] for name in sorted(parts)).encode()).hexdigest()


def remembered(connection: Connection, address: str) -> Mapping[str, str]:
    """Return the hash of each part of what is remembered of films of a source, hexadecimal, by name."""
    return _told(connection, _is_remembered(address))


def snapshot(connection: Connection, address: str) -> Mapping[str, bytes]:
    """
    Return the parts of the snapshot of the source at *address*, by name: those of one look.

    It has none if some of them are gone or damaged.
    """
    names = digests(connection, address)
    parts = octets(connection, address, names)
    return parts if parts.keys() == names.keys() else {}


def _told(connection: Connection, condition: ColumnElement[bool]) -> Mapping[str, str]:
    """Return the hashes that rows begin their memory with, by name."""
    told = func.substr(_file.memory, 1, _OCTETS, type_=LargeBinary)
    rows = connection.execute(select(_file.address, told).where(condition).order_by(_file.address))
    return {name: (digest or b"").hex() for name, digest in rows}  # NULL for none


def octets(connection: Connection, address: str, names: Collection[str]) -> Mapping[str, bytes]:
    """
    Return the parts with *names* of the source at *address*, by name, of its snapshot or of what is remembered.

    Those that are gone or damaged are not among them.
    """
    found: dict[str, bytes] = {}
    for some in _at_once(names):
        here = and_(_is_of(address), _file.address.in_(some))
        rows = connection.execute(select(_file.address, _file.data).where(here))
        unpacked = ((name, unpack_if_whole(data)) for name, data in rows)
        found |= {name: part for name, part in unpacked if part is not None}
    return found


def _at_once(names: Collection[str]) -> Iterator[Sequence[str]]:
    """Yield *names*, as many at a time as a statement may have."""
    told = sorted(names)
    return (told[at : at + _AT_ONCE] for at in range(0, len(told), _AT_ONCE))


def _is_of(address: str) -> ColumnElement[bool]:
    """Return the condition of all rows of the source at *address*."""
    return or_(_is_snapshot(address), _is_remembered(address))


def _is_snapshot(address: str) -> ColumnElement[bool]:
    """Return the condition of the rows of the snapshot of the source at *address*."""
    first, after = f"{address}#", remembered_at(address)
    return or_(_file.address == address, and_(_file.address >= first, _file.address < after))


def _is_remembered(address: str) -> ColumnElement[bool]:
    """Return the condition of the rows of what is remembered of films of the source at *address*."""
    after = f"{address}$"  # the next character
    return and_(_file.address >= remembered_at(address), _file.address < after)


def last(connection: Connection, address: str) -> tuple[FetchState, FetchedFile] | None:
    """Return the state of fetching the source at *address*, and its snapshot, if it has one and all is whole."""
    found, parts = last_in_parts(connection, address), snapshot(connection, address)
    names = remembered(connection, address)
    told = octets(connection, address, names)
    if found is None or not parts or told.keys() != names.keys():
        return None
    state, file = found
    return state, replace(file, parts=parts, remembered=told, kept=())


def last_in_parts(connection: Connection, address: str) -> tuple[FetchState, FetchedFile] | None:
    """Return what `last` does, but of all parts the names alone, those of the snapshot being kept."""
    row = connection.execute(select(_table).where(_column.address == address)).mappings().first()
    names = digests(connection, address).keys() if row else ()
    if row is None or not names:
        return None
    memory = _memory(connection, address, min(names))
    validators = _VALIDATORS.validate_json(row["validators"])
    return _state(row), FetchedFile({}, row["covers"], validators, memory, {}, names)


def _memory(connection: Connection, address: str, head: str) -> bytes:
    """Return the memory of the source at *address*, which its part called *head* has."""
    found = select(_file.memory).where(_file.address == head)
    memory: bytes = connection.execute(found).scalar_one()
    return memory if head == address else memory[_OCTETS:]


def lease_of(address: str) -> str:
    """Return the name of the lease of looks at the source at *address*."""
    return f"fetch {address}"


def put(
    store: Store, state: FetchState, file: FetchedFile | None = None, *, holder: str | None = None
) -> None:
    """
    Write *state*, and *file* if the look was good; else the last snapshot stays.

    Raises:
        RefreshRunning: *holder*, if given, has lost the lease.
    """
    row = _row(state)
    if file:
        validators = _VALIDATORS.to_json(dict(file.validators))
        row |= {"covers": file.covers, "validators": validators}
    with store.writing() as connection:
        here = _column.address == state.address
        if holder and lease.holder_of(connection, lease_of(state.address)) != holder:
            raise RefreshRunning("another process has taken a look in the meantime")
        known = connection.execute(select(_table).where(here)).mappings().first()
        if file:
            _put_file(connection, state, file)
        connection.execute(delete(_table).where(here))
        values = {"covers": "", "validators": "{}", **(known or {}), **row}
        connection.execute(insert(_table).values(values))


def forget(store: Store, address: str) -> None:
    """Delete what was fetched of the source at *address*, and all that is remembered of it."""
    with store.writing() as connection:
        connection.execute(delete(schema.fetched).where(_is_of(address)))
        here = and_(_column.address == address, _column.digest != "")
        connection.execute(update(_table).where(here).values(digest=""))


def _put_file(connection: Connection, state: FetchState, file: FetchedFile) -> None:
    """Write the parts of *file* that have changed, and its memory."""
    address = state.address
    known = {**digests(connection, address), **remembered(connection, address)}
    head = min({*file.parts, *file.kept})
    told = _digests_of(state.address, state.digest, {**file.parts, **file.remembered})
    same = {name for name, digest in told.items() if known.get(name) == digest}
    there = connection.execute(select(_file.address).where(_is_of(address))).scalars()
    # A version without parts leaves them beside a whole snapshot: those go, too.
    gone = set(there) - same - set(file.kept)
    for some in _at_once(gone):
        here = and_(_is_of(address), _file.address.in_(some))
        connection.execute(delete(schema.fetched).where(here))
    rows = [
        {"address": name, "memory": _own(name, address, told[name]), "data": pack(data)}
        for name, data in (*file.parts.items(), *file.remembered.items())
        if name not in same
    ]
    if rows:
        connection.execute(insert(schema.fetched), rows)
    own = _own(head, address, told.get(head) or known[head]) + file.memory
    here = and_(_file.address == head, _file.memory != own)
    connection.execute(update(schema.fetched).where(here).values(memory=own))


def _digests_of(address: str, digest: str, parts: Mapping[str, bytes]) -> Mapping[str, str]:
    """Return the hash of each of *parts* by name; one called *address* is all, and has the *digest* of all."""
    return {
        name: digest if name == address else blake2b(data).hexdigest()
        for name, data in parts.items()
    }


def _own(name: str, address: str, digest: str) -> bytes:
    """Return what stands beside a part of the source at *address*: its *digest*, unless it is whole."""
    return b"" if name == address else bytes.fromhex(digest)


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
        "notes": codec.PROBLEMS.to_json(state.notes),
        "failures": state.failures,
        "since": state.since,
        "problems": codec.PROBLEMS.to_json(state.problems),
    }
