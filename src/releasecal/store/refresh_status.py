"""The refresh status: how the last refresh went, in whichever process it ran."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem, as_problem
from releasecal.store import codec, schema, source_health
from releasecal.store.quick_statements import QuickStatement
from releasecal.store.source_health import SourceStatus
from releasecal.store.store import Store


@dataclass(frozen=True, slots=True)
class RefreshStatus:
    """
    The outcome of the last refresh.

    Attributes:
        succeeded: Last success known to this process, UTC; None if there is none.
        failed: First of the refreshes in a row that found something wrong, UTC; None if all is
            well.
        problems: Problems of the last refresh; empty if all is well.
        is_held: Whether the loss guard holds a source until a person agrees.
        sources: States of all sources, by precedence; empty if none is known.
        every: Time between two refreshes, where a writer tells its readers; None elsewhere.
        edition: Newest one when a refresh of this process failed; None if none did. The
            failure is over once there is another.
    """

    succeeded: datetime | None = None
    failed: datetime | None = None
    problems: tuple[Problem, ...] = ()
    is_held: bool = False
    sources: tuple[SourceStatus, ...] = ()
    every: timedelta | None = None
    edition: int | None = None

    @property
    def troubled(self) -> tuple[SourceStatus, ...]:
        """The sources in trouble, if the facts of the others are published."""
        found = tuple(source for source in self.sources if not source.is_ok)
        problems = tuple(problem for source in found for problem in source.problems)
        return found if len(found) < len(self.sources) and problems == self.problems else ()


_failure = schema.last_failure.c
_TROUBLE = QuickStatement(select(_failure.failed, _failure.is_held, _failure.problems))

_state = schema.refresh_state.c

WELL = RefreshStatus()
"""The status before the first refresh, and of a store without problems."""


def find(connection: Connection) -> RefreshStatus:
    """Return the status that all processes share, without the time of the last success."""
    return replace(noted(connection), sources=source_health.find(connection))


def noted(connection: Connection) -> RefreshStatus:
    """Return what `note` wrote last: what `find` returns, without the sources."""
    for failed, is_held, problems in _TROUBLE.rows(connection):  # one at most
        found = tuple(map(as_problem, codec.PROBLEMS.validate_json(problems)))
        return RefreshStatus(None, failed, found, is_held)
    return WELL


def beat(store: Store, now: datetime, every: timedelta) -> None:
    """Write for readers that a refresh went well at *now*, UTC, and the time between two."""
    seconds = int(every.total_seconds())
    with store.writing() as connection:
        connection.execute(update(schema.refresh_state).values(succeeded=now, every=seconds))


def last_beat(connection: Connection) -> tuple[datetime | None, timedelta | None]:
    """Return what `beat` wrote last; None for a writer that writes nothing for readers."""
    row = connection.execute(select(_state.succeeded, _state.every)).first()
    if row is None or row.every is None:
        return None, None
    return row.succeeded, timedelta(seconds=row.every)


def note(store: Store, status: RefreshStatus, known: RefreshStatus | None = None) -> bool:
    """
    Write *status* for all processes, but for its sources, unless they know it already.

    *known* is what they know, as far as it was `noted` just now. Return whether that is another
    outcome than the one before.
    """
    known = known or store.ask(noted)
    status = _following(known, status)
    if status == known:
        return False
    with store.writing() as connection:
        _put(connection, status)
    return True


def _following(known: RefreshStatus, status: RefreshStatus) -> RefreshStatus:
    """Return *status* after *known*: of failures in a row, the first one's time stays."""
    is_going_on = bool(known.problems and status.problems)
    failed = known.failed if is_going_on else status.failed
    return replace(status, succeeded=None, failed=failed, sources=(), edition=None)


def _put(connection: Connection, status: RefreshStatus) -> None:
    connection.execute(delete(schema.last_failure))
    if status.problems:
        problems = codec.PROBLEMS.to_json(status.problems)
        row = {"failed": status.failed, "is_held": status.is_held, "problems": problems}
        connection.execute(insert(schema.last_failure).values(id=1, **row))
