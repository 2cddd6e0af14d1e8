"""The state of each source: whether it is read as it is now, or as it was last good, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem, as_problem
from releasecal.store import codec, schema
from releasecal.store.quick_statements import QuickStatement
from releasecal.store.store import Store


class SourceState(Enum):
    """States of a source; in all but the first one its last good state stays up."""

    OK = "ok"
    BROKEN = "broken"
    UNREADABLE = "unreadable"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """
    The state of a source at the last refresh.

    Attributes:
        address: Its place, as the operator named it.
        since: First of the refreshes in a row that found it in trouble, UTC.
        problems: Its problems, for everybody to read.
        refused: Fingerprint of its contents that are not published; "" if they are not known.
        judged: The civil day on which the loss guard has held it.
        left_out: Its wrong rows and fields, which do not count; for everybody to read.
        read: Last good look at it, UTC, about once a day; None for never: nothing of it is
            published.
        look: Last good look at it, UTC, if that is not the refresh itself.
    """

    address: str
    state: SourceState = SourceState.OK
    since: datetime | None = None
    problems: tuple[Problem, ...] = ()
    refused: str = ""
    judged: date | None = None
    left_out: tuple[Problem, ...] = ()
    read: datetime | None = field(default=None, compare=False)
    look: datetime | None = field(default=None, compare=False)

    @property
    def is_ok(self) -> bool:
        """Whether it is read as it is now."""
        return self.state is SourceState.OK

    @property
    def as_json(self) -> Mapping[str, object]:
        """The state as plain values for JSON."""
        return {
            "address": self.address,
            "state": self.state.value,
            "since": timestamp(self.since) if self.since else None,
            "read": timestamp(self.read) if self.read else None,
            "problems": list(map(str, self.problems)),
            "left_out": list(map(str, self.left_out)),
        }

    def is_open(self, today: date, *, accept_loss: bool) -> bool:
        """Whether the loss guard has to judge it again on the civil day *today*."""
        is_held = self.state is SourceState.HELD
        return is_held and (accept_loss or self.judged != today)


_table, _column = schema.source_states, schema.source_states.c
_BY_PRECEDENCE = QuickStatement(select(_table).order_by(_column.position, _column.address))
_REMEMBERED = ("since", "confirmed", "healed", "healed_from")


def find(connection: Connection) -> tuple[SourceStatus, ...]:
    """Return the states of all sources, by precedence."""
    return tuple(map(_status, _rows(connection).values()))


def put(
    connection: Connection, statuses: Sequence[SourceStatus], now: datetime, stale_after: timedelta
) -> None:
    """
    Write *statuses*, of all sources by precedence, as found at *now*, UTC.

    Of one that stays in trouble, the first moment is kept. One that is well has been looked at.
    """
    known = _rows(connection)
    connection.execute(delete(_table))
    found = [
        _following(known.get(status.address), status, now, stale_after) | {"position": number}
        for number, status in enumerate(statuses)
    ]
    if found:
        connection.execute(insert(_table), found)


def confirm(
    store: Store, now: datetime, looks: Mapping[str, datetime], *, stale_after: timedelta
) -> None:
    """
    Write, once a day, that the sources that are well were looked at, at *now*.

    *looks* has other moments, by address.
    """
    if not any(_is_due(row, looks.get(at, now)) for at, row in store.ask(_rows).items()):
        return
    with store.writing() as connection:
        for address, row in _rows(connection).items():
            look = looks.get(address, now)
            if _is_due(row, look):
                here = update(_table).where(_column.address == address)
                connection.execute(here.values(_looked_at(row, look, now, stale_after)))


def note(store: Store, statuses: Sequence[SourceStatus], now: datetime) -> None:
    """Write *statuses* of sources that are all in trouble at *now*, unless they are known."""
    known = store.ask(find)
    if [replace(status, since=None) for status in known] != [*statuses]:
        with store.writing() as connection:
            put(connection, statuses, now, timedelta.max)


def looks(connection: Connection) -> Mapping[str, datetime]:
    """Return by address the last good look at each source that was ever read, UTC."""
    found = _rows(connection).items()
    return {address: row["confirmed"] for address, row in found if row["confirmed"]}


def healed_before(connection: Connection, look: datetime) -> datetime | None:
    """
    Return when a source was last read well again whose last good look was before *look*, UTC.

    A source that had been seen at *look* or later tells no earlier day of those that are stale.
    """
    is_older = or_(_column.healed_from.is_(None), _column.healed_from < look)
    found: datetime | None = connection.execute(
        select(func.max(_column.healed)).where(is_older)
    ).scalar_one()
    return found


def is_stale(confirmed: datetime | None, today: date, after: timedelta) -> bool:
    """Whether the good look *confirmed* was more than *after* before the day *today*."""
    return confirmed is not None and today - confirmed.date() > after


def _rows(connection: Connection) -> dict[str, Mapping[Any, Any]]:
    names, found = _column.keys(), _BY_PRECEDENCE.rows(connection)
    rows = (dict(zip(names, row, strict=True)) for row in found)
    return {row["address"]: row for row in rows}


def _status(row: Mapping[Any, Any]) -> SourceStatus:
    return SourceStatus(
        row["address"],
        SourceState(row["state"]),
        row["since"],
        tuple(map(as_problem, codec.PROBLEMS.validate_json(row["problems"]))),
        row["refused"],
        row["judged"],
        tuple(map(as_problem, codec.PROBLEMS.validate_json(row["left_out"]))),
        row["confirmed"],
    )


def _following(
    known: Mapping[Any, Any] | None, status: SourceStatus, now: datetime, stale_after: timedelta
) -> dict[str, Any]:
    """Return the row of *status*, after the one that is *known*."""
    before = dict(known) if known else dict.fromkeys(_REMEMBERED)
    row = {
        **before,
        "address": status.address,
        "state": status.state.value,
        "since": None if status.is_ok else before["since"] or now,
        "problems": codec.PROBLEMS.to_json(status.problems),
        "left_out": codec.PROBLEMS.to_json(status.left_out),
        "refused": status.refused,
        "judged": status.judged,
    }
    look = status.look or (now if status.is_ok else None)
    is_news = look is not None and not _is_noted(row, look)
    return row | _looked_at(row, look, now, stale_after) if look and is_news else row


def _is_due(row: Mapping[Any, Any], look: datetime) -> bool:
    """Whether the good *look* is to be noted in *row*."""
    return row["state"] == SourceState.OK.value and not _is_noted(row, look)


def _is_noted(row: Mapping[Any, Any], look: datetime) -> bool:
    return row["confirmed"] is not None and row["confirmed"].date() >= look.date()


def _looked_at(
    row: Mapping[Any, Any], look: datetime, now: datetime, stale_after: timedelta
) -> dict[str, Any]:
    if is_stale(row["confirmed"], now.date(), stale_after):
        return {"confirmed": look, "healed": now, "healed_from": row["confirmed"]}
    return {"confirmed": look, "healed": row["healed"], "healed_from": row["healed_from"]}
