"""The engine: connections, transactions, and the version of the schema."""

import os
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from releasecal.errors import StoreError, StoreTooNew
from releasecal.store import schema

PATIENCE = 5_000
"""How long to wait for another writer, ms."""

HURRY = 20
"""How long somebody waits for another writer who can do without, ms."""

Upgrade = Callable[[Connection], None]


def _to_second(connection: Connection) -> None:
    """Bring version 1 to 2, but for what changes again with 3."""
    schema.metadata.create_all(connection)
    for column in ("first", "coarse_after"):
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS ix_entries_{column}")
    # Reads were named in another way: the same one would count twice.
    connection.execute(delete(schema.pending))
    data = schema.changes.c.data
    renamed = func.replace(data, '"old_title":', '"other":')
    connection.execute(
        update(schema.changes).where(data.contains('"old_title":')).values(data=renamed)
    )


def _to_third(connection: Connection) -> None:
    """Bring version 2 to 3; the next refresh fills the tables, as if all were rendered anew."""
    schema.events.drop(connection)
    schema.events.create(connection)
    connection.exec_driver_sql("ALTER TABLE entries ADD COLUMN event INTEGER")
    for name in ("entries_by_day", "entries_by_region", "entries_by_end", "ix_entries_channel"):
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {name}")
    for index in sorted(schema.entries.indexes, key=lambda index: str(index.name)):
        index.create(connection, checkfirst=True)
    connection.execute(update(schema.editions).values(rendering=""))


UPGRADES: Sequence[Upgrade] = (_to_second, _to_third)
"""What brings a database of version n+1 to n+2, by position; a new one needs none."""


_REMEDIES = {
    "locked": "another program has it: try again, or end that program",
    "not a database": "move that file away, or name another database",
    "malformed": "restore it from a copy, or move it away: the sources make a new one",
    "unable to open": "let this user write in its folder, or name another one",
    "readonly": "let this user write the file and its folder",
    "full": "make room on that disk",
    "disk I/O": "see whether that disk is full or broken",
    "No module named": "install that driver with pip, or name another database",
}
"""What would do, by what SQLite, a driver or Python says."""


def remedy(error: object) -> str:
    """Return `` (what would do)`` for a database's *error*, if we know."""
    text = str(error)
    return next((f" ({cure})" for said, cure in _REMEDIES.items() if said in text), "")


def open_engine(url: str) -> Engine:
    """
    Return an engine for the database at *url* (SQLAlchemy's form).

    Raises:
        StoreError: There cannot be a database.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        shown = url if "@" not in url else url.rpartition("@")[2]
        raise StoreError(f"cannot open the database {shown}: {error}{remedy(error)}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    _forget_after_fork(engine)
    return engine


def is_current(connection: Connection, upgrades: Sequence[Upgrade]) -> bool:
    """
    Whether the schema is there, and of the newest version.

    Raises:
        StoreTooNew: A newer releasecal wrote it.
        StoreError: The database belongs to another program.
    """
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(schema.version.name):
        if inspect(connection).get_table_names():
            raise StoreError("the database belongs to another program (name another one)")
        return False
    version: int = connection.execute(select(schema.version.c.version)).scalar_one()
    if version > newest:
        raise StoreTooNew(
            f"the database has version {version}, this releasecal knows {newest} "
            "(upgrade releasecal, or name another database)"
        )
    return version == newest


def migrate(connection: Connection, upgrades: Sequence[Upgrade]) -> None:
    """Make the schema, or bring an older one up to date, unless somebody else just has."""
    if is_current(connection, upgrades):
        return
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(schema.version.name):
        schema.metadata.create_all(connection)
        connection.execute(insert(schema.version).values(version=newest))
        return
    version: int = connection.execute(select(schema.version.c.version)).scalar_one()
    for upgrade in upgrades[version - 1 :]:
        upgrade(connection)
    connection.execute(update(schema.version).values(version=newest))


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes late and never for reading; ours is explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    # An edition that subscribers have seen must outlive a power cut, too.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    _set_pace(connection, is_hurried=options.get("releasecal_hurry", False))
    write = options.get("releasecal_write", False)
    # IMMEDIATE waits for other writers here, where waiting is safe.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _set_pace(connection: Connection, *, is_hurried: bool) -> None:
    """Have what may be lost wait neither for another writer nor for the disk."""
    if connection.info.get("releasecal_hurry", False) != is_hurried:
        patience, synchronous = (HURRY, "NORMAL") if is_hurried else (PATIENCE, "FULL")
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
        connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
        connection.info["releasecal_hurry"] = is_hurried


def _forget_after_fork(engine: Engine) -> None:
    """Have a forked child open connections of its own: SQLite's do not survive a fork."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (inherited := reference()) is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
