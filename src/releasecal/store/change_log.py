"""The change log: the changes on record that answer a query, newest first."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, true, union_all

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.editions import Entry
from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings
from releasecal.regions import regions
from releasecal.store import codec, conditions, film_queries, read, schema

_ALL = ChangeQuery(added=True)

_column, _entry = schema.changes.c, schema.entries.c


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
    uids = read.uids(connection, {str(change.key) for *_, change in found})
    records = [ChangeRecord(*each, uids.get(str(each[-1].key), each[-1].key.uid)) for each in found]
    cited = [record.change.new.source for record in records[:most]]
    return ChangeLog(
        query=query,
        records=tuple(records[:most]),
        sources=read.sources(connection, cited),
        has_more=len(records) > most,
        site=site,
        titles=_titles(connection, query),
        regions=tuple(regions().get(code, code) for code in query.region),
        published=read.head(connection).published,
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
    only: Iterable[ColumnElement[bool]] = (),
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
    only: Iterable[ColumnElement[bool]] = (),
) -> tuple[Change, ...]:
    """Return the newest changes that answer *query* and meet *only*, newest first, at most *limit*."""
    return tuple(change for *_, change in _found(connection, query, limit, only))


def _newest(
    query: ChangeQuery, most: int, only: Iterable[ColumnElement[bool]]
) -> Select[tuple[int]]:
    """
    Return a selection of the ids of the newest changes, at most *most* of each region.

    Each region is looked up by itself, and so are the world and unknown regions, which answer
    for a region as in feeds: the index then has its changes in order, and the search ends with the last one there
    is room for. In one search for all regions they would be sorted.
    """
    found = select(_column.id).where(true(), *_conditions(query), *only)
    newest_first = found.order_by(_column.id.desc()).limit(most)
    if not query.region:
        return select(newest_first.subquery().c.id)
    searched = [_column.region == code for code in query.region]
    release = (_column.film, _column.release_kind, _column.channel)
    searched += conditions.stand_ins(query.region, _column.region, release)
    each = [newest_first.where(condition).subquery() for condition in searched]
    return select(union_all(*(select(some.c.id) for some in each)).subquery().c.id)


def _of_kind(slug: str) -> ColumnElement[bool]:
    """Return the condition that a change is of a release of the kind *slug*."""
    if slug != SEQUEL:
        return _column.release_kind == ReleaseKind.from_slug(slug).identity
    sequels = select(_entry.film).where(_entry.follows > "")
    return and_(_column.release_kind == ReleaseKind.THEATRICAL.slug, _column.film.in_(sequels))


def told_before(connection: Connection, query: ChangeQuery, most: int) -> tuple[Entry, ...]:
    """
    Return releases of *query* that moved before they were published, the latest move first.

    At most *most*. The log has nothing of these moves: the releases were new to it.
    """
    named = FeedQuery(query.kind, query.region, query.film, query.series)
    moved = _entry.moved_before.is_not(None)
    of_these = and_(moved, ~_entry.is_withdrawn, conditions.selected(named))
    return read.select_entries(connection, of_these, order=[_entry.moved_before.desc()], limit=most)


def _conditions(query: ChangeQuery) -> Iterator[ColumnElement[bool]]:
    """Yield all conditions of *query* but its regions."""
    if query.film:
        yield _column.film.in_(query.film)
    if query.series:
        yield conditions.in_series(_column.film, query.series)
    if query.kind:
        yield or_(*map(_of_kind, query.kind))
    if query.before is not None:
        yield _column.id < query.before
    if query.since is not None:
        place = _column.edition if isinstance(query.since, int) else _column.at
        yield place > query.since
    if query.change:
        yield _column.kind.in_([kind.value for kind in query.changes])
    if not query.added and ChangeKind.ADDED not in query.changes:
        yield _column.is_told
