"""The change log: the changes on record that answer a query, newest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
)

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.editions import Entry
from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings
from releasecal.regions import regions
from releasecal.store import (
    codec,
    conditions,
    film_queries,
    newest_edition,
    reads_along_indexes,
    schema,
)
from releasecal.store.kept_statements import MOST
from releasecal.store.reads_along_indexes import RowLimit

_ALL = ChangeQuery(added=True)

_MAX_REGIONS = 12  # of one statement

_column, _entry = schema.changes.c, schema.entries.c


@dataclass(frozen=True, slots=True)
class Only:
    """
    Further conditions on changes.

    Attributes:
        is_looked_up: Whether they name few films, by which the changes are found.
    """

    conditions: tuple[ColumnElement[bool], ...] = ()
    is_looked_up: bool = False


_EVERY = Only()


def log(connection: Connection, query: ChangeQuery, *, site: SiteSettings, most: int) -> ChangeLog:
    """Return the newest changes that answer *query*, at most *most*, with their sources."""
    return _log(connection, query, _found(connection, query, most + 1), site=site, most=most)


def _log(
    connection: Connection,
    query: ChangeQuery,
    found: Sequence[tuple[int, int, Change]],
    *,
    site: SiteSettings,
    most: int,
) -> ChangeLog:
    """Return the log of *query* with what was *found*: (id, edition, change), *most* at most."""
    uids = newest_edition.uids(connection, {str(change.key) for *_, change in found})
    records = [ChangeRecord(*each, uids.get(str(each[-1].key), each[-1].key.uid)) for each in found]
    cited = [record.change.new.source for record in records[:most]]
    return ChangeLog(
        query=query,
        records=tuple(records[:most]),
        sources=newest_edition.sources(connection, cited),
        has_more=len(records) > most,
        site=site,
        titles=_titles(connection, query),
        regions=tuple(regions().get(code, code) for code in query.region),
        published=newest_edition.head(connection).published,
        channels=film_queries.channel_names(
            connection, {record.change.key.channel for record in records[:most]}
        ),
    )


def log_of(connection: Connection, ids: Sequence[int], lang: str, site: SiteSettings) -> ChangeLog:
    """Return the log of the changes with *ids* alone, in this order, in the language *lang*."""
    statement = select(_column.id, _column.edition, _column.data).where(_column.id.in_(ids))
    found = [
        (row.id, row.edition, codec.CHANGE.validate_json(row.data))
        for row in connection.execute(statement.order_by(_column.id))
    ]
    return _log(connection, ChangeQuery(lang=lang), found, site=site, most=len(found))


def _found(
    connection: Connection,
    query: ChangeQuery,
    most: int,
    only: Only = _EVERY,
) -> Sequence[tuple[int, int, Change]]:
    """Return (id, edition, change) of the newest changes that answer *query*, at most *most*."""
    statement = select(_column.id, _column.edition, _column.data).where(
        _column.id.in_(_newest(query, most, only))
    )
    return [
        (row.id, row.edition, codec.CHANGE.validate_json(row.data))
        for row in connection.execute(statement.order_by(_column.id.desc()).limit(most))
    ]


def _titles(connection: Connection, query: ChangeQuery) -> tuple[str, ...]:
    """Return the titles of the films, then of the series, that *query* names."""
    films = film_queries.titles(connection, query.film).values() if query.film else ()
    series = (film_queries.series_title(connection, id_) or id_ for id_ in query.series)
    return (*films, *series)


def newest(
    connection: Connection,
    *,
    limit: int,
    query: ChangeQuery = _ALL,
    only: Only = _EVERY,
) -> tuple[Change, ...]:
    """Return the newest changes that answer *query* and meet *only*, newest first, at most *limit*."""
    return tuple(change for *_, change in _found(connection, query, limit, only))


def newest_of(query: ChangeQuery, only: Only) -> Select[Any]:
    """
    Return the query for the newest changes that answer *query* and meet *only*, newest first.

    It gives their moments and their data, as many as the parameter "most" says.
    """
    found = select(_column.at, _column.data).where(_column.id.in_(_newest(query, MOST, only)))
    return found.order_by(_column.id.desc()).limit(MOST)


def _newest(query: ChangeQuery, most: RowLimit, only: Only) -> Select[tuple[int]]:
    """
    Return a selection of the ids of the newest changes, at most *most*.

    Disjoint parts are each read along an index, newest first, and merged: the search ends with
    the last one there is room for. One search for all of them would sort them.
    """
    alike = and_(true(), *_conditions(query), *only.conditions)
    each = [select(_column.id).where(part, alike) for part in _parts(query, only)]
    return select(reads_along_indexes.merged(each, [column("id").desc()], most).subquery().c.id)


def _parts(query: ChangeQuery, only: Only) -> Sequence[ColumnElement[bool]]:
    """
    Return the conditions of *query* for which there are indexes, in disjoint parts.

    One index begins with the region, one with the kind of change and one with the kind of
    release; the columns of the others are hidden. The films of a query are looked up.
    """
    dimensions = {"region": _regions, "kind": _changes, "release_kind": _releases}
    apart = _apart(query, only)
    told = _is_told(query)
    parts = [_column.is_told if each else ~_column.is_told for each in told]
    if apart in ("film", "kind"):
        is_change = _column.kind != ChangeKind.ADDED.value
        parts = [true() if False in told else conditions.unindexed(is_change)]
    for name, conditions_of in dimensions.items():
        each = list(conditions_of(query, _column[name]))
        each = each if name == apart else [conditions.unindexed(*each)]
        parts = [and_(part, condition) for part in parts for condition in each]
    return parts


def _apart(query: ChangeQuery, only: Only) -> str:
    """Return the column by which the changes of *query* are found; "" for all that are told."""
    if query.film or query.series or only.is_looked_up:
        return "film"
    if 0 < len(query.region) <= _MAX_REGIONS:
        return "region"
    return "kind" if query.change else "release_kind" if query.kind else ""


def _is_told(query: ChangeQuery) -> Sequence[bool]:
    """Return the values of `is_told` that changes of *query* have."""
    if query.change:
        return sorted({kind is not ChangeKind.ADDED for kind in query.changes})
    return [False, True] if query.added else [True]


def _regions(query: ChangeQuery, region: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """
    Yield the conditions that a change is of the regions of *query*.

    The world and unknown regions answer for a region as in feeds.
    """
    if not query.region:
        yield true()
        return
    yield from (region == conditions.value(code) for code in query.region)
    release = (_column.film, _column.release_kind, _column.channel)
    yield from conditions.stand_ins(query.region, region, release)


def _changes(query: ChangeQuery, change: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a change is of the kinds of change of *query*."""
    if not query.change:
        yield true()
    yield from (change == kind.value for kind in query.changes)


def _releases(query: ChangeQuery, kind: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a change is of a release of the kinds of *query*."""
    if not query.kind:
        yield true()
    found = {ReleaseKind.from_slug(slug).identity for slug in query.kind if slug != SEQUEL}
    yield from (kind == identity for identity in sorted(found))
    opening = ReleaseKind.THEATRICAL.slug
    if SEQUEL in query.kind and opening not in found:
        followed = select(_entry.film).where(_entry.film == _column.film, _entry.follows > "")
        yield and_(kind == opening, followed.exists())


def told_before(connection: Connection, query: ChangeQuery, most: int) -> tuple[Entry, ...]:
    """
    Return releases of *query* that moved before they were published, the latest move first.

    At most *most*. The log has nothing of these moves: the releases were new to it.
    """
    named = FeedQuery(query.kind, query.region, query.film, query.series)
    moved = and_(_entry.moved_before.is_not(None), ~_entry.is_withdrawn)
    of_these = conditions.disjoint_parts(connection, named).narrowed(moved)
    return reads_along_indexes.entries(connection, of_these, ["-moved_before"], most)


def _conditions(query: ChangeQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of *query* on films and on the place in the log."""
    if query.film:
        yield conditions.among(_column.film, query.film)
    if query.series:
        yield conditions.in_series(_column.film, query.series)
    if query.before is not None:
        yield _column.id < literal(query.before, BigInteger)  # a client's, beyond any id maybe
    if query.since is not None:
        later = select(_column.id).where(_column.at > _moment(query.since))
        first = later.order_by(_column.at, _column.id).limit(1).scalar_subquery()
        yield _column.id >= first  # ids rise with moments


def _moment(since: int | datetime) -> Any:
    """Return the moment *since*, or that at which the edition of this number was published."""
    if isinstance(since, datetime):
        return since
    edition = schema.editions.c
    published = select(edition.published).where(edition.number <= literal(since, BigInteger))
    last = published.order_by(edition.number.desc()).limit(1).scalar_subquery()
    return func.coalesce(last, literal_column("0"))
