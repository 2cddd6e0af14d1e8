"""
The store: editions in SQL, SQLite by default, through SQLAlchemy Core.

An edition is written in one transaction, and only what differs from the one before.
Rows hold what a selection asks for in columns, and all the rest as JSON, made from the
core's values field by field, so that a new field needs no second place.
"""

import os
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.types import TypeDecorator

from releasecal.changes import Change, ChangeKind
from releasecal.editions import NOTHING, Edition, Entry, Facts
from releasecal.errors import RefreshRunning, StoreError, StoreTooNew
from releasecal.feeds import Cancelled, Feed, FeedSpec, Imprint, Undated, name
from releasecal.models import SEQUEL, Film, ReleaseKey, Source
from releasecal.settling import Pending

LEASE = timedelta(seconds=30)
"""How long a refresh may stay silent before another process takes over."""

_PATIENCE = 5_000  # ms to wait for another writer; an edition is written in less


class _Moment(TypeDecorator[datetime]):
    """A moment in UTC as whole seconds since 1970, which every database can compare."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else datetime.fromtimestamp(value, UTC)


_metadata = MetaData()
_version = Table("schema_version", _metadata, Column("version", Integer, nullable=False))
_editions = Table(
    "editions",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("published", _Moment, nullable=False),
    Column("rendering", Text, nullable=False),
    Column("inputs", Text, nullable=False),
)
_sources = Table(
    "sources",
    _metadata,
    Column("id", String, primary_key=True),
    Column("data", Text, nullable=False),
)
_films = Table(
    "films",
    _metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("data", Text, nullable=False),
)
_series = Table(
    "series",
    _metadata,
    Column("film", String, primary_key=True),
    Column("id", String, primary_key=True, index=True),
    Column("title", Text, nullable=False),
)
_entries = Table(
    "entries",
    _metadata,
    Column("key", String, primary_key=True),
    Column("film", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("region", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("follows", String, nullable=False, index=True),
    Column("first", Date, index=True),
    Column("after", Date),
    Column("look", Text, nullable=False),
    Column("marked_until", Date, index=True),
    Column("coarse_first", Date),
    Column("coarse_after", Date, index=True),
    Column("leaves", Date, index=True),
    Column("is_dated", Boolean, nullable=False),
    Column("is_undated", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("created", _Moment, nullable=False),
    Column("revised", _Moment, nullable=False),
    Column("facts", Text, nullable=False),
)
_changes = Table(
    "changes",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("edition", Integer, nullable=False),
    Column("at", _Moment, nullable=False),
    Column("film", String, nullable=False, index=True),
    Column("kind", String, nullable=False, index=True),
    Column("data", Text, nullable=False),
)
_pending = Table(
    "pending",
    _metadata,
    Column("key", String, primary_key=True),
    Column("data", Text, nullable=False),
)
_freshness = Table(
    "freshness",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("confirmed", _Moment, nullable=False),
    Column("healed", _Moment),
)
_lease = Table(
    "lease",
    _metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", _Moment, nullable=False),
)

Upgrade = Callable[[Connection], None]

UPGRADES: Sequence[Upgrade] = ()
"""What brings a database of version n+1 to n+2, by position; a new one needs none."""

_facts = TypeAdapter(Facts)
_film = TypeAdapter(Film)
_source = TypeAdapter(Source)
_change = TypeAdapter(Change)
_waiting = TypeAdapter(tuple[ReleaseKey, Pending])


@dataclass(frozen=True, slots=True)
class Head:
    """
    The newest edition, without what is in it.

    Attributes:
        inputs: Digest of what it was made from.
        is_waiting: Whether machine sources tell of changes that do not count yet.
        confirmed: When the sources last said the same, UTC, to the day; None for never.
        healed: When that ended a time in which they could not be asked, UTC.
    """

    number: int
    published: datetime
    rendering: str
    inputs: str
    is_waiting: bool = False
    confirmed: datetime | None = None
    healed: datetime | None = None

    def is_stale(self, today: date, after: timedelta) -> bool:
        """Whether the last good refresh was more than *after* before the day *today*."""
        return self.confirmed is not None and today - self.confirmed.date() > after


NO_HEAD = Head(NOTHING.number, NOTHING.published, NOTHING.rendering, "")


class Store:
    """
    Editions in a database.

    Every method is one transaction, may be called from any thread, and raises
    `StoreError` where the database is locked, full or unreadable.
    """

    def __init__(self, engine: Engine) -> None:
        """Use `Store.open`; this takes an *engine* whose schema is up to date."""
        self._engine = engine

    @classmethod
    def open(cls, url: str, upgrades: Sequence[Upgrade] = UPGRADES) -> "Store":
        """
        Open the database at *url* (SQLAlchemy's form), making or upgrading its schema.

        Raises:
            StoreTooNew: A newer releasecal wrote it; it has not been touched.
            StoreError: It cannot be opened.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(parsed)
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            shown = url if "@" not in url else url.rpartition("@")[2]
            raise StoreError(f"cannot open the database {shown}: {error}") from error
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
        _forget_after_fork(engine)
        store = cls(engine)
        with store._transaction(write=True) as connection:
            _migrate(connection, upgrades)
        return store

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction; a writing one waits for other writers first."""
        engine = self._engine.execution_options(releasecal_write=write)
        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise StoreError(f"the database {where} cannot be used: {error.orig}") from error

    def head(self) -> Head:
        """Return the newest edition's masthead; number 0 before the first."""
        with self._transaction() as connection:
            return _head(connection)

    def load(self) -> Edition:
        """Return the newest edition, whole."""
        with self._transaction() as connection:
            head = _head(connection)
            return Edition(
                head.number,
                head.published,
                head.rendering,
                entries={
                    entry.key: entry
                    for entry in sorted(
                        map(_entry, connection.execute(select(_entries)).mappings()),
                        key=lambda entry: entry.key,
                    )
                },
                films={
                    row.id: _film.validate_json(row.data)
                    for row in connection.execute(select(_films).order_by(_films.c.id))
                },
                sources={
                    row.id: _source.validate_json(row.data)
                    for row in connection.execute(select(_sources).order_by(_sources.c.id))
                },
                pending=dict(
                    _waiting.validate_json(row.data)
                    for row in connection.execute(select(_pending).order_by(_pending.c.key))
                ),
            )

    def save(
        self,
        edition: Edition,
        before: Edition,
        changes: Iterable[Change],
        *,
        inputs: str,
        holder: str,
    ) -> None:
        """
        Write *edition*, which follows *before*: all of it, or after an error nothing.

        Raises:
            RefreshRunning: *holder* has lost the lease, or *before* is not the newest.
        """
        with self._transaction(write=True) as connection:
            lease = connection.execute(select(_lease.c.holder)).scalar_one_or_none()
            if lease != holder or _head(connection).number != before.number:
                raise RefreshRunning("another process has refreshed in the meantime")
            if edition.pending != before.pending:
                _put_pending(connection, edition.pending)
            if edition.number == before.number:
                return
            _put(connection, _sources, _news(edition.sources, before.sources, _source_row))
            films = _news(edition.films, before.films, _film_row)
            _put(connection, _films, films)
            _put_series(connection, edition, [row["id"] for row in films])
            _put(connection, _entries, _news(edition.entries, before.entries, _entry_row))
            rows = [_change_row(change, edition.number) for change in changes]
            if rows:
                connection.execute(insert(_changes), rows)
            connection.execute(
                insert(_editions).values(
                    number=edition.number,
                    published=edition.published,
                    rendering=edition.rendering,
                    inputs=inputs,
                )
            )

    def select(self, spec: FeedSpec, *, path: str, imprint: Imprint, today: date) -> Feed:
        """Return the feed that answers *spec* on the civil day *today*."""
        with self._transaction() as connection:
            wanted = and_(*_conditions(spec))
            head = _head(connection)
            return Feed(
                imprint=imprint,
                spec=spec,
                title=name(imprint, spec, _titles(connection, spec)),
                path=path,
                today=today,
                entries=_fetch(connection, and_(wanted, _shown(spec, today))),
                undated=_fetch(connection, and_(wanted, _entries.c.is_undated)),
                changed=_changed(connection, spec, head, imprint, today),
                stale_since=head.confirmed if head.is_stale(today, imprint.stale_after) else None,
            )

    def film(self, film_id: str) -> Film | None:
        """Return a film, whoever still tells of it, or None."""
        with self._transaction() as connection:
            query = select(_films.c.data).where(_films.c.id == film_id)
            data = connection.execute(query).scalar_one_or_none()
            return None if data is None else _film.validate_json(data)

    def sequels(self, film_id: str) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of the films that follow *film_id*, by id."""
        with self._transaction() as connection:
            query = (
                select(_films.c.id, _films.c.title)
                .join(_entries, _entries.c.film == _films.c.id)
                .where(_entries.c.follows == film_id)
                .distinct()
                .order_by(_films.c.id)
            )
            return tuple((row.id, row.title) for row in connection.execute(query))

    def titles(self, film_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the titles of *film_ids*, as far as they are known."""
        with self._transaction() as connection:
            query = select(_films.c.id, _films.c.title).where(_films.c.id.in_(list(film_ids)))
            return {row.id: row.title for row in connection.execute(query)}

    def films(self, *, limit: int) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of at most *limit* films, by title."""
        with self._transaction() as connection:
            query = select(_films.c.id, _films.c.title).order_by(_films.c.title).limit(limit)
            return tuple((row.id, row.title) for row in connection.execute(query))

    def series(self, series_id: str) -> str | None:
        """Return the title of a series, or None."""
        with self._transaction() as connection:
            query = select(func.min(_series.c.title)).where(_series.c.id == series_id)
            title: str | None = connection.execute(query).scalar_one_or_none()
            return title

    def source(self, source_id: str) -> Source | None:
        """Return a source that facts cite, or None."""
        with self._transaction() as connection:
            query = select(_sources.c.data).where(_sources.c.id == source_id)
            data = connection.execute(query).scalar_one_or_none()
            return None if data is None else _source.validate_json(data)

    def changes(
        self, *, limit: int, film: str = "", without: Collection[ChangeKind] = ()
    ) -> tuple[Change, ...]:
        """Return the newest changes, newest first, at most *limit*; of *film* if given."""
        with self._transaction() as connection:
            query = select(_changes.c.data).order_by(_changes.c.id.desc()).limit(limit)
            if film:
                query = query.where(_changes.c.film == film)
            if without:
                query = query.where(_changes.c.kind.not_in([kind.value for kind in without]))
            return tuple(_change.validate_json(row.data) for row in connection.execute(query))

    def confirm(self, now: datetime, *, stale_after: timedelta) -> None:
        """Note that the sources were read well at *now*; writes once a day."""
        with self._transaction(write=True) as connection:
            head = _head(connection)
            healed = now if head.is_stale(now.date(), stale_after) else head.healed
            connection.execute(delete(_freshness))
            connection.execute(insert(_freshness).values(id=1, confirmed=now, healed=healed))

    def acquire(self, holder: str, *, now: datetime) -> bool:
        """Take the lease, or keep it, for `LEASE` from *now*; False if another has it."""
        with self._transaction(write=True) as connection:
            connection.execute(
                delete(_lease).where(or_(_lease.c.holder == holder, _lease.c.until <= now))
            )
            if connection.execute(select(_lease.c.holder)).first():
                return False
            row = {"name": "refresh", "holder": holder, "until": now + LEASE}
            connection.execute(insert(_lease).values(row))
            return True

    def release(self, holder: str) -> None:
        """Give the lease back, if *holder* has it."""
        with self._transaction(write=True) as connection:
            connection.execute(delete(_lease).where(_lease.c.holder == holder))


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes late and never for reading; ours is explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    cursor.execute("PRAGMA synchronous = NORMAL")  # in WAL safe against any crash
    cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("releasecal_write", False)
    # IMMEDIATE waits for other writers here, where waiting is safe.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _forget_after_fork(engine: Engine) -> None:
    """Have a forked child open connections of its own: SQLite's do not survive a fork."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (inherited := reference()) is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)


def _migrate(connection: Connection, upgrades: Sequence[Upgrade]) -> None:
    newest = 1 + len(upgrades)
    if not inspect(connection).has_table(_version.name):
        if inspect(connection).get_table_names():
            raise StoreError("the database belongs to another program (name another one)")
        _metadata.create_all(connection)
        connection.execute(insert(_version).values(version=newest))
        return
    version: int = connection.execute(select(_version.c.version)).scalar_one()
    if version > newest:
        raise StoreTooNew(
            f"the database has version {version}, this releasecal knows {newest} "
            "(upgrade releasecal, or name another database)"
        )
    for upgrade in upgrades[version - 1 :]:
        upgrade(connection)
    if version < newest:
        connection.execute(update(_version).values(version=newest))


def _head(connection: Connection) -> Head:
    newest = select(_editions).order_by(_editions.c.number.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    is_waiting = connection.execute(select(_pending.c.key).limit(1)).first() is not None
    fresh = connection.execute(select(_freshness.c.confirmed, _freshness.c.healed)).first()
    confirmed, healed = fresh or (None, None)
    if row is None:
        return NO_HEAD
    return Head(**row, is_waiting=is_waiting, confirmed=confirmed, healed=healed)


def _news(
    now: Mapping[Any, Any], before: Mapping[Any, Any], row: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of what is new or different; nothing ever goes away."""
    return [row(value) for key, value in now.items() if before.get(key) != value]


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert *rows*, in the place of those with the same primary key."""
    if not rows:
        return
    (key,) = table.primary_key.columns
    for some in _batches([row[key.name] for row in rows]):
        connection.execute(delete(table).where(key.in_(some)))
    connection.execute(insert(table), rows)


def _put_series(connection: Connection, edition: Edition, films: list[str]) -> None:
    for some in _batches(films):
        connection.execute(delete(_series).where(_series.c.film.in_(some)))
    rows = [
        {"film": film, "id": place.id, "title": place.title}
        for film in films
        for place in edition.films[film].series
    ]
    if rows:
        connection.execute(insert(_series), rows)


def _put_pending(connection: Connection, pending: Mapping[ReleaseKey, Pending]) -> None:
    connection.execute(delete(_pending))
    rows = [
        {"key": str(key), "data": _json(_waiting, (key, change))} for key, change in pending.items()
    ]
    if rows:
        connection.execute(insert(_pending), rows)


def _batches(ids: list[str], most: int = 500) -> Iterator[list[str]]:
    """Cut *ids* into lists that fit into one statement's parameters."""
    for first in range(0, len(ids), most):
        yield ids[first : first + most]


def _source_row(source: Source) -> dict[str, Any]:
    return {"id": source.id, "data": _json(_source, source)}


def _film_row(film: Film) -> dict[str, Any]:
    return {"id": film.id, "title": film.title, "data": _json(_film, film)}


def _change_row(change: Change, edition: int) -> dict[str, Any]:
    return {
        "edition": edition,
        "at": change.at,
        "film": change.key.film,
        "kind": change.kind.value,
        "data": _json(_change, change),
    }


def _entry_row(entry: Entry) -> dict[str, Any]:
    release, current, shown = entry.facts.release, entry.current, entry.shown
    return {
        "key": str(entry.key),
        "film": entry.key.film,
        "kind": release.kind.slug,
        "region": entry.key.region,
        "channel": entry.key.channel,
        "follows": entry.facts.follows,
        "first": shown.first if shown else None,
        "after": shown.after if shown else None,
        "look": entry.look,
        "marked_until": entry.marked_until,
        "coarse_first": current.when.first if entry.overdue_from and current.when else None,
        "coarse_after": entry.overdue_from,
        "leaves": entry.leaves,
        "is_dated": shown is not None and shown.is_day,
        "is_undated": not current.status.is_over and entry.is_off,
        "sequence": entry.sequence,
        "created": entry.created,
        "revised": entry.revised,
        "facts": _json(_facts, entry.facts),
    }


def _json(adapter: TypeAdapter[Any], value: object) -> str:
    return adapter.dump_json(value, exclude_defaults=True).decode()


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        facts=_facts.validate_json(row["facts"]),
        sequence=row["sequence"],
        created=row["created"],
        revised=row["revised"],
        look=row["look"],
        marked_until=row["marked_until"],
        leaves=row["leaves"],
    )


def _fetch(connection: Connection, condition: ColumnElement[bool]) -> tuple[Entry, ...]:
    # Sorted here, for databases differ in where NULL stands and how texts compare.
    entries = map(_entry, connection.execute(select(_entries).where(condition)).mappings())
    return tuple(sorted(entries, key=lambda entry: (_day(entry), str(entry.key))))


def _day(entry: Entry) -> date:
    return entry.shown.first if entry.shown else date.min


def _conditions(spec: FeedSpec) -> Iterator[ColumnElement[bool]]:
    column = _entries.c
    yield column.key != ""  # and_() of nothing is no condition
    if spec.kind:
        kinds = column.kind.in_(spec.kind)
        yield or_(kinds, column.follows != "") if SEQUEL in spec.kind else kinds
    if spec.region:
        yield column.region.in_(spec.region)
    if spec.channel:
        yield column.channel.in_(spec.channel)
    if spec.film:
        yield or_(column.film.in_(spec.film), column.follows.in_(spec.film))
    if spec.series:
        yield column.film.in_(select(_series.c.film).where(_series.c.id.in_(spec.series)))


def _shown(spec: FeedSpec, today: date) -> ColumnElement[bool]:
    """Return the condition that an entry is shown on a day within the span asked for."""
    column = _entries.c
    first, after = spec.span(today)
    on_a_day = and_(
        column.is_dated,
        or_(column.leaves.is_(None), column.leaves > today),
        column.after > first,
        column.first < after,
    )
    if spec.cancelled is Cancelled.HIDE:
        on_a_day = and_(on_a_day, column.leaves.is_(None))
    if spec.undated is Undated.HIDE:
        return on_a_day
    is_end = spec.undated is Undated.END
    starts = column.coarse_after <= after if is_end else column.coarse_first < after
    coarse = and_(column.coarse_after > first, starts)
    return or_(coarse, and_(column.coarse_after.is_(None), on_a_day))


def _titles(connection: Connection, spec: FeedSpec) -> dict[str, str]:
    films = select(_films.c.id, _films.c.title).where(_films.c.id.in_(spec.film))
    series = select(_series.c.id, _series.c.title).where(_series.c.id.in_(spec.series))
    rows = [*connection.execute(films), *connection.execute(series)] if spec.query else []
    return {row.id: row.title for row in rows}


def _changed(
    connection: Connection, spec: FeedSpec, head: Head, imprint: Imprint, today: date
) -> datetime:
    """
    Return a moment after which no answer to *spec* has changed, until *today*.

    It covers what only time does: an entry leaves, loses its mark, becomes overdue.
    """
    turns = (_entries.c.leaves, _entries.c.marked_until, _entries.c.coarse_after)
    days = [
        connection.execute(select(func.max(turn)).where(turn <= today)).scalar_one()
        for turn in turns
    ]
    if spec.is_daily or head.is_stale(today, imprint.stale_after):
        days.append(today)
    midnights = [datetime.combine(day, time(), UTC) for day in days if day]
    return max([head.published, *midnights, *([head.healed] if head.healed else [])])
