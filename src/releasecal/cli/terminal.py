"""The terminal: problems, tables and progress as commands show them."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from releasecal import sources
from releasecal.errors import Problem, condensed
from releasecal.settings import EXAMPLE_IN_WORDS, Settings

_PATIENCE = 1  # seconds before a progress bar is drawn


class CommandFailed(click.ClickException):
    """Problems as click shows errors: a line for each, exit status 1."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    def show(self, file: object = None) -> None:
        """Print them to standard error, whatever *file* is."""
        del file
        console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
        for problem in condensed(self.problems, lambda each: each):
            console.print(f"[red]{escape(str(problem))}[/red]")


class WrongUsage(CommandFailed):
    """A selection that names nothing: exit status 2."""

    exit_code = 2


def shown_settings() -> Settings:
    """
    Return the settings for a command that shows or publishes, or those of the example, and say so.

    Raises:
        SettingsError: With every problem that was found.
    """
    settings = Settings.or_example(os.environ)
    say_if_example(settings)
    return settings


def say_if_example(settings: Settings) -> None:
    """Print that there is nothing but the example, if that is so."""
    if settings.is_example:
        click.echo(f"releasecal: {EXAMPLE_IN_WORDS}", err=True)


def must_be_published(edition: int) -> None:
    """
    Do nothing, if *edition*, the number of the newest one, says that there is one.

    Raises:
        ClickException: Nothing has been published yet.
    """
    if not edition:
        raise click.ClickException("nothing has been published yet (try: releasecal refresh)")


def moment_in_words(moment: datetime | None) -> str:
    """Return *moment* to the minute; None is empty."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def print_table(
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
def progress_bar() -> Iterator[sources.Progress]:
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
