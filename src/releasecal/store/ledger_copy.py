"""
The ledger as a file, or in another database: every row of every table, in order.

The file is JSON Lines (https://jsonlines.org): a header, then ``[table, row]`` a line, then a
count. It is open data, and exact: a database restored from it gives the same responses.
"""

import gzip
import io
import json
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import blake2b
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TextIO, cast

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, insert, select

from releasecal.core.languages import ENGLISH
from releasecal.errors import Place, StoreError, StoreTooNew
from releasecal.store import newest_edition, schema
from releasecal.store.migrations import NEWEST
from releasecal.store.moment_type import Moment
from releasecal.store.schema import operations
from releasecal.store.store import Store

TableRow = tuple[str, dict[str, Any]]
"""Name of a table, and the values of a row by column."""

_FORMAT = "releasecal-ledger"
_AT_ONCE = 1_000  # rows
_SINGLE = (schema.version.name, schema.lease.name)
"""Tables that stay with their database: its version, and the lease of its writer."""

_AT_HOME = (
    schema.last_modified.name,
    schema.posters.name,
    schema.poster_copies.name,
    schema.access_tokens.name,
    schema.notify_targets.name,
    schema.outbox.name,
)
"""
Tables that an exported ledger leaves out.

These are a memory that polls write, copies of pictures, tokens, and messages to others.
"""

_WITHOUT_EDITION = (
    schema.pending,
    *(
        table
        for table in vars(operations).values()
        if isinstance(table, Table) and table.name not in (*_SINGLE, *_AT_HOME)
    ),
)


def table_rows(connection: Connection, *, memory: bool = True) -> Iterator[TableRow]:
    """
    Yield every row of the ledger, by table and key; the transaction makes them one moment's.

    Without *memory* the last-modified memory is left out, which polls write, and so are what is
    not for everybody: copies of posters, digests and names of tokens, and messages to others.
    """
    left_out = _SINGLE if memory else (*_SINGLE, *_AT_HOME)
    for table in schema.metadata.sorted_tables:
        if table.name in left_out:
            continue
        query = select(table).order_by(*table.primary_key)
        for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)).mappings():
            yield table.name, dict(row)


def operations_digest(connection: Connection) -> str:
    """Return a digest of all rows of an exported ledger that may change without a new edition."""
    digest = blake2b(digest_size=16)
    for table in _WITHOUT_EDITION:
        for row in connection.execute(select(table).order_by(*table.primary_key)):
            for value in row:  # which may be a large file
                digest.update(value if isinstance(value, bytes) else repr(value).encode())
    return digest.hexdigest()


def fill(connection: Connection, rows: Iterable[TableRow]) -> int:
    """
    Write *rows* into a database without a calendar, and return their number.

    Raises:
        StoreError: It has a calendar.
    """
    if newest_edition.head(connection).number:
        raise StoreError(
            "that database has a calendar already (name a new one, with --to or RELEASECAL_DATABASE_URL)"
        )
    count = 0
    for name, several in groupby(rows, itemgetter(0)):
        table = schema.metadata.tables[name]
        while batch := [row for _, row in islice(several, _AT_ONCE)]:
            connection.execute(insert(table), batch)
            count += len(batch)
    return count


def restored(store: Store, texts: Iterable[str], name: str, *, is_published: bool = False) -> int:
    """
    Fill *store* from a ledger file called *name* with the lines *texts*; return its rows' number.

    A file that *is_published* has nothing that stays at home: a token in it would let whoever
    wrote it in.

    Raises:
        StoreError: It has a calendar, or the file is no whole ledger; nothing is written.
    """
    with store.writing() as connection:
        return fill(connection, rows_of(texts, name, is_published=is_published))


def lines(rows: Iterable[TableRow]) -> Iterator[str]:
    """Yield the lines of a ledger file with *rows*."""
    yield _line({"format": _FORMAT, "schema": NEWEST})
    count = 0
    for name, row in rows:
        count += 1
        yield _line([name, row])
    yield _line({"rows": count})


def rows_of(texts: Iterable[str], name: str, *, is_published: bool = False) -> Iterator[TableRow]:
    """
    Yield the rows of a ledger file called *name* with the lines *texts*; see `restored`.

    Raises:
        StoreTooNew: A newer releasecal wrote it.
        StoreError: It is no ledger, of another version, damaged or cut off; it names the line.
    """
    numbered = enumerate(texts, start=1)
    _check_header(_value(next(numbered, (1, "")), name), name)
    count = 0
    for line in numbered:
        value = _value(line, name)
        if isinstance(value, dict):
            if value != {"rows": count} or next(numbered, None):
                ends = ENGLISH.say_many("it ends after {count} rows", count)
                raise _damaged(name, line[0], f"{ends}, and says {value}")
            return
        try:
            found = _row(value, (*_SINGLE, *_AT_HOME) if is_published else _SINGLE)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(name, line[0], "this is no row of a releasecal table") from error
        yield found
        count += 1
    raise _damaged(name, count + 1, "the end of the file is missing")


def _row(value: Any, refused: Container[str]) -> TableRow:
    name, row = value
    table = schema.metadata.tables[name]
    if name in refused or row.keys() != set(table.columns.keys()):
        raise KeyError(name)
    return name, {key: _read(table.columns[key], each) for key, each in row.items()}


def _check_header(header: object, name: str) -> None:
    version = header.get("schema") if isinstance(header, dict) else None
    if not isinstance(header, dict) or header.get("format") != _FORMAT or not version:
        raise StoreError(f"{name}: this is no ledger (take a file that releasecal backup wrote)")
    if version > NEWEST:
        raise StoreTooNew(
            f"{name}: the ledger has version {version}, this releasecal knows {NEWEST} "
            "(upgrade releasecal)"
        )
    if version < NEWEST:
        raise StoreError(
            f"{name}: the ledger has version {version}, this releasecal restores {NEWEST} "
            "(restore it with the releasecal that wrote it, and open that database with this one)"
        )


def _value(line: tuple[int, str], name: str) -> object:
    try:
        return json.loads(line[1])
    except ValueError as error:
        if line[0] == 1:
            return None  # no header
        raise _damaged(name, line[0], f"it is no JSON: {error}") from error


def _damaged(name: str, line: int, why: str) -> StoreError:
    return StoreError(f"{Place(name, line, 1)}: {why} (take another copy)")


def _line(value: object) -> str:
    return _encoded(value) + "\n"


def _written(value: object) -> object:
    """Return *value*, which JSON has no type for, as JSON: RFC 3339, or base64 (RFC 4648 § 4)."""
    if isinstance(value, date):  # or a moment
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(value)


_encoded = json.JSONEncoder(ensure_ascii=False, default=_written, separators=(",", ":")).encode


def _read(column: Column[Any], value: Any) -> Any:
    """Return the JSON *value* as *column* takes it."""
    if value is None:
        return None
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return b64decode(value, validate=True) if isinstance(column.type, LargeBinary) else value


def written_to(file: str, texts: Iterable[str]) -> None:
    """
    Write *texts* to *file*, packed if it ends with ``.gz``; ``-`` is standard output.

    Raises:
        StoreError: It cannot be written; a file of that name is as it was.
    """
    if file == "-":
        sys.stdout.writelines(texts)
        return
    new = Path(f"{file}.new")
    try:
        with _opened(new, "wt", is_packed=file.endswith(".gz")) as stream:
            stream.writelines(texts)
        new.replace(file)
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error} (name another file)") from error
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def read_from(file: str) -> Iterator[Iterable[str]]:
    """
    Give the lines of *file*, as `written_to` writes it.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        if file == "-":
            yield sys.stdin
            return
        with _opened(Path(file), "rt", is_packed=file.endswith(".gz")) as stream:
            yield stream
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"{file}: {why} (take another copy)") from error


def unpacked(data: bytes, name: str) -> Iterable[str]:
    """
    Return the lines of a ledger file called *name* with the octets *data*.

    Raises:
        StoreError: They cannot be unpacked, or are no text.
    """
    try:
        octets = gzip.decompress(data) if name.endswith(".gz") else data
        return io.StringIO(octets.decode(), newline="\n")
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise StoreError(f"{name}: {error} (take another copy)") from error


def _opened(path: Path, mode: Literal["rt", "wt"], *, is_packed: bool) -> TextIO:
    if is_packed:
        return cast(TextIO, gzip.open(path, mode, encoding="utf-8", newline="\n"))
    return path.open(mode, encoding="utf-8", newline="\n")
