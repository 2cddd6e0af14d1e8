"""
Migrations: the version of the schema, and the steps from one version to the next.

A step is frozen SQL in a module of its own. It never refers to `schema`, which has the tables
of today: a step that did would change with them, and no longer fit the databases of its version.

Nodes of several versions share a database while they are upgraded one by one. So a step only adds:
columns with a default, tables, indexes. What the version before still uses goes a version later, in
a step that raises ``schema_version.oldest``. Versions before 4 were on SQLite alone, and steps from
4 on are SQL for both databases: texts are ``COLLATE "C"``, which SQLite's are without saying so.
"""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import Connection, insert, inspect, select, update

from releasecal.errors import StoreError, StoreTooNew
from releasecal.store import schema
from releasecal.store.migrations import v1_to_v2, v2_to_v3, v3_to_v4, v4_to_v5

Upgrade = Sequence[str]
"""SQL statements, in order."""

UPGRADES: Sequence[Upgrade] = (v1_to_v2.SQL, v2_to_v3.SQL, v3_to_v4.SQL, v4_to_v5.SQL)
"""`UPGRADES[i]` migrates version i+1 to i+2; a new database needs none of them."""


NEWEST = 1 + len(UPGRADES)
"""Version of the tables in `schema`."""

OLDEST = 4
"""Oldest version whose code goes on with the tables in `schema`."""

_FIRST_SHARED = 4  # on other databases than SQLite


def is_current(connection: Connection, upgrades: Sequence[Upgrade]) -> bool:
    """
    Whether the schema exists and has the newest version, or a newer one that has all of it.

    Raises:
        StoreTooNew: A newer releasecal wrote the database.
        StoreError: The database belongs to another program.
    """
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(schema.version.name):
        if inspect(connection).get_table_names():
            raise StoreError("the database belongs to another program (name another one)")
        return False
    return _known_version(connection, newest) >= newest


def is_older(connection: Connection, upgrades: Sequence[Upgrade]) -> bool:
    """
    Whether the schema exists and has an older version: a copy of that age was restored.

    Raises:
        StoreTooNew: A newer releasecal wrote the database.
    """
    has_schema = inspect(connection).has_table(schema.version.name)
    return has_schema and not is_current(connection, upgrades)


def migrate(connection: Connection, upgrades: Sequence[Upgrade]) -> None:
    """Create the schema, or upgrade an older one, unless another process just has."""
    if is_current(connection, upgrades):
        return
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(schema.version.name):
        schema.metadata.create_all(connection)
        connection.execute(insert(schema.version).values(version=newest, oldest=OLDEST))
        return
    version = _known_version(connection, newest)
    if version < _FIRST_SHARED and connection.dialect.name != "sqlite":
        raise StoreError(
            f"the database has version {version}, from when only SQLite was supported "
            "(name an empty one, and fill it with releasecal copy)"
        )
    collation = ' COLLATE "C"' if connection.dialect.name == "sqlite" else ""
    for statement in chain(*upgrades[version - 1 :]):
        connection.exec_driver_sql(statement.replace(collation, ""))
    connection.execute(update(schema.version).values(version=newest))


def _known_version(connection: Connection, newest: int) -> int:
    """Return the version of the schema, if code of the version *newest* can go on with it."""
    version: int = connection.execute(select(schema.version.c.version)).scalar_one()
    oldest = select(schema.version.c.oldest)
    if version > newest and connection.execute(oldest).scalar_one() > newest:
        raise StoreTooNew(
            f"the database has version {version}, this releasecal knows {newest} "
            "(upgrade releasecal, or name another database)"
        )
    return version
