"""The terminal: problems and settings as commands show them."""

import os
from collections.abc import Sequence
from datetime import datetime

import click

from releasecal.errors import Problem, condensed
from releasecal.settings import EXAMPLE_IN_WORDS, Settings


class CommandFailed(click.ClickException):
    """Problems as click shows errors: a line for each, exit status 1."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    def show(self, file: object = None) -> None:
        """Print them to standard error, whatever *file* is."""
        del file
        for problem in condensed(self.problems, lambda each: each):
            click.secho(str(problem), fg="red", err=True)


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
