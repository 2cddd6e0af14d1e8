"""
The store: editions in SQL, SQLite by default, through SQLAlchemy Core.

An edition is written in one transaction, and only what differs from the one before.
Rows hold what a selection asks for in columns, and all the rest as JSON, made from the
core's values field by field, so that a new field needs no second place.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.debounce import Pending
from releasecal.core.editions import Edition, Entry
from releasecal.core.models import Film, ReleaseKey, Source
from releasecal.errors import StoreError
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Limit, Undated
from releasecal.queries.results import ChangeLog, Feed, by_nearness, calendar_name
from releasecal.queries.site import SiteSettings
from releasecal.store import as_of, last_modified, read, refresh_status, schema, write
from releasecal.store import select as selection
from releasecal.store.connection import UPGRADES, Upgrade, is_current, migrate, open_engine, remedy
from releasecal.store.read import Head, Inputs, Timeline
from releasecal.store.refresh_status import RefreshStatus

_log = logging.getLogger(__name__)

_MAX_NAMES = 5_001  # `nearest` guesses at no more than one less

_NO_TIME = timedelta()

_SURELY_SHORT = 30  # events, which fit into any feed's length

LEASE = timedelta(seconds=30)
"""How long a refresh may stay silent before another process takes over."""


class Store:
    """
    Editions in a database.

    Every method is one transaction, may be called from any thread, and raises
    `StoreError` where the database is locked, full or unreadable.
    """

    def __init__(self, engine: Engine) -> None:
        """Use `Store.open`; this takes an *engine* whose schema is up to date."""
        self._engine = engine
        # One for each way of beginning a transaction; they share connections.
        self._engines = {
            (write, hurry): engine.execution_options(releasecal_write=write, releasecal_hurry=hurry)
            for write, hurry in ((False, False), (True, False), (True, True))
        }
        self._noted = 0  # documents, by this process

    @classmethod
    def open(cls, url: str, upgrades: Sequence[Upgrade] = UPGRADES) -> "Store":
        """
        Open the database at *url* (SQLAlchemy's form), making or upgrading its schema.

        Raises:
            StoreTooNew: A newer releasecal wrote it; it has not been touched.
            StoreError: It cannot be opened.
        """
        store = cls(open_engine(url))
        try:
            with store._transaction() as connection:
                if is_current(connection, upgrades):
                    return store
            with store._transaction(write=True) as connection:
                migrate(connection, upgrades)
        except StoreError:
            store.close()
            raise
        return store

    @property
    def url(self) -> str:
        """What `open` takes, password and all."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, write: bool = False, hurry: bool = False) -> Iterator[Connection]:
        """
        Give a connection in a transaction; a writing one waits for other writers first.

        One in a *hurry* hardly does, nor for the disk: what it writes may be lost.
        """
        try:
            with self._engines[write, hurry].begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            where = self._engine.url.render_as_string(hide_password=True)
            why = error.orig if isinstance(error, DBAPIError) else error
            raise StoreError(f"the database {where} cannot be used: {why}{remedy(why)}") from error

    def head(self) -> Head:
        """Return the newest edition's masthead; number 0 before the first."""
        with self._transaction() as connection:
            return read.head(connection)

    def load(self) -> Edition:
        """Return the newest edition, whole."""
        with self._transaction() as connection:
            return read.edition(connection)

    def load_part(self, films: Collection[str], around: Collection[str]) -> Edition:
        """
        Return the newest edition with no more than *films*, their entries and *around*.

        All are ids of films. Whatever is cited and whatever is pending is all there.
        """
        with self._transaction() as connection:
            return read.edition(connection, films, around)

    def told(self, film_ids: Collection[str]) -> Mapping[str, Film]:
        """Return those of the films with *film_ids* that a source tells of now."""
        with self._transaction() as connection:
            found = read.films(connection, film_ids)
            return {id_: film for id_, film in found.items() if film.told_by}

    def mentioning(self, film_ids: Collection[str]) -> frozenset[str]:
        """Return the ids of the films that mention one of *film_ids*, or did when told of last."""
        with self._transaction() as connection:
            return read.mentioning(connection, film_ids)

    def pending(self) -> Mapping[ReleaseKey, Pending]:
        """Return the changes that machine sources tell of and that do not count yet."""
        with self._transaction() as connection:
            return read.pending(connection)

    def outlines(self) -> Mapping[tuple[str, str], bytes]:
        """Return the outline of each file when it was last read well, by address and name."""
        with self._transaction() as connection:
            rows = connection.execute(select(schema.outlines))
            return {(row.address, row.name): row.data for row in rows}

    def save(
        self,
        edition: Edition,
        before: Edition,
        changes: Iterable[Change],
        *,
        inputs: Inputs,
        holder: str,
    ) -> None:
        """
        Write *edition*, made from *inputs* after *before*: all of it, or after an error nothing.

        Raises:
            RefreshRunning: *holder* has lost the lease, or *before* is not the newest.
        """
        with self._transaction(write=True) as connection:
            head = write.hold(connection, holder, before.number)
            told_until = head.told_until or edition.published.date()
            write.put_reading(
                connection, inputs=inputs.digest, recheck=inputs.recheck, told_until=told_until
            )
            write.put_outlines(connection, inputs)
            is_outdated = head.is_waiting and not before.pending  # by another releasecal
            if edition.pending != before.pending or is_outdated:
                write.put_pending(connection, edition.pending)
            if edition.number != before.number:
                write.put_news(connection, edition, before, inputs)
                write.put_edition(connection, edition, changes, inputs.digest)

    def turn(
        self,
        changes: Sequence[Change],
        head: Head,
        *,
        at: datetime,
        holder: str,
        pending: Mapping[ReleaseKey, Pending],
    ) -> None:
        """
        Note that time has brought *changes* until *at*, UTC, since *head* was up.

        They make an edition of their own, with nothing else in it. *pending* is all that is.

        Raises:
            RefreshRunning: *holder* has lost the lease, or *head* is not the newest.
        """
        with self._transaction(write=True) as connection:
            write.hold(connection, holder, head.number)
            write.put_reading(connection, told_until=at.date())
            write.put_pending(connection, pending)
            if changes:
                edition = Edition(head.number + 1, at, head.rendering)
                write.put_edition(connection, edition, changes, head.inputs)

    def opened(self, *, after: date, until: date) -> tuple[Entry, ...]:
        """Return what stands on the civil days after *after*, up to *until*."""
        column = schema.entries.c
        with self._transaction() as connection:
            days = and_(column.is_dated, column.first > after, column.first <= until)
            return read.fetch(connection, days)

    def select(  # noqa: PLR0913 - what is asked for, and what it is to become
        self,
        query: FeedQuery,
        *,
        path: str,
        site: SiteSettings,
        today: date,
        undated: bool = True,
        ready: bool = False,
    ) -> Feed:
        """
        Return the feed that answers *query* on the civil day *today*.

        What has no day is only looked up where *undated* asks for it; where *ready* does,
        events that lie ready are taken for the entries, if they are what *query* wants.
        """
        if query.as_of:
            return self._recall(query, query.as_of, path=path, site=site)
        with self._transaction() as connection:
            head = read.head(connection)
            site = site.stamped(head.rendering)
            is_stale = head.is_stale(today, site.stale_after)
            most = site.limits.events if query.limit is Limit.USUAL else None
            takes_ready = ready and query.is_plain
            dated = selection.dated(connection, query, today, most, ready=takes_ready)
            waiting = (
                selection.undated(connection, query, today, most) if undated else selection.NONE
            )
            lying = selection.ready(dated) if takes_ready else None
            # What is cut to its length may begin on another day tomorrow, and says so today.
            is_daily = query.is_daily or is_stale or len(dated.found) > _SURELY_SHORT
            return Feed(
                site=site,
                query=query,
                title=calendar_name(site, query, read.titles(connection, query)),
                path=path,
                today=today,
                entries=_by_day(selection.entries(connection, dated), query)
                if lying is None
                else (),
                ready=lying,
                undated=_by_beginning(selection.entries(connection, waiting)),
                changed=read.changed(connection, head, today, is_daily=is_daily),
                news=selection.news(connection, query, head),
                stale_since=head.confirmed if is_stale else None,
                left_out=dated.left_out,
                left_out_undated=waiting.left_out,
            )

    def _recall(self, query: FeedQuery, day: date, *, path: str, site: SiteSettings) -> Feed:
        """Return the feed that would have answered *query* on *day*, had we known it all."""
        with self._transaction() as connection:
            head = read.head(connection)
            found = as_of.recalled(connection, query, day)
            first, after = query.span(day)
            dated = [
                entry
                for entry in found
                if (when := entry.current.when)
                and (when.is_day or query.undated is not Undated.HIDE)
                and when.after > first
                and when.first < after
            ]
            most = site.limits.events if query.limit is Limit.USUAL else None
            by_day = _by_day(dated, query)
            places = by_nearness([query.span_of(entry)[1] for entry in by_day], day)[:most]
            kept = [by_day[at] for at in sorted(places)]
            return Feed(
                site=site,
                query=query,
                title=calendar_name(site, query, read.titles(connection, query)),
                path=path,
                today=day,
                entries=tuple(kept),
                undated=tuple(entry for entry in found if entry.is_off),
                changed=head.published,
                left_out=len(dated) - len(kept),
            )

    def timeline(
        self, query: FeedQuery, *, today: date, most: int, mark: timedelta = _NO_TIME
    ) -> Timeline:
        """
        Return the beginning of what answers *query*: at most *most* of each of its parts.

        As of a day it is what did then, whatever *today* is; what had moved is marked for
        as long as *mark*.

        Raises:
            SelectionError: That is too much to recall.
        """
        with self._transaction() as connection:
            if query.as_of is None:
                return read.timeline(connection, query, today, most)
            then = as_of.recalled(connection, query, query.as_of, mark)
            return as_of.timeline(then, query.as_of, most)

    def film(self, film_id: str) -> Film | None:
        """Return a film, whoever still tells of it, or None."""
        with self._transaction() as connection:
            statement = select(schema.films.c.data).where(schema.films.c.id == film_id)
            data = connection.execute(statement).scalar_one_or_none()
            return None if data is None else schema.FILM.validate_json(data)

    def has_film(self, film_id: str) -> bool:
        """Whether a film was ever told of."""
        with self._transaction() as connection:
            statement = select(schema.films.c.id).where(schema.films.c.id == film_id)
            return connection.execute(statement).first() is not None

    def film_ids(self) -> tuple[str, ...]:
        """Return the ids of all films, but no more than can be guessed at."""
        with self._transaction() as connection:
            statement = select(schema.films.c.id).limit(_MAX_NAMES)
            return tuple(connection.execute(statement).scalars())

    def series_ids(self) -> tuple[str, ...]:
        """Return the ids of all series, but no more than can be guessed at."""
        with self._transaction() as connection:
            statement = select(schema.series.c.id).distinct().limit(_MAX_NAMES)
            return tuple(connection.execute(statement).scalars())

    def has_channel(self, slug: str) -> bool:
        """Whether a release was ever on a channel."""
        with self._transaction() as connection:
            statement = (
                select(schema.entries.c.key).where(schema.entries.c.channel == slug).limit(1)
            )
            return connection.execute(statement).first() is not None

    def sequels(self, film_id: str) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of the films that follow *film_id*, by id."""
        with self._transaction() as connection:
            films, entries = schema.films, schema.entries
            statement = (
                select(films.c.id, films.c.title)
                .join(entries, entries.c.film == films.c.id)
                .where(entries.c.follows == film_id)
                .distinct()
                .order_by(films.c.id)
            )
            return tuple((row.id, row.title) for row in connection.execute(statement))

    def titles(self, film_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the titles of *film_ids*, as far as they are known."""
        with self._transaction() as connection:
            return read.titles(connection, FeedQuery(film=tuple(film_ids)))

    def series(self, series_id: str) -> str | None:
        """Return the title of a series, or None."""
        with self._transaction() as connection:
            statement = select(func.min(schema.series.c.title)).where(
                schema.series.c.id == series_id
            )
            title: str | None = connection.execute(statement).scalar_one_or_none()
            return title

    def series_titles(self, series_id: str) -> frozenset[str]:
        """Return every title that films give to a series."""
        with self._transaction() as connection:
            statement = select(schema.series.c.title).where(schema.series.c.id == series_id)
            return frozenset(row.title for row in connection.execute(statement))

    def sources(self, source_ids: Iterable[str]) -> Mapping[str, Source]:
        """Return by id those of *source_ids* that facts cite, in that order."""
        with self._transaction() as connection:
            return read.sources(connection, source_ids)

    def log(self, query: ChangeQuery, *, most: int) -> ChangeLog:
        """Return the newest changes that *query* asks for, at most *most*."""
        with self._transaction() as connection:
            return read.log(connection, query, most)

    def changes(
        self, *, limit: int, film: str = "", without: Collection[ChangeKind] = ()
    ) -> tuple[Change, ...]:
        """Return the newest changes, newest first, at most *limit*; of *film* if given."""
        column = schema.changes.c
        statement = select(column.data).order_by(column.id.desc()).limit(limit)
        if film:
            statement = statement.where(column.film == film)
        if without:
            statement = statement.where(column.kind.not_in([kind.value for kind in without]))
        with self._transaction() as connection:
            rows = connection.execute(statement)
            return tuple(schema.CHANGE.validate_json(row.data) for row in rows)

    def last_changed(
        self, address: str, digest: str, *, edition: int, today: date, at_the_latest: datetime
    ) -> datetime:
        """
        Return when the document at *address* last changed, now that it has *digest*.

        It was made of *edition* on the civil day *today*, and nothing in it has changed
        after *at_the_latest*. That is what holds, too, while it cannot be looked up. Raises
        nothing, and waits for nobody: what cannot be written now may be the next time.
        """
        sight = last_modified.Sight.of(address, digest, today)
        changed = at_the_latest
        try:
            with self._transaction() as connection:
                told = last_modified.find(connection, sight)
            changed = last_modified.moment(told, sight, at_the_latest)
            if last_modified.is_news(told, sight):
                self._remember(sight, changed, edition)
        except StoreError as error:
            _log.info("when %s changed could not be noted: %s", address[:200], error)
        return changed

    def _remember(self, sight: last_modified.Sight, changed: datetime, edition: int) -> None:
        with self._transaction(write=True, hurry=True) as connection:
            if read.head(connection).number != edition:
                return  # what came after it may be noted already
            is_new = last_modified.remember(connection, sight, changed)
            self._noted += is_new
            if is_new and self._noted % last_modified.SWEEP == 0:
                last_modified.sweep(connection)

    def confirm(self, now: datetime, *, stale_after: timedelta) -> None:
        """Note that the sources were read well at *now*."""
        with self._transaction(write=True) as connection:
            head = read.head(connection)
            healed = now if head.is_stale(now.date(), stale_after) else head.healed
            row = {"id": 1, "confirmed": now, "healed": healed}
            connection.execute(delete(schema.freshness))
            connection.execute(insert(schema.freshness).values(row))

    def refresh_status(self) -> RefreshStatus:
        """Return how the last refresh went, in whichever process; without the last success."""
        with self._transaction() as connection:
            return refresh_status.find(connection)

    def note(self, status: RefreshStatus) -> None:
        """Write *status* for all processes; what is known already is not written again."""
        known = self.refresh_status()
        status = refresh_status.following(known, status)
        if status != known:
            with self._transaction(write=True) as connection:
                refresh_status.put(connection, status)

    def acquire(self, holder: str, *, now: datetime) -> bool:
        """Take the lease for `LEASE` from *now*; False if somebody has it, *holder* too."""
        with self._transaction(write=True) as connection:
            column = schema.lease.c
            # One that runs longer than a lease can was written by a clock gone wrong.
            is_void = or_(column.until <= now, column.until > now + 2 * LEASE)
            connection.execute(delete(schema.lease).where(is_void))
            if connection.execute(select(column.holder)).first():
                return False
            row = {"name": "refresh", "holder": holder, "until": now + LEASE}
            connection.execute(insert(schema.lease).values(row))
            return True

    def renew(self, holder: str, *, now: datetime) -> bool:
        """Keep the lease for `LEASE` from *now*; False if *holder* has lost it."""
        with self._transaction(write=True) as connection:
            ours = schema.lease.c.holder == holder
            result = connection.execute(update(schema.lease).where(ours).values(until=now + LEASE))
            return result.rowcount == 1

    def release(self, holder: str) -> None:
        """Give the lease back, if *holder* has it."""
        with self._transaction(write=True) as connection:
            connection.execute(delete(schema.lease).where(schema.lease.c.holder == holder))


def _by_day(entries: Iterable[Entry], query: FeedQuery) -> tuple[Entry, ...]:
    """Return *entries* by the day on which *query* shows them, then by key."""
    return tuple(sorted(entries, key=lambda entry: (query.span_of(entry), str(entry.key))))


def _by_beginning(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return *entries* by the first day that is known of them, those without one first."""

    def beginning(entry: Entry) -> tuple[date, str]:
        return entry.shown.first if entry.shown else date.min, str(entry.key)

    return tuple(sorted(entries, key=beginning))
