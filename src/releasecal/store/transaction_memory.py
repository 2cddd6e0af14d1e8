"""The memory of a transaction that reads: what was found once in it holds until it ends."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlalchemy import Connection

_T = TypeVar("_T")

_OPTION = "remembered"


def remembering(connection: Connection) -> Connection:
    """Return *connection*, in a transaction in which nothing changes, with an empty memory."""
    return connection.execution_options(**{_OPTION: {}})


def once(connection: Connection, name: Hashable, find: Callable[[], _T]) -> _T:
    """Return what *find* finds, and found already under that *name* in the same transaction."""
    memory = connection.get_execution_options().get(_OPTION)
    if memory is None:  # in which something may change
        return find()
    if name not in memory:
        memory[name] = find()
    found: _T = memory[name]
    return found
