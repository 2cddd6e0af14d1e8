"""Tables and progress bars on a terminal."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from releasecal import sources

_PATIENCE = 1  # seconds before a progress bar is drawn


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
