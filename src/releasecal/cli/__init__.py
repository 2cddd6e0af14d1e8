"""The commands at the terminal, in modules by their subject."""

import logging

import click

from releasecal import __version__
from releasecal.cli.access import token
from releasecal.cli.checking import check, schema
from releasecal.cli.completion import completion
from releasecal.cli.editing import add, import_
from releasecal.cli.exporting import build, export_site
from releasecal.cli.init import init
from releasecal.cli.ledger import backup, copy, restore
from releasecal.cli.linting import diff, lint
from releasecal.cli.notifying import notify
from releasecal.cli.publishing import list_sources, refresh, serve
from releasecal.cli.showing import changes, show
from releasecal.cli.terminal import CommandFailed, WrongUsage
from releasecal.errors import ReleasecalError, SelectionError
from releasecal.settings import variables

COMMANDS = (
    init,
    serve,
    refresh,
    list_sources,
    notify,
    check,
    show,
    changes,
    add,
    import_,
    schema,
    token,
    export_site,
    build,
    backup,
    restore,
    copy,
    lint,
    diff,
    completion,
)
"""All commands; a new one is a function of a module here and its name in this list."""


class _Commands(click.Group):
    """Commands whose errors are printed in one place."""

    def invoke(self, ctx: click.Context) -> object:
        # Errors are printed here; without a handler, logging would print them a second time.
        logging.getLogger("releasecal").addHandler(logging.NullHandler())
        logging.getLogger("stamina").setLevel(logging.ERROR)  # an attempt that fails is not the end
        try:
            return super().invoke(ctx)
        except ReleasecalError as error:
            kind = WrongUsage if isinstance(error, SelectionError) else CommandFailed
            raise kind(error.problems) from error


def _settings_help() -> str:
    lines = [f"  {name}\n      {text}" for name, text in variables().items()]
    return "\b\nSettings, from the environment or releasecal.toml:\n" + "\n".join(lines)


@click.group(
    cls=_Commands,
    commands=COMMANDS,
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
