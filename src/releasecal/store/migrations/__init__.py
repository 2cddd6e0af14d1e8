"""
Migrations: the version of the schema, and the steps from one version to the next.

A step is frozen SQL in a module of its own. It never refers to `schema`, which has the tables
of today: a step that did would change with them, and no longer fit the databases of its version.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, inspect, select, update

from releasecal.errors import StoreError, StoreTooNew
from releasecal.store import schema
from releasecal.store.migrations import v1_to_v2, v2_to_v3, v3_to_v4

Upgrade = Sequence[str]
"""SQL statements, in order."""

UPGRADES: Sequence[Upgrade] = (v1_to_v2.SQL, v2_to_v3.SQL, v3_to_v4.SQL)
"""`UPGRADES[i]` migrates version i+1 to i+2; a new database needs none of them."""


NEWEST = 1 + len(UPGRADES)
"""Version of the tables in `schema`."""


def is_current(connection: Connection, upgrades: Sequence[Upgrade]) -> bool:
    """
    Whether the schema exists and has the newest version.

    Raises:
        StoreTooNew: A newer releasecal wrote the database.
        StoreError: The database belongs to another program.
    """
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(schema.version.name):
        if inspect(connection).get_table_names():
            raise StoreError("the database belongs to another program (name another one)")
        return False
    return _known_version(connection, newest) == newest


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
        connection.execute(insert(schema.version).values(version=newest))
        return
    for upgrade in upgrades[_known_version(connection, newest) - 1 :]:
        for statement in upgrade:
            connection.exec_driver_sql(statement)
    connection.execute(update(schema.version).values(version=newest))


def _known_version(connection: Connection, newest: int) -> int:
    """Return the version of the schema, if it is not newer than *newest*."""
    version: int = connection.execute(select(schema.version.c.version)).scalar_one()
    if version > newest:
        raise StoreTooNew(
            f"the database has version {version}, this releasecal knows {newest} "
            "(upgrade releasecal, or name another database)"
        )
    return version
