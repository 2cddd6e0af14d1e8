"""Commands that publish: serve, refresh and sources."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from functools import partial

import click

from releasecal import sources
from releasecal.cli.terminal import (
    CommandFailed,
    moment_in_words,
    print_table,
    progress_bar,
    say_if_example,
    shown_settings,
)
from releasecal.clock import now
from releasecal.core.suggestions import nearest
from releasecal.errors import NOWHERE, Problem, RefreshRunning, SelectionError, SettingsError
from releasecal.queries.site_settings import LOCAL_PORT
from releasecal.refresh.edition_builder import Report
from releasecal.refresh.fetcher import Fetcher
from releasecal.refresh.publisher import Publisher
from releasecal.server import check_address
from releasecal.server import serve as run_server
from releasecal.settings import CONFIG, CONFIG_FILE, PREFIX, Settings
from releasecal.store import FetchState, SourceStatus
from releasecal.store import read as read_head
from releasecal.wiring import checked, open_fetcher, open_publisher

_COLUMNS = ("source", "type", "state", "last good look", "age", "next look", "films", "releases")
_UNITS = (("d", 24 * 60), ("h", 60), ("m", 1))  # with their minutes
_MAX_LINES = 100  # of a report: a first edition can have a hundred thousand changes


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to answer on.")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes."
)
def serve(host: str, port: int, workers: int) -> None:
    """
    Serve the feeds, and read the sources again as time goes by.

    All settings are checked before the port is opened. What has been published is answered with
    at once, and the sources are read meanwhile; only a first edition is waited for. On SIGHUP the
    settings are read again, without an interruption; wrong ones change nothing, and the log says
    why.

    \b
    Examples:
      releasecal serve
      releasecal serve --host 0.0.0.0 --port 80 --workers 4
      RELEASECAL_SOURCES=~/films.yaml RELEASECAL_REFRESH_EVERY=1m releasecal serve
    """
    # A file that was there at the start has to be there at a reload: without it, a private site
    # would be a public one.
    path = os.environ.get(CONFIG) or (str(CONFIG_FILE) if CONFIG_FILE.exists() else "")
    read = partial(checked, {**os.environ, CONFIG: path})
    settings = _checked(read, host, port)
    say_if_example(settings)
    publisher = open_publisher(settings)
    if not settings.is_reader and publisher.store.ask(read_head.head).number == 0:
        _publish_first(settings, publisher)
        check_address(host, port)  # that took its time
    head = publisher.store.ask(read_head.head)
    publisher.store.close()
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104 - compared
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    if settings.private:
        click.echo("releasecal: the site is private (releasecal token add NAME --scope read)")
    else:
        click.echo(f"releasecal: the pages are at {address}/")
        click.echo(f"releasecal: subscribe to {address}/calendar.ics")
    site = settings.site.kept(head.rendering)
    if port != LOCAL_PORT and site.public_url is None:
        click.echo(f"releasecal: events link to {site.url}; set {PREFIX}PUBLIC_URL")
    run_server(settings, read, host=host, port=port, workers=workers)


def _checked(read: Callable[[], Settings], host: str, port: int) -> Settings:
    """
    Return the settings that *read* returns, if a server can start with them on *host* and *port*.

    Raises:
        SettingsError: With every problem that was found.
    """
    settings, problems = Settings(), list[Problem]()
    try:
        settings = read()
    except SettingsError as error:
        problems += error.problems
    try:
        check_address(host, port)
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return settings


def _publish_first(settings: Settings, publisher: Publisher) -> None:
    """
    Publish the first edition: before that there is nothing to answer with.

    Raises:
        ReleasecalError: Nothing can be published.
    """
    try:
        report = refresh_once(settings, publisher)
    except RefreshRunning as error:
        click.echo(f"releasecal: {error}")
        return
    click.echo(f"releasecal: {report.in_words}")
    CommandFailed(report.problems).show()


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
