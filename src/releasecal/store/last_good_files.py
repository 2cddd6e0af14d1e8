"""
Last good files: the octets of each source's files as they were last read well.

A source that is broken, out of reach or held goes on from them, in whichever process.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Column, Connection, Select, delete, insert, select, update
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from releasecal.core.value_classes import dataclass
from releasecal.errors import StoreError
from releasecal.store import schema
from releasecal.store.store import Store

_LEVEL = 1  # a large file is packed anew with each of its changes


class LastGoodFileDamaged(StoreError):
    """
    The database has other octets of a file than those that were read well.

    Attributes:
        name: Name of the file.
    """

    def __init__(self, name: str) -> None:
        """Tell of the file called *name*."""
        super().__init__(f"the database's copy of {name} is damaged")
        self.name = name


def pack(data: bytes) -> bytes:
    """Return *data* as `unpack` takes it."""
    return ZstdCompressor(level=_LEVEL).compress(data)


def unpack(data: bytes) -> bytes:
    """Return the data packed as *data*."""
    return ZstdDecompressor().decompress(data)


def unpack_if_whole(data: bytes) -> bytes | None:
    """Return the data packed as *data*; None if it is damaged."""
    try:
        return unpack(data)
    except ZstdError:
        return None


_column = schema.snapshots.c


@dataclass(frozen=True, slots=True)
class KeptFile:
    """
    A file that was read well.

    Attributes:
        digest: Hash of its octets.
        outline: Its outline, encoded; opaque here.
        packed: Its octets, packed.
    """

    digest: str
    outline: bytes
    packed: bytes


Files = Mapping[tuple[str, str], KeptFile]
"""Files by address and name."""


def digests(connection: Connection, address: str) -> Mapping[str, str]:
    """Return the hash of the octets of each file at *address*, by name."""
    statement = select(_column.name, _column.digest).where(_column.address == address)
    return {row.name: row.digest for row in connection.execute(statement)}


def outlines(
    connection: Connection, address: str, names: Iterable[str] | None = None
) -> Mapping[str, bytes]:
    """Return the outlines of the files at *address*, by name: of all, or of those with *names*."""
    statement = _at(address, names, _column.name, _column.outline)
    return {row.name: row.outline for row in connection.execute(statement)}


def octets(
    connection: Connection, address: str, names: Iterable[str] | None = None
) -> Mapping[str, bytes]:
    """
    Return the octets of the files at *address*, by name: of all, or of those with *names*.

    Raises:
        LastGoodFileDamaged: Some of them are not as they were written.
    """
    statement = _at(address, names, _column.name, _column.digest, _column.data)
    rows = connection.execute(statement)
    return {row.name: _intact(row.name, row.digest, row.data) for row in rows}


def _intact(name: str, digest: str, packed: bytes) -> bytes:
    """Return the octets of the file called *name*, whose hash is *digest*."""
    data = unpack_if_whole(packed)
    if data is None or blake2b(data).hexdigest() != digest:
        raise LastGoodFileDamaged(name)
    return data


def distrust(store: Store, address: str, name: str) -> None:
    """Forget what the file called *name* at *address* was like, so that it is read and written anew."""
    here = (_column.address == address, _column.name == name)
    with store.writing() as connection:
        connection.execute(update(schema.snapshots).where(*here).values(digest="", outline=b""))


def _at(address: str, names: Iterable[str] | None, *columns: Column[Any]) -> Select[Any]:
    statement = select(*columns).where(_column.address == address).order_by(_column.name)
    return statement if names is None else statement.where(_column.name.in_(sorted(names)))


def put(
    connection: Connection,
    files: Files,
    at: datetime,
    *,
    anew: Collection[str],
    gone: Collection[tuple[str, str]] = (),
) -> None:
    """
    Write *files*, which were read well at the moment *at*, UTC.

    They stand in the place of the same files and of those that are *gone* or, of the addresses *anew*, of
    all.
    """
    known = _known(connection, files, anew)
    left = [*gone, *(key for key in known if key[0] in anew and key not in files)]
    new = {
        key: file for key, file in files.items() if known.get(key) != (file.digest, file.outline)
    }
    for address, name in (*left, *new):
        here = (_column.address == address, _column.name == name)
        connection.execute(delete(schema.snapshots).where(*here))
    for (address, name), file in new.items():
        row = {"address": address, "name": name, "digest": file.digest, "read": at}
        values = row | {"outline": file.outline, "data": file.packed}
        connection.execute(insert(schema.snapshots).values(values))


def _known(
    connection: Connection, files: Files, anew: Collection[str]
) -> Mapping[tuple[str, str], tuple[str, bytes]]:
    """Return digest and outline of what is stored of *files*, and of all at the addresses *anew*."""
    columns = (_column.address, _column.name, _column.digest, _column.outline)
    names: dict[str, list[str]] = {}
    for address, name in files:
        names.setdefault(address, []).append(name)
    stored = [
        row
        for address in {*names, *anew}
        for row in connection.execute(
            _at(address, None if address in anew else names[address], *columns)
        )
    ]
    return {(row.address, row.name): (row.digest, row.outline) for row in stored}


def forget(connection: Connection, but: Collection[str]) -> None:
    """Delete the files of all addresses *but* those that are given."""
    connection.execute(delete(schema.snapshots).where(_column.address.not_in(sorted(but))))
