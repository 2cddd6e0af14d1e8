"""Writing: the difference between an edition and the one before, and its inputs."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, update

from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import ReleaseKey
from releasecal.core.value_classes import dataclass
from releasecal.store import (
    choice_counts,
    codec,
    last_good_files,
    lease,
    newest_edition,
    schema,
    source_health,
)
from releasecal.store.edition_difference import EditionNews, put
from releasecal.store.edition_rows import EditionRows, Renderings
from releasecal.store.last_good_files import Files
from releasecal.store.newest_edition import Head
from releasecal.store.source_health import SourceStatus
from releasecal.store.store import Store


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    The inputs of an edition.

    Attributes:
        digest: Of everything that the sources say, and where they lie.
        contents: Of what they say alone; empty for an unknown one.
        statuses: States of all sources, by precedence.
        at: When they were found so, UTC.
        stale_after: Time without a good look at a source after which feeds say so.
        recheck: Civil day from which the same inputs may make another edition.
        files: Files that were read well, and differ from what is stored.
        anew: Addresses of which *files* has all.
        gone: Addresses and names of other files that are there no more.
        events: Returns the renderings of an entry's event in plain feeds: each with the civil
            day from which it holds, in the order of days.
    """

    digest: str
    contents: str = ""
    statuses: tuple[SourceStatus, ...] = ()
    at: datetime = NOTHING.published
    stale_after: timedelta = timedelta.max
    recheck: date | None = None
    files: Files = field(default_factory=dict)
    anew: Collection[str] = ()
    gone: Collection[tuple[str, str]] = ()
    events: Callable[[Entry], Renderings] = lambda _: ()


def save(  # noqa: PLR0913 - two editions, and all that is written with them
    store: Store,
    edition: Edition,
    before: Edition,
    changes: Sequence[Change],
    *,
    inputs: Inputs,
    holder: str,
) -> None:
    """
    Write *edition*, which follows *before*: all of it, or nothing after an error.

    Events are rendered before the transaction begins: meanwhile other processes can write.

    Raises:
        RefreshRunning: *holder* has lost the lease, or *before* is not the newest edition.
    """
    with closing(EditionNews(store, before, edition.rendering, inputs.events)) as news:
        news.add(before, edition, changes)
        save_news(store, edition, before, news, inputs=inputs, holder=holder)


def save_news(  # noqa: PLR0913 - two editions, and all that is written with them
    store: Store,
    edition: Edition,
    before: Edition,
    news: EditionNews,
    *,
    inputs: Inputs,
    holder: str,
) -> None:
    """
    Write *edition* as `save` does; all that its films and entries differ in is in *news*.

    Raises:
        RefreshRunning: *holder* has lost the lease, or *before* is not the newest edition.
    """
    with lease.writing(store, holder, before.number) as (connection, head):
        told_until = head.told_until or edition.published.date()
        _put_refresh_state(
            connection,
            inputs=inputs.digest,
            contents=inputs.contents,
            recheck=inputs.recheck,
            told_until=told_until,
        )
        _put_sources(connection, inputs)
        if edition.pending != before.pending:
            _put_pending(connection, edition.pending)
        if edition.number != before.number:
            cited = edition.sources.items()
            differing = [each for id_, each in cited if before.sources.get(id_) != each]
            put(connection, schema.sources, list(map(codec.source_row, differing)))
            news.write(connection)
            made_from = {"inputs": inputs.digest, "contents": inputs.contents}
            _put_edition(connection, edition, made_from, holder)


def append_changes(  # noqa: PLR0913 - what time brings, and what is written with it
    store: Store,
    changes: Sequence[Change],
    head: Head,
    *,
    at: datetime,
    holder: str,
    pending: Mapping[ReleaseKey, Pending],
) -> None:
    """
    Write the *changes* that time alone has brought since the edition of *head*, until *at*, UTC.

    They make an edition of their own, with nothing else in it. *pending* is all pending changes.

    Raises:
        RefreshRunning: *holder* has lost the lease, or the edition of *head* is not the newest.
    """
    with lease.writing(store, holder, head.number) as (connection, _):
        _put_refresh_state(connection, told_until=at.date())
        _put_pending(connection, pending)
        if changes:
            edition = Edition(head.number + 1, at, head.rendering)
            made_from = {"inputs": head.inputs, "contents": newest_edition.contents(connection)}
            with closing(EditionRows(store, lambda _: ())) as rows:
                rows.add_changes(changes, edition.number)
                rows.insert_changes(connection)
            choice_counts.write(connection, Counter(), edition.number)
            _put_edition(connection, edition, made_from, holder)


def _put_refresh_state(connection: Connection, **facts: object) -> None:
    """Write *facts* into the one row of `reading`; the first call has all of them."""
    result = connection.execute(update(schema.refresh_state).values(**facts))
    if not result.rowcount:
        connection.execute(insert(schema.refresh_state).values(id=1, **facts))


def _put_sources(connection: Connection, inputs: Inputs) -> None:
    """Write the states of the sources, and the files of theirs that were read well."""
    source_health.put(connection, inputs.statuses, inputs.at, inputs.stale_after)
    last_good_files.put(connection, inputs.files, inputs.at, anew=inputs.anew, gone=inputs.gone)
    last_good_files.forget(connection, [status.address for status in inputs.statuses])


def _put_edition(
    connection: Connection, edition: Edition, made_from: Mapping[str, str], holder: str
) -> None:
    """Write the head of *edition*, *made_from* digests by *holder*."""
    connection.execute(
        insert(schema.editions).values(
            number=edition.number,
            published=edition.published,
            rendering=edition.rendering,
            **made_from,
            node=lease.node_of(connection, holder),
        )
    )


def _put_pending(connection: Connection, pending: Mapping[ReleaseKey, Pending]) -> None:
    """Write the *pending* changes, in the place of all."""
    connection.execute(delete(schema.pending))
    found = [
        {"key": str(key), "data": codec.PENDING.to_json((key, change))}
        for key, change in pending.items()
    ]
    if found:
        connection.execute(insert(schema.pending), found)
