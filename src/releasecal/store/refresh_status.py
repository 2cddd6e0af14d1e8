"""The refresh status: how the last refresh went, in whichever process it ran."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from releasecal.store import schema


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """
    How refreshing goes.

    Attributes:
        succeeded: Last success that this process knows of, UTC; None if there is none.
        failed: Since when refreshes have failed for these problems, UTC; None while all is well.
        problems: What is wrong, one line each; empty while all is well.
        is_held: Whether the loss guard holds an edition until a person agrees.
    """

    succeeded: datetime | None = None
    failed: datetime | None = None
    problems: tuple[str, ...] = ()
    is_held: bool = False


WELL = RefreshStatus()
"""The status before the first refresh, and of a store without problems."""


def find(connection: Connection) -> RefreshStatus:
    """Return the status that all processes share, without the time of the last success."""
    row = connection.execute(select(schema.trouble)).first()
    if row is None:
        return WELL
    problems = schema.PROBLEMS.validate_json(row.problems)
    return RefreshStatus(failed=row.failed, problems=problems, is_held=row.is_held)


def following(known: RefreshStatus, status: RefreshStatus) -> RefreshStatus:
    """Return *status* as it follows *known*: what still fails has failed since the first time."""
    is_going_on = bool(known.problems and status.problems)
    return replace(status, succeeded=None, failed=known.failed if is_going_on else status.failed)


def put(connection: Connection, status: RefreshStatus) -> None:
    """Write *status* for all processes."""
    connection.execute(delete(schema.trouble))
    if status.problems:
        problems = schema.as_json(schema.PROBLEMS, status.problems)
        row = {"failed": status.failed, "is_held": status.is_held, "problems": problems}
        connection.execute(insert(schema.trouble).values(id=1, **row))
