"""The commands at the terminal, in modules by their subject."""

import logging
from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from releasecal import __version__
from releasecal.cli.shared_by_commands import CommandFailed, WrongUsage
from releasecal.errors import ReleasecalError, SelectionError
from releasecal.settings import variables

_PLACES = {
    "init": ("init", "init"),
    "serve": ("serving", "serve"),
    "refresh": ("refreshing", "refresh"),
    "sources": ("refreshing", "list_sources"),
    "notify": ("notifying", "notify"),
    "check": ("checking", "check"),
    "show": ("showing", "show"),
    "changes": ("showing", "changes"),
    "add": ("editing", "add"),
    "import": ("editing", "import_"),
    "schema": ("checking", "schema"),
    "token": ("access", "token"),
    "export": ("exporting", "export_site"),
    "build": ("exporting", "build"),
    "backup": ("ledger_transfer", "backup"),
    "restore": ("ledger_transfer", "restore"),
    "copy": ("ledger_transfer", "copy"),
    "lint": ("linting", "lint"),
    "diff": ("linting", "diff"),
    "completion": ("completion", "completion"),
}
"""Module and function of each command by its name; a new one is one more row."""


class _Imported(Mapping[str, click.Command]):
    """The commands by name; each is imported once it is asked for, for all take a second."""

    def __getitem__(self, name: str) -> click.Command:
        module, function = _PLACES[name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


COMMANDS = _Imported()
"""All commands."""


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
