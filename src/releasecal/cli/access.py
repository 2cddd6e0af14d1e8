"""Commands about access: token, with which tokens are given and taken back."""

import os
from contextlib import closing
from datetime import timedelta

import click

from releasecal.cli.terminal import CommandFailed, moment_in_words, print_table, shown_settings
from releasecal.clock import now
from releasecal.core.durations import parse_interval
from releasecal.core.suggestions import nearest
from releasecal.errors import NOWHERE, Problem, SelectionError
from releasecal.settings import Settings
from releasecal.store import Store, access_tokens
from releasecal.store.access_tokens import SCOPES, AccessToken
from releasecal.wiring import token as read_token

_COLUMNS = ("name", "scopes", "made", "expires")
_LONGEST_NAME = 80  # characters


class _Interval(click.ParamType[timedelta]):
    """A duration as settings have it, above zero."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            time = value if isinstance(value, timedelta) else parse_interval(str(value))
        except ValueError as error:
            self.fail(f"it takes {error}", param, ctx)
        return time or self.fail("it takes a duration of at least 1s", param, ctx)


@click.group(invoke_without_command=True)
@click.pass_context
def token(context: click.Context) -> None:
    """
    Print the token that POST /refresh takes; give others tokens of their own.

    It is made on first use, and kept in the state folder.

    \b
    Examples:
      curl -X POST -H "Authorization: Bearer $(releasecal token)" http://localhost:8000/refresh
      releasecal token add ci --expires 365d
      releasecal token revoke ci
    """
    if context.invoked_subcommand is None:
        click.echo(read_token(Settings.read(os.environ)))


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(list(SCOPES)),
    multiple=True,
    default=["refresh"],
    show_default=True,
    help="What it is for: " + ", ".join(f"{name} ({what})" for name, what in SCOPES.items()) + ".",
)
@click.option("--expires", type=_Interval(), help="How long it counts (30d); for ever without it.")
def add(name: str, scopes: tuple[str, ...], expires: timedelta | None) -> None:
    """
    Make a token called NAME, and print it: once, for only its digest is kept.

    NAME is any text of one line; `token revoke` takes it.

    \b
    Examples:
      releasecal token add ci --expires 365d
      releasecal token add editor --scope refresh --scope accept-loss
    """
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        what = f"the name of a token cannot be {name!r}"
        raise SelectionError(
            Problem(NOWHERE, what, f"a text of one line, up to {_LONGEST_NAME} characters")
        )
    made, moment = access_tokens.make(), now()
    ends = moment + expires if expires else None
    ordered = [scope for scope in SCOPES if scope in scopes]
    with closing(_store()) as store:
        is_new = access_tokens.add(store, made, AccessToken(name, ordered, moment, ends))
    if not is_new:
        remedy = "releasecal token revoke takes it back, or take another name"
        raise CommandFailed([Problem(NOWHERE, f"there is a token called {name!r}", remedy)])
    click.echo("releasecal: this is shown once; only a digest of it is kept", err=True)
    click.echo(made)


@token.command(name="list")
def list_tokens() -> None:
    """
    List the tokens: names, scopes and ends; never the tokens themselves.

    The one that `releasecal token` prints is not among them.

    \b
    Example:
      releasecal token list
    """
    with closing(_store()) as store:
        found = store.ask(access_tokens.listed)
    print_table(_COLUMNS, [_row(each) for each in found], "there are no tokens")


def _row(record: AccessToken) -> tuple[str, ...]:
    ends = moment_in_words(record.expires) if record.expires else "never"
    if record.expires and record.expires <= now():
        ends += " (expired)"
    return record.name, " ".join(record.scopes), moment_in_words(record.created), ends


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """
    Take the token called NAME back: from now on no process takes it.

    \b
    Example:
      releasecal token revoke ci
    """
    with closing(_store()) as store:
        if access_tokens.revoke(store, name):
            return
        known = [each.name for each in store.ask(access_tokens.listed)]
    hint = nearest(name, known) or "releasecal token list has the names"
    raise SelectionError(Problem(NOWHERE, f"there is no token called {name!r}", hint))


def _store() -> Store:
    return Store.open(shown_settings().database)
