"""
Statements that are kept: built once for all queries of one shape, and asked with the values of each.

To build one takes ten times as long as to ask it. Most queries differ from others in values alone:
in days, and in the names of regions, films, channels and series.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import CompoundSelect, Connection, Integer, Select, bindparam

from releasecal.core.models import UNKNOWN, WORLD
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import conditions, schema
from releasecal.store.conditions import AskedQuery, ParameterName
from releasecal.store.quick_statements import QuickStatement

_MAX_KEPT = 32  # of each sort of statement: one takes 20 to 100 kB, and few shapes are asked for

_P = ParamSpec("_P")
_Statement = Select[Any] | CompoundSelect[Any]

MOST = bindparam("most", type_=Integer())
"""The parameter for the number of rows, at most."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A query, with what the statements of one response share.

    Attributes:
        asked: The query as statements select by it; where they are kept, with parameters.
        values: The values of these parameters.
        is_kept: Whether statements for it are kept. Those about genres and titles are not: they
            depend on how many films have them.
    """

    query: FeedQuery
    asked: AskedQuery
    values: Mapping[str, Any]
    is_kept: bool


def wanted(connection: Connection, query: FeedQuery, room: int | None = None) -> Wanted:
    """Return *query* as it is wanted by `kept`, of which *room* entries are wanted, if not all."""
    if query.genre or query.q:
        return Wanted(query, conditions.asked(connection, query, room), {}, is_kept=False)
    shape, values = _taken_apart(query)
    return Wanted(query, _asked(shape), values, is_kept=True)


def _taken_apart(query: FeedQuery) -> tuple[FeedQuery, Mapping[str, Any]]:
    """Return the shape of *query*, with parameters for its values, and these values."""
    values: dict[str, Any] = {}

    def each(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        found = {ParameterName(f"{name}{number}"): text for number, text in enumerate(texts)}
        shared = {parameter for parameter, text in found.items() if text in (WORLD, UNKNOWN)}
        values.update((key, text) for key, text in found.items() if key not in shared)
        return tuple(text if key in shared else key for key, text in found.items())

    def all_(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        if texts:
            values[name] = texts
        return (ParameterName(name),) if texts else ()

    shape = FeedQuery(
        kind=query.kind,
        region=each("region", query.region),
        film=all_("film", query.film),
        series=all_("series", query.series),
        channel=each("channel", query.channel),
        certainty=query.certainty,
        undated=query.undated,
        cancelled=query.cancelled,
    )
    return shape, values


@lru_cache(maxsize=_MAX_KEPT)
def _asked(shape: FeedQuery) -> AskedQuery:
    return AskedQuery(shape, tuple(conditions.of_series(schema.entries.c.film, shape)))


def kept(
    build: Callable[Concatenate[AskedQuery, _P], _Statement],
) -> Callable[Concatenate[Wanted, _P], QuickStatement]:
    """
    Return *build*, which makes a statement for a query, so that its statements are kept.

    They have the parameters of `day_conditions.DAYS` and `MOST` where they need them.
    """

    def build_for(shape: FeedQuery, /, *how: Any, **named: Any) -> QuickStatement:
        return QuickStatement(build(_asked(shape), *how, **named))

    keep = lru_cache(maxsize=_MAX_KEPT)(build_for)

    def statement(of: Wanted, /, *how: _P.args, **named: _P.kwargs) -> QuickStatement:
        if of.is_kept:
            return keep(of.asked.query, *how, **named)  # type: ignore[arg-type]  # all are hashable
        return QuickStatement(build(of.asked, *how, **named), is_kept=False)

    return statement
