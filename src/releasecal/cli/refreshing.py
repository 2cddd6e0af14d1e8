"""Commands that read the sources: refresh and sources."""

import json
from datetime import datetime

import click

from releasecal import sources
from releasecal.cli.shared_by_commands import CommandFailed, moment_in_words, shown_settings
from releasecal.cli.tables import print_table, progress_bar
from releasecal.clock import now
from releasecal.core.suggestions import nearest
from releasecal.errors import NOWHERE, Problem, RefreshRunning, SelectionError
from releasecal.refresh.edition_builder import Report
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.settings import PREFIX, Settings
from releasecal.store import FetchState, SourceStatus
from releasecal.wiring import open_fetcher, open_publisher

_COLUMNS = ("source", "type", "state", "last good look", "age", "next look", "films", "releases")
_UNITS = (("d", 24 * 60), ("h", 60), ("m", 1))  # with their minutes
_MAX_LINES = 100  # of a report: a first edition can have a hundred thousand changes


@click.command()
@click.option("--json", "as_report", is_flag=True, help="Print the report as JSON.")
@click.option("--accept-loss", is_flag=True, help="Publish also what the loss guard holds.")
@click.option("--source", default="", metavar="ID", help="Fetch this source, due or not.")
def refresh(*, as_report: bool, accept_loss: bool, source: str) -> None:
    """
    Read the sources now, and publish what has changed.

    Sources that are fetched are fetched if a look at them is due, or with --source.

    Exit status 1, with the reasons, if a source cannot be read, breaks the rules or is held. Its
    last good state stays up, and what the others say is published. A source is held if it no
    longer has a date for a large part of its coming releases (all; half, and at least two; a
    fifth, and at least five), or if a database moves as many in the same way. --accept-loss
    publishes that.

    \b
    Examples:
      releasecal refresh
      releasecal refresh --accept-loss
      releasecal refresh --source tmdb
    """
    settings = shown_settings()
    if settings.is_reader:
        what = f"{PREFIX}ROLE: a reader reads no sources (run it where the writer is)"
        raise CommandFailed([Problem(NOWHERE, what)])
    publisher = open_publisher(settings)
    report = refresh_once(settings, publisher, source, accept_loss=accept_loss)
    if as_report:
        click.echo(json.dumps(report.as_json, indent=2, ensure_ascii=False))
    else:
        click.echo(report.in_words)
        _print_report(report)
    if report.problems:
        raise CommandFailed(report.problems)


def refresh_once(
    settings: Settings, publisher: Publisher, source: str = "", *, accept_loss: bool = False
) -> Report:
    """
    Fetch what is due, or the *source* with that id, refresh, and return the report.

    Raises:
        ReleasecalError: Nothing could be published; see `Publisher.refresh`.
    """
    with progress_bar() as progress:
        _fetch(open_fetcher(settings, publisher.store), source, progress)
        return publisher.refresh(progress, accept_loss=accept_loss)


def _fetch(fetcher: Fetcher, id_: str, progress: sources.Progress) -> None:
    """Take a look at the source with *id_* or, without one, at all at which it is due."""
    if id_ and id_ not in fetcher.settings:
        hint = nearest(id_, fetcher.settings) or "releasecal sources lists them"
        raise SelectionError(Problem(NOWHERE, f"no source that is fetched is called {id_!r}", hint))
    ids = [id_] if id_ else fetcher.due()
    for number, each in enumerate(ids):
        progress(f"fetching {each}", number, len(ids))
        if lacking := fetcher.lacking(each):
            if id_:
                raise CommandFailed(lacking)
            CommandFailed(lacking).show()  # a server beside this process may have what is lacking
            continue
        try:
            fetcher.look(each)
        except RefreshRunning:
            click.echo(f"{each}: another process is fetching it", err=True)


@click.command(name="sources")
def list_sources() -> None:
    """
    List the sources, each with its state, its last good look and the next one.

    \b
    Example:
      releasecal sources
    """
    settings = shown_settings()
    publisher = open_publisher(settings)
    known = {status.address: status for status in publisher.status.sources}
    found = publisher.access.states(publisher.store)
    rows = [
        _source_row(known.get(address) or SourceStatus(address), found.get(address), now())
        for address in settings.addresses
    ]
    print_table(_COLUMNS, rows)
    for status in known.values():
        for problem in status.problems:
            click.echo(f"{status.address}: {problem}", err=True)


def _source_row(
    status: SourceStatus, fetching: FetchState | None, now: datetime
) -> tuple[str, ...]:
    state = status.state.value if status.read or not status.is_ok else "never read"
    if fetching is None:
        read = status.read
        return status.address, "files", state, moment_in_words(read), _age(read, now), "", "", ""
    return (
        status.address,
        fetching.kind,
        state,
        moment_in_words(fetching.validated),
        _age(fetching.validated, now),
        moment_in_words(fetching.due),
        str(fetching.films),
        str(fetching.releases),
    )


def _age(moment: datetime | None, now: datetime) -> str:
    """Return how long ago *moment* was, in the form of the settings: 40m, 8h, 3d."""
    if moment is None:
        return ""
    minutes = max(0, int((now - moment).total_seconds())) // 60
    return next(
        f"{minutes // size}{unit}" for unit, size in _UNITS if minutes >= 2 * size or size == 1
    )


def _print_report(report: Report) -> None:
    for change in report.changes[:_MAX_LINES]:
        click.echo(f"  {change.title} ({change.key}): {change.in_words}")
    more = sum(report.counts.values()) - _MAX_LINES
    if more > 0:
        click.echo(f"  … and {more} more (releasecal changes --added has them)")
    for conflict in report.conflicts:
        click.echo(f"  sources differ: {conflict}", err=True)
    for note in report.notes:
        click.echo(f"  {note}", err=True)
