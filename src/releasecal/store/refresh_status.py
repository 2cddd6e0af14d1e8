"""The refresh status: how the last refresh went, in whichever process it ran."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from releasecal.errors import Problem, as_problem
from releasecal.store import codec, schema
from releasecal.store.store import Store


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """
    The outcome of the last refresh.

    Attributes:
        succeeded: Last success known to this process, UTC; None if there is none.
        failed: First of the failures in a row, UTC; None after a success.
        problems: Reasons of the failure; empty after a success.
        is_held: Whether the loss guard holds an edition until a person agrees.
    """

    succeeded: datetime | None = None
    failed: datetime | None = None
    problems: tuple[Problem, ...] = ()
    is_held: bool = False


WELL = RefreshStatus()
"""The status before the first refresh, and of a store without problems."""


def find(connection: Connection) -> RefreshStatus:
    """Return the status that all processes share, without the time of the last success."""
    row = connection.execute(select(schema.trouble)).first()
    if row is None:
        return WELL
    problems = tuple(map(as_problem, codec.PROBLEMS.validate_json(row.problems)))
    return RefreshStatus(failed=row.failed, problems=problems, is_held=row.is_held)


def note(store: Store, status: RefreshStatus) -> None:
    """Write *status* for all processes, unless they know it already."""
    known = store.ask(find)
    status = _following(known, status)
    if status != known:
        with store.writing() as connection:
            _put(connection, status)


def _following(known: RefreshStatus, status: RefreshStatus) -> RefreshStatus:
    """Return *status* after *known*: of failures in a row, the first one's time stays."""
    is_going_on = bool(known.problems and status.problems)
    return replace(status, succeeded=None, failed=known.failed if is_going_on else status.failed)


def _put(connection: Connection, status: RefreshStatus) -> None:
    connection.execute(delete(schema.trouble))
    if status.problems:
        problems = codec.as_json(codec.PROBLEMS, status.problems)
        row = {"failed": status.failed, "is_held": status.is_held, "problems": problems}
        connection.execute(insert(schema.trouble).values(id=1, **row))
