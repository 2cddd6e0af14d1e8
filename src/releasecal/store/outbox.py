"""
The outbox: messages about changes that wait to be accepted by their receivers.

The log of changes, which an edition writes in its own transaction, says what there is to tell; each
target has a place in it. One transaction makes the messages of the changes behind that place, and
moves it: each change is in one message of a target. What was accepted is deleted.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from releasecal.core.changes import ChangeKind
from releasecal.core.value_classes import dataclass, replace
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import conditions, film_ids, schema
from releasecal.store.store import Store

GIVE_UP = timedelta(days=7)
"""Age at which a message that nobody accepts is given up; older changes are not told."""

KEEP = timedelta(days=30)
"""Time for which what was given up is kept to be looked at."""

MAX_WAIT = timedelta(days=1)
"""Longest wait before the next attempt."""

MAX_IDS = 100
"""Changes that a message names; the others are counted."""

MAX_CHANGE = 2**30
"""A number above the ids of all changes."""

_FIRST_EDITION = 1  # where everything is new, to everybody
_AT_ONCE = 10_000  # rows in a statement

_change, _entry = schema.changes.c, schema.entries.c
_message, _target = schema.outbox.c, schema.notify_targets.c


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """
    A message of the outbox.

    Attributes:
        number: Its place in the outbox.
        id: For its receiver, the same in each attempt.
        target: Name of the target.
        changes: Ids of the changes that it tells, at most `MAX_IDS`.
        count: Number of changes that it stands for.
        is_digest: Whether it tells of all changes of its edition that the target selects.
        attempts: Number of attempts so far.
    """

    number: int
    id: str
    target: str
    edition: int
    changes: tuple[int, ...]
    count: int
    is_digest: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class TargetState:
    """
    The state of a target.

    Attributes:
        sent: When a message was last accepted, UTC; None for never.
        waiting: Number of messages that wait.
        given_up: Number of messages that were given up.
        problem: Why the last attempt at the first one that waits failed; empty if none has.
        due: When that is tried again, UTC; None if none waits.
    """

    sent: datetime | None = None
    waiting: int = 0
    given_up: int = 0
    problem: str = ""
    due: datetime | None = None


def has_new(connection: Connection, names: Collection[str]) -> bool:
    """Whether one of the targets with *names* has not begun yet."""
    return bool(names) and not _known(connection).issuperset(names)


def begin(store: Store, names: Collection[str]) -> None:
    """Have the targets with *names* that are new be told of all changes from now on."""
    with store.writing() as connection:
        last = _last(connection)
        new = sorted(set(names) - _known(connection))
        rows = [{"name": name, "told": last, "failures": 0} for name in new]
        if rows:
            connection.execute(insert(schema.notify_targets), rows)


def has_work(connection: Connection, names: Collection[str], now: datetime) -> bool:
    """Whether there is something to do *now* for the targets with *names*."""
    behind = and_(_target.name.in_(names), _target.told < _last(connection))
    waits = and_(_message.target.in_(names), _is_due(now))
    return any(
        connection.execute(select(column).where(condition).limit(1)).first()
        for column, condition in (
            (_target.name, behind),
            (_message.number, or_(waits, _is_lost(now), _is_old(now))),
        )
    )


def queue(  # noqa: PLR0913 - a target's settings
    store: Store,
    name: str,
    query: FeedQuery,
    kinds: Collection[ChangeKind],
    *,
    most: int,
    now: datetime,
    wait: timedelta = timedelta(),
) -> int:
    """
    Make the messages of the target called *name* of all changes behind its place; return their number.

    These are changes of *kinds*, all but new releases if it is empty, of releases that *query*
    selects. More than *most* in an edition are one message. They are due after *wait*.
    """
    with store.reading(newest=True) as connection:
        told, last = _place(connection, name), _last(connection)
        if told is None or told >= last:
            return 0
        found = _news(connection, query, kinds, (told, last), now - GIVE_UP)
    with store.writing() as connection:
        ours = and_(_target.name == name, _target.told == told)
        moved = connection.execute(update(schema.notify_targets).where(ours).values(told=last))
        if not moved.rowcount:
            return 0  # another process has made them
        first = connection.execute(select(func.max(_message.number))).scalar_one() or 0
        rows = [
            {"number": number, "target": name, "made": now, "due": now + wait, **message}
            for number, message in enumerate(_messages(found, most), first + 1)
        ]
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(insert(schema.outbox), rows[start : start + _AT_ONCE])
    return len(rows)


def queue_feed(  # noqa: PLR0913 - a target's settings
    store: Store, name: str, state: int, *, edition: int, now: datetime, wait: timedelta
) -> bool:
    """
    Make a message of the target called *name* if its feed is in another *state* than it was told.

    *state* is a digest above `MAX_CHANGE`, so that it is no place in the log. The message tells
    no changes, and is due after *wait*. False if there is nothing to tell.
    """
    told = store.ask(_place, name)
    if told is None or told == state:
        return False
    with store.writing() as connection:
        ours = and_(_target.name == name, _target.told == told)
        moved = connection.execute(update(schema.notify_targets).where(ours).values(told=state))
        if moved.rowcount:
            (message,) = _messages([(edition, 0)], 0)
            number = connection.execute(select(func.max(_message.number))).scalar_one() or 0
            row = {**message, "changes": "[]", "number": number + 1, "target": name}
            connection.execute(insert(schema.outbox), {**row, "made": now, "due": now + wait})
        return bool(moved.rowcount)


def due(connection: Connection, name: str, now: datetime, most: int) -> Sequence[QueuedMessage]:
    """
    Return the messages that are due *now* for the target called *name*, in their order.

    Those come first that were tried least: one that alone is refused holds up no other.
    """
    ours = and_(_message.target == name, _is_due(now))
    statement = (
        select(schema.outbox).where(ours).order_by(_message.attempts, _message.number).limit(most)
    )
    return [_queued(row) for row in connection.execute(statement).mappings()]


def claim(store: Store, message: QueuedMessage, due: datetime) -> bool:
    """
    Note that an attempt at *message* begins, and that the next one is *due* then.

    False if another process has begun one since *message* was read, or it was accepted.
    """
    is_same = and_(_message.number == message.number, _message.id == message.id)
    unchanged = and_(is_same, _message.attempts == message.attempts)
    attempts = message.attempts + 1
    with store.writing() as connection:
        claimed = connection.execute(
            update(schema.outbox).where(unchanged).values(attempts=attempts, due=due)
        )
        return claimed.rowcount == 1


def accepted(store: Store, message: QueuedMessage, now: datetime) -> None:
    """Delete *message*, which was accepted *now*."""
    with store.writing() as connection:
        connection.execute(delete(schema.outbox).where(_message.id == message.id))
        ours = _target.name == message.target
        well = {"sent": now, "failures": 0, "rests": None}
        connection.execute(update(schema.notify_targets).where(ours).values(well))


def failures(connection: Connection, name: str) -> int:
    """Return the number of attempts in a row that the target called *name* has failed."""
    statement = select(_target.failures).where(_target.name == name)
    return connection.execute(statement).scalar_one_or_none() or 0


def failed(
    store: Store, message: QueuedMessage, problem: str, *, due: datetime, rests: datetime
) -> None:
    """
    Note that an attempt at *message* failed by *problem*.

    The next one at it is *due* then, and its target *rests* until then, whatever else waits.
    """
    with store.writing() as connection:
        ours, its = _message.id == message.id, _target.name == message.target
        connection.execute(update(schema.outbox).where(ours).values(problem=problem, due=due))
        again = {"failures": _target.failures + 1, "rests": rests}
        connection.execute(update(schema.notify_targets).where(its).values(again))


def clear(store: Store, now: datetime) -> Mapping[str, int]:
    """Give up what is too old, and forget what was long ago; return the number given up by target."""
    lost, has_old = store.ask(_ends, now)
    if lost or has_old:
        with store.writing() as connection:
            connection.execute(update(schema.outbox).where(_is_lost(now)).values(given_up=now))
            connection.execute(delete(schema.outbox).where(_is_old(now)))
    return lost


def _ends(connection: Connection, now: datetime) -> tuple[Mapping[str, int], bool]:
    """Return the number of messages to give up by target, and whether there are some to forget."""
    lost = select(_message.target, func.count()).where(_is_lost(now)).group_by(_message.target)
    old = select(_message.number).where(_is_old(now)).limit(1)
    by_target = {name: count for name, count in connection.execute(lost)}  # noqa: C416 - its types
    return by_target, connection.execute(old).first() is not None


def states(connection: Connection) -> Mapping[str, TargetState]:
    """Return the states of all targets that were ever told of, by name."""
    is_waiting = _message.given_up.is_(None)
    counts = (func.count(_message.number), func.count(_message.given_up))
    numbers = select(_message.target, *counts).group_by(_message.target)
    all_ = {name: (count, lost) for name, count, lost in connection.execute(numbers)}
    oldest = select(func.min(_message.number)).where(is_waiting).group_by(_message.target)
    first = {
        row.target: row
        for row in connection.execute(select(schema.outbox).where(_message.number.in_(oldest)))
    }
    found = {}
    for row in connection.execute(select(schema.notify_targets).order_by(_target.name)):
        count, lost = all_.get(row.name, (0, 0))
        head = first.get(row.name)
        problem, due = (head.problem, head.due) if head else ("", None)
        found[row.name] = TargetState(row.sent, count - lost, lost, problem, due)
    return found


def _known(connection: Connection) -> set[str]:
    return set(connection.execute(select(_target.name)).scalars())


def _last(connection: Connection) -> int:
    """Return the id of the last change on record; 0 without one."""
    return connection.execute(select(func.max(_change.id))).scalar_one() or 0


def _place(connection: Connection, name: str) -> int | None:
    statement = select(_target.told).where(_target.name == name)
    return connection.execute(statement).scalar_one_or_none()


def _news(
    connection: Connection,
    query: FeedQuery,
    kinds: Collection[ChangeKind],
    between: tuple[int, int],
    after: datetime,
) -> Sequence[tuple[int, int]]:
    """Return (edition, id) of the changes to be told *between* two ids, the first one excluded."""
    release = (_change.film, _change.region, _change.release_kind, _change.channel)
    same = zip((_entry.film, _entry.region, _entry.kind, _entry.channel), release, strict=True)
    equal = [column == other for column, other in same]
    present = film_ids.present_ids(connection, query.film)  # of films that had another id before
    query = replace(query, film=tuple(sorted({present.get(each, each) for each in query.film})))
    is_selected = select(_entry.key).where(*equal, conditions.selected(connection, query)).exists()
    statement = select(_change.edition, _change.id).where(
        _change.id > between[0],
        _change.id <= between[1],
        _change.edition > _FIRST_EDITION,
        _change.at > after,
        _change.kind.in_([kind.value for kind in kinds]) if kinds else _change.is_told,
        is_selected,
    )
    return [(row.edition, row.id) for row in connection.execute(statement.order_by(_change.id))]


def _messages(news: Iterable[tuple[int, int]], most: int) -> Iterable[dict[str, Any]]:
    """Yield the messages that tell *news*, (edition, id) in order: one a change, or one of many."""
    for edition, several in groupby(news, itemgetter(0)):
        ids = [id_ for _, id_ in several]
        parts = [ids] if len(ids) > most else [[id_] for id_ in ids]
        for part in parts:
            yield {
                "id": f"msg_{secrets.token_hex(16)}",
                "edition": edition,
                "changes": json.dumps(part[:MAX_IDS]),
                "count": len(part),
                "is_digest": len(ids) > most,
                "attempts": 0,
                "problem": "",
            }


def _queued(row: Mapping[Any, Any]) -> QueuedMessage:
    return QueuedMessage(
        row["number"],
        row["id"],
        row["target"],
        row["edition"],
        tuple(json.loads(row["changes"])),
        row["count"],
        row["is_digest"],
        row["attempts"],
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a message is to be sent *now*, and its target does not rest."""
    is_awake = or_(_target.rests.is_(None), _is_over(_target.rests, now))
    awake = select(_target.name).where(is_awake)
    return and_(
        _message.given_up.is_(None), _is_over(_message.due, now), _message.target.in_(awake)
    )


def _is_over(until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a wait is over; one longer than any is of a clock gone wrong."""
    return or_(until <= now, until > now + 2 * MAX_WAIT)


def _is_lost(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a message has waited for too long."""
    return and_(_message.given_up.is_(None), _message.made <= now - GIVE_UP)


def _is_old(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a message was given up long ago."""
    return and_(_message.given_up.is_not(None), _message.given_up <= now - KEEP)
