"""The commands at the terminal: from serve to copy."""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import chain

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from releasecal import __version__, sources
from releasecal.clock import now
from releasecal.core.catalogue import Reading, merge
from releasecal.core.changes import date_in_words
from releasecal.core.dates import PartialDate
from releasecal.core.debounce import repeats, settle
from releasecal.core.editions import NOTHING, Edition, Entry, on_record
from releasecal.core.languages import ENGLISH
from releasecal.core.mending import mended
from releasecal.core.revise import published_in
from releasecal.core.suggestions import nearest
from releasecal.errors import (
    NOWHERE,
    Problem,
    RefreshRunning,
    ReleasecalError,
    SelectionError,
    condensed,
)
from releasecal.formats import CHANGE_FORMATS, FORMATS
from releasecal.queries.change_query import FILTERS, ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import PARAMETERS, Parameter
from releasecal.queries.site_settings import LOCAL_PORT
from releasecal.refresh.build import Report
from releasecal.refresh.fetcher import Fetcher
from releasecal.refresh.origins import Origins
from releasecal.server import check_address
from releasecal.server import serve as run_server
from releasecal.settings import PREFIX, Settings, variables
from releasecal.sources.announcement import (
    Announcement,
    date_before,
    file_of,
    problem_with,
    with_announcement,
)
from releasecal.sources.files import snapshots
from releasecal.sources.writing import rewrite
from releasecal.store import (
    FetchState,
    SourceStatus,
    Store,
    change_log,
    ledger_file,
    read,
    results,
    vocabulary,
)
from releasecal.store.ledger_file import read_from, written_to
from releasecal.wiring import open_fetcher, open_publisher
from releasecal.wiring import token as read_token

_MAX_LINES = 100  # of a report: a first edition can have a hundred thousand changes
_PATIENCE = 1  # seconds before a progress bar is drawn


class _Failure(click.ClickException):
    """Problems as click shows errors: a line for each, exit status 1."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    def show(self, file: object = None) -> None:
        del file
        console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
        for problem in condensed(self.problems, lambda each: each):
            console.print(f"[red]{escape(str(problem))}[/red]")


class _WrongUsage(_Failure):
    """A selection that names nothing: exit status 2."""

    exit_code = 2


class _Commands(click.Group):
    """Commands whose errors are printed in one place."""

    def invoke(self, ctx: click.Context) -> object:
        # Errors are printed here; without a handler, logging would print them a second time.
        logging.getLogger("releasecal").addHandler(logging.NullHandler())
        try:
            return super().invoke(ctx)
        except ReleasecalError as error:
            kind = _WrongUsage if isinstance(error, SelectionError) else _Failure
            raise kind(error.problems) from error


def _settings_help() -> str:
    lines = [f"  {name}\n      {text}" for name, text in variables().items()]
    return "\b\nSettings, from the environment or releasecal.toml:\n" + "\n".join(lines)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_settings_help(),
)
@click.version_option(__version__, prog_name="releasecal")
def main() -> None:
    """
    Film release dates as calendar feeds that stay right when the dates move.

    \b
    Examples:
      releasecal serve                  feeds at http://localhost:8000/calendar.ics
      releasecal check                  everything wrong with the data, with its place
      releasecal show --kind theatrical --region US
      releasecal show --format ics > films.ics

    Exit status: 0 all went well, 1 something is wrong (it says what), 2 wrong usage.
    """


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to answer on.")
@click.option("--port", default=LOCAL_PORT, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes."
)
def serve(host: str, port: int, workers: int) -> None:
    """
    Serve the feeds, and read the sources again as time goes by.

    \b
    Examples:
      releasecal serve
      releasecal serve --host 0.0.0.0 --port 80 --workers 4
      RELEASECAL_SOURCES=~/films.yaml RELEASECAL_REFRESH_EVERY=1m releasecal serve
    """
    settings = Settings.read(os.environ)
    publisher = open_publisher(settings)
    read_token(settings)
    is_new = publisher.store.ask(read.head).number == 0
    if settings.refresh_every or is_new:
        try:
            with _progress() as progress:
                if is_new:  # or else the scheduler does it, and nobody waits
                    _fetch(open_fetcher(settings, publisher.store), "", progress)
                report = publisher.refresh(progress)
            click.echo(f"releasecal: {report.in_words}")
            _Failure(report.problems).show()
        except RefreshRunning as error:
            click.echo(f"releasecal: {error}")
        except ReleasecalError as error:
            if is_new:
                raise
            _Failure(error.problems).show()
            click.echo("releasecal: the last good edition stays up", err=True)
    site = settings.site.kept(publisher.store.ask(read.head).rendering)
    publisher.store.close()
    check_address(host, port)
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104 - compared
    shown = f"[{shown}]" if ":" in shown else shown
    click.echo(f"releasecal: subscribe to http://{shown}:{port}/calendar.ics")
    if port != LOCAL_PORT and site.public_url is None:
        click.echo(f"releasecal: events link to {site.url}; set {PREFIX}PUBLIC_URL")
    run_server(os.environ, host=host, port=port, workers=workers)


@main.command()
@click.option("--json", "as_report", is_flag=True, help="Print the report as JSON.")
@click.option("--accept-loss", is_flag=True, help="Publish also what the loss guard holds.")
@click.option("--source", default="", metavar="ID", help="Fetch this source, due or not.")
def refresh(*, as_report: bool, accept_loss: bool, source: str) -> None:
    """
    Read the sources now, and publish what has changed.

    Sources that are fetched are fetched if a look at them is due, or with --source.

    Exit status 1, with the reasons, if a source cannot be read or breaks the rules; what was
    last good of it stays up, and what the others say is published. So it is if a source no
    longer dates all, half or a fifth of what is to come, or a database changes as much in one
    way: that source is held until --accept-loss.

    \b
    Examples:
      releasecal refresh
      releasecal refresh --accept-loss
      releasecal refresh --source tmdb
    """
    settings = Settings.read(os.environ)
    publisher = open_publisher(settings)
    with _progress() as progress:
        _fetch(open_fetcher(settings, publisher.store), source, progress)
        report = publisher.refresh(progress, accept_loss=accept_loss)
    if as_report:
        click.echo(json.dumps(report.as_json, indent=2, ensure_ascii=False))
    else:
        click.echo(report.in_words)
        _print_report(report)
    if report.problems:
        raise _Failure(report.problems)


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
                raise _Failure(lacking)
            _Failure(lacking).show()  # a server beside this process may have what is lacking
            continue
        try:
            fetcher.look(each)
        except RefreshRunning:
            click.echo(f"{each}: another process is fetching it", err=True)


@main.command(name="sources")
def list_sources() -> None:
    """
    List the sources, each with its state, its last good look and the next one.

    \b
    Example:
      releasecal sources
    """
    settings = Settings.read(os.environ)
    publisher = open_publisher(settings)
    known = {status.address: status for status in publisher.status.sources}
    found = publisher.origins.states(publisher.store)
    rows = [
        _source_row(known.get(address) or SourceStatus(address), found.get(address))
        for address in settings.addresses
    ]
    columns = ("source", "type", "state", "last good look", "next look", "films", "releases")
    _print_table(columns, rows)
    for status in known.values():
        for problem in status.problems:
            click.echo(f"{status.address}: {problem}", err=True)


def _source_row(status: SourceStatus, fetching: FetchState | None) -> tuple[str, ...]:
    state = status.state.value if status.read or not status.is_ok else "never read"
    if fetching is None:
        return status.address, "files", state, _told(status.read), "", "", ""
    return (
        status.address,
        fetching.kind,
        state,
        _told(fetching.validated),
        _told(fetching.due),
        str(fetching.films),
        str(fetching.releases),
    )


def _told(moment: datetime | None) -> str:
    return _moment(moment) if moment else ""


def _print_report(report: Report) -> None:
    for change in report.changes[:_MAX_LINES]:
        click.echo(f"  {change.title} ({change.key}): {change.in_words}")
    if len(report.changes) > _MAX_LINES:
        more = len(report.changes) - _MAX_LINES
        click.echo(f"  … and {more} more (releasecal changes --added, or --json, has them)")
    for conflict in report.conflicts:
        click.echo(f"  sources differ: {conflict}", err=True)
    for note in report.notes:
        click.echo(f"  {note}", err=True)


@main.command()
@click.argument("paths", nargs=-1)
def check(paths: tuple[str, ...]) -> None:
    """
    Say everything that is wrong with the data, and where.

    Each line is file:line:column: what (what would do). Checks PATHS (files or folders, by
    precedence), or what would be served. Notes also tell of a published film that is gone while
    another one has its title, and of dates that wait for a person, for they may be repeats.

    \b
    Examples:
      releasecal check
      releasecal check examples/after-the-article/ data/
    """
    with _progress() as progress:
        readings, lacking = _readings(paths, progress)
    addresses = [reading.address for reading in readings]
    published = _published(addresses)
    catalogue = merge(readings, now().date(), published=on_record(published))
    known = published_in(mended(published, catalogue.renames))
    _, pending = settle(catalogue, known, now())
    releases = sum(len(film.releases) for film in catalogue.films.values())
    for conflict in catalogue.conflicts:
        click.echo(f"sources differ: {conflict}")
    notes = [*lacking, *sources.unread(addresses), *catalogue.notes, *repeats(pending)]
    left_out = list(chain(*catalogue.left_out.values()))
    for line in (*left_out, *notes):
        click.echo(line)
    films = ENGLISH.say_many("{count} films", len(catalogue.films))
    dated = ENGLISH.say_many("{count} releases", releases)
    wrong = ENGLISH.say_many("{count} things left out", len(left_out))
    verdict = wrong if left_out else "nothing wrong"
    remarks = f", {ENGLISH.say_many('{count} notes', len(notes))}" if notes else ""
    click.echo(f"{films} with {dated}, {verdict}{remarks}")
    if left_out:
        raise click.exceptions.Exit(1)


def _readings(
    paths: Sequence[str], progress: sources.Progress
) -> tuple[Sequence[Reading], Sequence[str]]:
    """Return what *paths*, or all sources, say, and notes about those not fetched yet."""
    if paths:
        return sources.read(paths, progress=progress), []
    settings = Settings.read(os.environ)
    fetched = frozenset(source.id for source in settings.fetched)
    store = Store.existing(settings.database) if fetched else None
    if store is None:
        files = [address for address in settings.addresses if address not in fetched]
        return sources.read(files, progress=progress), [
            f"{id_}: not fetched yet" for id_ in fetched
        ]
    with closing(store):
        origins = Origins(settings.addresses, fetched)
        there = {*origins.files, *origins.looks(store)}
        readable = [address for address in settings.addresses if address in there]
        found = sources.read_each(readable, lambda address: origins.read(store, address, progress))
    missing = [f"{id_}: not fetched yet" for id_ in settings.addresses if id_ not in there]
    return [result.reading for result in found], missing


def _published(addresses: Sequence[str]) -> Edition:
    """Return what is published of films that *addresses* told of, or that none tells of."""
    try:
        store = Store.existing(Settings.read(os.environ).database)
        if store is None:  # data can be checked before there is a calendar, or without it
            return NOTHING
        with closing(store):
            edition = store.ask(read.edition)
    except ReleasecalError:
        return NOTHING
    told = set(addresses)
    films = {
        id_: film
        for id_, film in edition.films.items()
        if not film.told_by or told & set(film.told_by)
    }
    entries = {key: entry for key, entry in edition.entries.items() if key.film in films}
    return replace(edition, films=films, entries=entries)


def _options(
    rows: Mapping[str, Parameter],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds an option to a command for each query parameter of *rows*."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        for name, row in reversed(list(rows.items())):
            text = f"{row.help[0].upper()}{row.help[1:]}."
            flag = {"is_flag": True, "flag_value": "1"} if row.is_flag else {}
            function = click.option(f"--{name}", help=text, **flag)(function)  # type: ignore[arg-type]  # of two overloads
        return function

    return decorate


def _given(options: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Return the *options* that are set, as (name, value) pairs of a query."""
    return [(name.replace("_", "-"), value) for name, value in options.items() if value is not None]


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    show_default=True,
    help="All but table give the same bytes as the feeds.",
)
@_options(PARAMETERS)
def show(form: str, **selection: str | None) -> None:
    """
    Show what is published, or the part of it that is selected.

    \b
    Examples:
      releasecal show
      releasecal show --future 90 --past 0
      releasecal show --kind theatrical,sequel --format json
      releasecal show --as-of 2022-03-25
    """
    publisher = open_publisher(Settings.read(os.environ))
    _must_be_published(publisher.store.ask(read.head).number)
    query = FeedQuery.parse(_given(selection), vocabulary(publisher.store, publisher.site))
    if query.as_of and form != "table" and FORMATS[form].is_followed:
        raise SelectionError("as-of: a calendar that is followed is of now (take json or table)")
    today = now().date()
    feed = publisher.store.ask(
        results.feed, query, path="/calendar", site=publisher.site, today=today
    )
    if form != "table":
        sys.stdout.buffer.write(FORMATS[form].render(feed))
        return
    found = {entry.key: entry for entry in (*feed.entries, *feed.undated)}  # some are in both
    rows = [_row(entry) for entry in found.values()]
    _print_table(("when", "film", "kind", "region", "channel", "status", "moves"), rows)
    if left_out := feed.left_out + feed.left_out_undated:
        click.echo(f"{left_out} more are left out; narrow the selection to see them", err=True)


def _row(entry: Entry) -> tuple[str, ...]:
    release, current = entry.facts.release, entry.current
    when = current.when or (entry.shown if current.status.is_over else None)
    status = current.status.value if entry.is_off_its_day else current.certainty.value
    kind = release.kind.slug + (", sequel" if entry.facts.is_sequel else "")
    return (
        date_in_words(when),
        entry.facts.title,
        kind,
        entry.key.region,
        release.channel,
        status,
        str(entry.sequence),
    )


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *CHANGE_FORMATS]),
    default="table",
    show_default=True,
    help="All but table give the same bytes as /changes.atom, /changes.json.",
)
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="At most so many, the newest.",
)
@_options(FILTERS)
def changes(form: str, limit: int, **selection: str | None) -> None:
    """
    Show what has moved, newest first, or the part of it that is selected.

    \b
    Examples:
      releasecal changes --film mission-impossible-7
      releasecal changes --since 2026-11-22T09:30:00Z --region US,GB
      releasecal changes --added --limit 1000 --format json
    """
    publisher = open_publisher(Settings.read(os.environ))
    _must_be_published(publisher.store.ask(read.head).number)
    query = ChangeQuery.parse(_given(selection), vocabulary(publisher.store, publisher.site))
    log = publisher.store.ask(change_log.log, query, site=publisher.site, most=limit)
    if form != "table":
        sys.stdout.buffer.write(CHANGE_FORMATS[form].render(log))
        return
    rows = [
        (_moment(change.at), change.title, str(change.key), change.kind.value, change.in_words)
        for change in (record.change for record in log.records)
    ]
    nothing = "there are no such changes" + ("" if query.added else " (--added shows what is new)")
    _print_table(("published", "film", "release", "change", "in words"), rows, nothing)


@main.command("import")
@click.argument("file")
@click.option("--output", metavar="PATH", help="New file to write; default: standard output.")
@click.option("--dates", help="How it writes days: D.M.YYYY, M/D/YYYY, MMM D, YYYY.")
@click.option("--kind", help="Kind of the releases whose row has none.")
@click.option("--region", help="Region of the releases whose row has none.")
@click.option("--channel", help="Channel of the releases whose row has none.")
@click.option("--sheet", help="The sheet to read, if it is not the first one.")
def import_(file: str, output: str | None, **told: str | None) -> None:
    """
    Write the table FILE as a data file in YAML, once, to go on with by hand.

    What is wrong in it is left out and said (exit status 1). The file of --output must not
    exist yet.

    \b
    Examples:
      releasecal import films.xlsx --kind theatrical --region DE
      releasecal import films.csv --dates D.M.YYYY --output data/films.yaml
    """
    given = {name: value for name, value in told.items() if value is not None}
    found = sources.imported(file, given)
    if output:
        sources.write_new(output, found.text)
    else:
        click.echo(found.text, nl=False)
    for problem in (*found.left_out, *found.notes):
        click.echo(problem, err=True)
    if found.left_out:
        raise click.exceptions.Exit(1)


_QUESTIONS: Mapping[str, str] = {
    "film": "Film (its id or title)",
    "kind": "Kind (theatrical, streaming …)",
    "region": "Region (US, DE; 001 for everywhere)",
    "when": "When (2027-05-14, 2027-05, 2027-Q2, 2027; nothing for no date)",
    "as_of": "Announced on",
    "address": "Where that can be read (may be nothing)",
    "quote": "In which words (may be nothing)",
}
_NEEDED = ("film", "kind", "region", "when")


@main.command()
@click.option("--film", help="Id or title of the film.")
@click.option("--title", default="", help="Title of a film that is new.")
@click.option("--kind", help="Such as theatrical, streaming.")
@click.option("--region", help="Such as US, or 001 for everywhere at once.")
@click.option("--channel", default="", help="Where it is shown, such as Paramount+.")
@click.option("--when", help="Such as 2027-05-14, 2027-05, 2027-Q2 or 2027; empty for no date.")
@click.option("--as-of", help="Day of the announcement; default: today.")
@click.option("--address", help="Where it can be read.")
@click.option("--quote", help="The announced wording.")
@click.option("--reason", default="", help="Why the date moved.")
@click.option("--file", "path", help="Data file to write into, where that is not clear.")
def add(path: str | None, **given: str | None) -> None:
    """
    Add one announced date to a data file in YAML, and ask for what is not given.

    All else in the file stays as it stands: comments, order and layout.

    \b
    Examples:
      releasecal add
      releasecal add --film dune --kind theatrical --region US --when 2027-05-14
      releasecal add --film dune-4 --title "Dune 4" --kind theatrical --region US --when 2029
    """
    today, is_asked = now().date(), any(given[name] is None for name in _NEEDED)
    told = {
        name: _asked(name, value, today) if is_asked else value for name, value in given.items()
    }
    said = Announcement(
        **{"as_of": str(today), **{name: text for name, text in told.items() if text}}
    )
    addresses = [path] if path else Settings.read(os.environ).sources
    files = list(chain.from_iterable(map(snapshots, addresses)))
    file = file_of(files, said.film, is_new=bool(said.title))
    text = with_announcement(file, said, today)
    line = f"{said.title or said.film}, {said.kind} ({said.region}): {_with_weekday(said.when)}"
    before = date_before(file, said)
    click.echo(line + (f", before: {_with_weekday(str(before))}" if before else ""))
    if is_asked and not click.confirm(f"Write that into {file.origin}?", default=True):
        return
    rewrite(file.origin, file.data, text)
    click.echo(f"{file.origin} has it")


def _asked(name: str, given: str | None, today: date) -> str | None:
    """Return the value of an option of `add`: the *given* one, or the answer to its question."""
    if given is not None or name not in _QUESTIONS:
        return given

    def checked(answer: str) -> str:
        answer = answer.strip()
        if found := problem_with(name, answer):
            raise click.UsageError(found)
        if name == "when" and answer:
            click.echo(f"  {_with_weekday(answer)}")
        return answer

    default = {"film": None, "kind": "theatrical", "as_of": str(today)}.get(name, "")
    is_shown = bool(default)
    return str(click.prompt(_QUESTIONS[name], default, value_proc=checked, show_default=is_shown))


def _with_weekday(when: str) -> str:
    """Return the date that *when* spells in words, a day with its weekday."""
    if not when:
        return "no date yet"
    spelt = PartialDate.parse(when)
    return (f"{spelt.first:%A}, " if spelt.is_day else "") + spelt.in_words


@main.command()
def schema() -> None:
    """
    Print the JSON Schema of data files, for editors.

    \b
    Example (VS Code with its YAML extension; the first line of the data file names it):
      releasecal schema > releasecal.schema.json
      # yaml-language-server: $schema=releasecal.schema.json
    """
    click.echo(json.dumps(sources.json_schema(), indent=2, ensure_ascii=False))


@main.command()
def token() -> None:
    """
    Print the token that POST /refresh takes.

    It is made on first use, and kept in the state folder.

    \b
    Example:
      curl -X POST -H "Authorization: Bearer $(releasecal token)" http://localhost:8000/refresh
    """
    click.echo(read_token(Settings.read(os.environ)))


@main.command()
@click.argument("file")
def backup(file: str) -> None:
    """
    Write the whole ledger to FILE, as it is at one moment, also while a server runs.

    FILE is JSON Lines, packed if its name ends with .gz; - is standard output. A file of that
    name is replaced once the new one is whole.

    \b
    Examples:
      releasecal backup ledger.jsonl.gz
      releasecal backup - | ssh elsewhere 'cat > ledger.jsonl'
    """
    store = Store.open(Settings.read(os.environ).database, create=False)
    _must_be_published(store.ask(read.head).number)
    with store.reading() as connection:
        written_to(file, ledger_file.lines(ledger_file.table_rows(connection)))


@main.command()
@click.argument("file")
def restore(file: str) -> None:
    """
    Make the database of the settings from FILE, which `releasecal backup` wrote.

    History, UIDs, SEQUENCE and ETags go on as they were. A database that has a calendar is
    left alone.

    \b
    Examples:
      RELEASECAL_DATABASE_URL=sqlite:///new.db releasecal restore ledger.jsonl.gz
    """
    store = Store.open(Settings.read(os.environ).database)
    with store.writing() as connection, read_from(file) as texts:
        count = ledger_file.fill(connection, ledger_file.rows_of(texts, file))
    click.echo(ENGLISH.say_many("{count} rows", count) + " restored")


@main.command()
@click.option("--from", "origin", required=True, metavar="URL", help="Database to read.")
@click.option("--to", "target", required=True, metavar="URL", help="Database to fill.")
def copy(origin: str, target: str) -> None:
    """
    Copy the whole ledger from one database to another, which has no calendar yet.

    \b
    Example:
      releasecal copy --from sqlite:///state/releasecal.db --to sqlite:///elsewhere.db
    """
    before, after = Store.open(origin, create=False), Store.open(target)
    _must_be_published(before.ask(read.head).number)
    with before.reading() as reading, after.writing() as writing:
        count = ledger_file.fill(writing, ledger_file.table_rows(reading))
    click.echo(ENGLISH.say_many("{count} rows", count) + " copied")


def _must_be_published(edition: int) -> None:
    if not edition:
        raise click.ClickException("nothing has been published yet (try: releasecal refresh)")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _print_table(
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    nothing: str = "nothing is selected",
) -> None:
    """Print a table on a terminal, tab-separated lines into a pipe, or *nothing* if empty."""
    console = Console(highlight=False, emoji=False)
    if not rows:
        click.echo(nothing, err=True)
    if not console.is_terminal:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(row))
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


@contextmanager
def _progress() -> Iterator[sources.Progress]:
    """Give a function that reports progress; a bar is drawn if the work outlasts a second."""
    console = Console(stderr=True, emoji=False)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task("reading", total=None)
    timer = threading.Timer(_PATIENCE, bar.start)
    timer.daemon = True
    timer.start()

    def report(what: str, done: int, all_: int) -> None:
        bar.update(task, description=what, completed=done, total=all_ or None)

    try:
        yield report
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
