"""
Queries over disjoint parts of the entries: each is read along its own index, and all are merged.

A single condition with an OR would be sorted whole, however few of its entries are wanted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Label,
    Select,
    column,
    func,
    literal_column,
    select,
    union_all,
)

from releasecal.core.editions import Entry
from releasecal.queries.results import AtLeast
from releasecal.store import newest_edition, schema
from releasecal.store.conditions import AskedQuery, Parts
from releasecal.store.kept_statements import MOST
from releasecal.store.quick_statements import QuickStatement

MAX_COUNTED = 10_000
"""Entries that are counted beyond those there is room for."""

_MAX_SCATTERED = 250  # of entries that are met on a walk

_column = schema.entries.c

RowLimit = int | BindParameter[int] | None
"""The number of rows, at most, or the parameter for it; None for all."""


def in_order(
    parts: Parts,
    order: Sequence[str],
    most: RowLimit,
    *,
    also: Collection[str | ColumnElement[Any]] = (),
) -> Select[Any] | CompoundSelect[Any]:
    """
    Return the query for the columns of *order*, the key, and *also* others, at most *most*.

    *order* has names of columns, with a minus for the largest first; the key comes last.
    """
    order = order if "-key" in order else (*order, "key")
    names = dict.fromkeys((*(name.removeprefix("-") for name in order), *also))
    columns = [_column[name] if isinstance(name, str) else name for name in names]
    each = [select(*columns).where(part) for part in parts.each]
    return merged(each, list(map(_ordering, order)), most)


def merged(
    each: Sequence[Select[Any]], order: Sequence[ColumnElement[Any]], most: RowLimit
) -> Select[Any] | CompoundSelect[Any]:
    """
    Return the rows of *each* query in *order*, at most *most*.

    Each has an end of its own: without one PostgreSQL would sort it, though an index is in order.
    """
    if len(each) == 1:
        return each[0].order_by(*order).limit(most)
    if most is not None:
        ended = (one.order_by(*order).limit(most).subquery() for one in each)
        each = [select(*one.c) for one in ended]
    return union_all(*each).order_by(*order).limit(most)


def _ordering(name: str) -> ColumnElement[Any]:
    by: ColumnElement[Any] = column(name.removeprefix("-"))
    return by.desc() if name.startswith("-") else by


def entries(
    connection: Connection, parts: Parts, order: Sequence[str], most: int | None
) -> tuple[Entry, ...]:
    """Return the entries of *parts* in *order*, as for `in_order`, at most *most*."""
    keys = [row.key for row in connection.execute(in_order(parts, order, most))]
    found = {str(entry.key): entry for entry in newest_edition.entries_with_keys(connection, keys)}
    return tuple(found[key] for key in keys)


def count(connection: Connection, several: Sequence[Parts], room: int) -> int:
    """Return the number of entries of *several*, counted up to `MAX_COUNTED` beyond *room*."""
    is_scattered = any(parts.is_scattered for parts in several)
    statement = QuickStatement(counting(several), is_kept=False)
    return _counted(connection, statement, {}, room, is_scattered=is_scattered)


def counted(
    connection: Connection,
    statement: QuickStatement,
    values: Mapping[str, Any],
    asked: AskedQuery,
    room: int,
) -> int:
    """Return what `count` does by a *statement* that `counting` made for *asked*, with its *values*."""
    return _counted(connection, statement, values, room, is_scattered=asked.is_scattered)


def _counted(
    connection: Connection,
    statement: QuickStatement,
    values: Mapping[str, Any],
    room: int,
    *,
    is_scattered: bool,
) -> int:
    most = room + (_MAX_SCATTERED if is_scattered else MAX_COUNTED)
    ((found,),) = statement.rows(connection, {**values, "most": most + 1})
    return int(found) if found <= most else AtLeast(most)


def is_more_than(connection: Connection, most: int, parts: Parts) -> bool:
    """Whether *parts* have more than *most* entries; indexes answer, without a row."""
    found: int = connection.execute(counting([parts]), {"most": most + 1}).scalar_one()
    return found > most


def counting(several: Iterable[Parts]) -> Select[Any]:
    """Return the query for the number of entries of *several*, as far as the parameter "most"."""
    one: Label[int] = literal_column("1").label("one")
    each = [
        select(one).select_from(schema.entries).where(part)
        for parts in several
        for part in parts.counted or parts.each
    ]
    some = (each[0] if len(each) == 1 else union_all(*each)).limit(MOST).subquery()
    return select(func.count()).select_from(some)
