"""Commands that show what is published: show and changes."""

import sys
from collections.abc import Callable, Mapping

import click

from releasecal.cli.completion import complete
from releasecal.cli.shared_by_commands import moment_in_words, must_be_published, shown_settings
from releasecal.cli.tables import print_table
from releasecal.clock import now
from releasecal.core.changes import date_in_words
from releasecal.core.editions import Entry
from releasecal.errors import SelectionError
from releasecal.formats import CHANGE_FORMATS, FORMATS
from releasecal.queries.change_query import FILTERS, ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import PARAMETERS, Parameter
from releasecal.store import answering_queries, change_log, newest_edition, vocabulary
from releasecal.wiring import open_publisher


def query_options(
    rows: Mapping[str, Parameter],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds an option to a command for each query parameter of *rows*."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        for name, row in reversed(list(rows.items())):
            text = f"{row.help[0].upper()}{row.help[1:]}."
            flag = {"is_flag": True, "flag_value": "1"} if row.is_flag else {}
            option = click.option(f"--{name}", help=text, shell_complete=complete, **flag)  # type: ignore[arg-type]  # of two overloads
            function = option(function)
        return function

    return decorate


def given_options(options: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Return the *options* that are set, as (name, value) pairs of a query."""
    return [(name.replace("_", "-"), value) for name, value in options.items() if value is not None]


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    show_default=True,
    help="All but table give the same bytes as the feeds.",
)
@query_options(PARAMETERS)
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
    publisher = open_publisher(shown_settings())
    must_be_published(publisher.store.ask(newest_edition.head).number)
    query = FeedQuery.parse(given_options(selection), vocabulary(publisher.store, publisher.site))
    if query.as_of and form != "table" and FORMATS[form].is_followed:
        raise SelectionError("as-of: what is followed is of now (take json, csv or table)")
    today = now().date()
    feed = publisher.store.ask(
        answering_queries.feed, query, path="/calendar", site=publisher.site, today=today
    )
    if form != "table":
        sys.stdout.buffer.write(FORMATS[form].render(feed))
        return
    found = {entry.key: entry for entry in (*feed.entries, *feed.undated)}  # some are in both
    rows = [_row(entry) for entry in found.values()]
    print_table(("when", "film", "kind", "region", "channel", "status", "moves"), rows)
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


@click.command()
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
@query_options(FILTERS)
def changes(form: str, limit: int, **selection: str | None) -> None:
    """
    Show what has moved, newest first, or the part of it that is selected.

    \b
    Examples:
      releasecal changes --film mission-impossible-7
      releasecal changes --since 2026-11-22T09:30:00Z --region US,GB
      releasecal changes --added --limit 1000 --format json
    """
    publisher = open_publisher(shown_settings())
    must_be_published(publisher.store.ask(newest_edition.head).number)
    query = ChangeQuery.parse(given_options(selection), vocabulary(publisher.store, publisher.site))
    log = publisher.store.ask(change_log.log, query, site=publisher.site, most=limit)
    if form != "table":
        sys.stdout.buffer.write(CHANGE_FORMATS[form].render(log))
        return
    rows = [
        (
            moment_in_words(change.at),
            change.title,
            str(change.key),
            change.kind.value,
            change.in_words,
        )
        for change in (record.change for record in log.records)
    ]
    nothing = "there are no such changes" + ("" if query.added else " (--added shows what is new)")
    print_table(("published", "film", "release", "change", "in words"), rows, nothing)
