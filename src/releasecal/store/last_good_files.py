"""
Last good files: the octets of each source's files as they were last read well.

A source that is broken, out of reach or held goes on from them, in whichever process.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select
from zstandard import ZstdCompressor, ZstdDecompressor

from releasecal.store import schema

_LEVEL = 1  # a large file is packed anew with each of its changes


def pack(data: bytes) -> bytes:
    """Return *data* as `unpack` takes it."""
    return ZstdCompressor(level=_LEVEL).compress(data)


def unpack(data: bytes) -> bytes:
    """Return the data packed as *data*."""
    return ZstdDecompressor().decompress(data)


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

    @classmethod
    def of(cls, digest: str, outline: bytes, octets: bytes) -> "KeptFile":
        """Return the file with *octets*, packed."""
        return cls(digest, outline, pack(octets))


Files = Mapping[tuple[str, str], KeptFile]
"""Files by address and name."""


def outlines(connection: Connection) -> Mapping[tuple[str, str], bytes]:
    """Return the outline of each file, by address and name."""
    statement = select(_column.address, _column.name, _column.outline)
    found = connection.execute(statement.order_by(_column.address, _column.name))
    return {(row.address, row.name): row.outline for row in found}


def octets(connection: Connection, address: str, name: str | None = None) -> Mapping[str, bytes]:
    """Return the octets of the files at *address*, by name: of all, or of the one with *name*."""
    statement = select(_column.name, _column.data).where(_column.address == address)
    if name is not None:
        statement = statement.where(_column.name == name)
    found = connection.execute(statement.order_by(_column.name))
    return {row.name: unpack(row.data) for row in found}


def put(connection: Connection, files: Files, at: datetime, *, anew: Collection[str]) -> None:
    """
    Write *files*, which were read well at the moment *at*, UTC.

    They stand in the place of the same files or, of the addresses *anew*, of all.
    """
    stored = connection.execute(
        select(_column.address, _column.name, _column.digest, _column.outline)
    )
    known = {(row.address, row.name): (row.digest, row.outline) for row in stored}
    gone = [key for key in known if key[0] in anew and key not in files]
    new = {
        key: file for key, file in files.items() if known.get(key) != (file.digest, file.outline)
    }
    for address, name in (*gone, *new):
        here = (_column.address == address, _column.name == name)
        connection.execute(delete(schema.snapshots).where(*here))
    for (address, name), file in new.items():
        row = {"address": address, "name": name, "digest": file.digest, "read": at}
        values = row | {"outline": file.outline, "data": file.packed}
        connection.execute(insert(schema.snapshots).values(values))


def forget(connection: Connection, but: Collection[str]) -> None:
    """Delete the files of all addresses *but* those that are given."""
    connection.execute(delete(schema.snapshots).where(_column.address.not_in(sorted(but))))
