"""A database as tests look at it."""

from sqlalchemy import text


def rows(store):
    """Return every row of every table, to see whether any was written."""
    with store._engine.connect() as connection:
        names = connection.execute(text("select name from sqlite_master where type = 'table'"))
        return {
            name: list(map(tuple, connection.execute(text(f"select * from {name}"))))
            for (name,) in names
        }
