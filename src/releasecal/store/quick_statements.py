"""
Statements that are run past SQLAlchemy, whose work around a short one takes many times its own.

A first answer asks some ten of them, each of which SQLite answers in a few microseconds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    LargeBinary,
    Select,
    TextClause,
)
from sqlalchemy.types import TypeEngine

_NO_VALUES: Mapping[str, Any] = {}

_Processor = Callable[[Any], Any]
_Statement = Select[Any] | CompoundSelect[Any] | TextClause


class _Compiled(NamedTuple):
    """
    A statement for the driver of SQLite.

    Attributes:
        text: Empty if SQLAlchemy has to run it.
        parameters: By position, their names, and their processors or None.
        own: Values of the parameters that nobody gives.
        columns: Positions and processors of the columns that have one.
    """

    text: str
    parameters: Sequence[tuple[str, _Processor | None]]
    own: Mapping[str, Any]
    columns: Sequence[tuple[int, _Processor]]


_BY_SQLALCHEMY = _Compiled("", (), {}, ())


class QuickStatement:
    """
    A statement, compiled at its first use, and then kept.

    SQLAlchemy runs it on a server, to which the way is long; where a list is among its parameters;
    and where somebody listens to the statements of the engine.
    """

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: _Statement, *, is_kept: bool = True) -> None:
        """Run *statement*; SQLAlchemy does one that is not *is_kept*, for it knows its like."""
        self._statement = statement
        self._compiled = None if is_kept else _BY_SQLALCHEMY

    def rows(
        self, connection: Connection, values: Mapping[str, Any] = _NO_VALUES
    ) -> Sequence[Sequence[Any]]:
        """Return all rows for *values* of its parameters, each with the values of its columns."""
        compiled = self._for(connection)
        if compiled is None:
            return connection.execute(self._statement, values).all()
        found = _cursor(connection, compiled, values).fetchall()
        return _processed(found, compiled.columns) if compiled.columns else found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run it with *values* of its parameters: it has no rows."""
        compiled = self._for(connection)
        if compiled is None:
            connection.execute(self._statement, values)
        else:
            _cursor(connection, compiled, values)

    def _for(self, connection: Connection) -> _Compiled | None:
        """Return it for the driver of *connection*; None if SQLAlchemy has to run it."""
        dialect = connection.dialect
        if dialect.name != "sqlite" or connection.engine.dispatch.before_cursor_execute:
            return None
        if self._compiled is None:
            self._compiled = _compiled(self._statement, dialect)
        return self._compiled if self._compiled.text else None


def _cursor(connection: Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
    """Return the driver's cursor with what is *compiled*, run with *values*."""
    known = {**compiled.own, **values}
    given = [
        processor(known[name]) if processor else known[name]
        for name, processor in compiled.parameters
    ]
    return connection.connection.cursor().execute(compiled.text, given)


def _processed(
    rows: Sequence[tuple[Any, ...]], columns: Sequence[tuple[int, _Processor]]
) -> Sequence[tuple[Any, ...]]:
    """Return *rows* with the processors of some *columns* applied, a column at a time."""
    values: list[Any] = list(zip(*rows, strict=True))
    for at, processor in columns if rows else ():
        values[at] = map(processor, values[at])
    return list(zip(*values, strict=True))


def _compiled(statement: _Statement, dialect: Dialect) -> _Compiled:
    """Return *statement* for the driver of *dialect*; without a text if it has lists to expand."""
    found: Any = statement.compile(dialect=dialect)
    if found.post_compile_params:
        return _BY_SQLALCHEMY
    binds = [found.binds[name] for name in found.positiontup]
    parameters = [(bind.key, _type(bind, dialect).bind_processor(dialect)) for bind in binds]
    own = {bind.key: bind.effective_value for bind in binds if not bind.required}
    return _Compiled(found.string, parameters, own, [*_processors(statement, dialect)])


def _processors(statement: _Statement, dialect: Dialect) -> Iterator[tuple[int, _Processor]]:
    columns = () if isinstance(statement, TextClause) else statement.selected_columns
    for at, column in enumerate(columns):
        processor = _type(column, dialect).result_processor(dialect, None)
        # What the driver returns of octets is octets: SQLAlchemy would make each of them once more.
        if processor and not isinstance(column.type, LargeBinary):
            yield at, processor


def _type(element: ColumnElement[Any], dialect: Dialect) -> TypeEngine[Any]:
    return element.type.dialect_impl(dialect)
