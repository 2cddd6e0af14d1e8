"""Commands about access: token, with which tokens are given and taken back."""

import os
from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import timedelta

import click

from releasecal.cli.shared_by_commands import CommandFailed, moment_in_words, shown_settings
from releasecal.cli.tables import print_table
from releasecal.clock import now
from releasecal.core.durations import parse_interval
from releasecal.core.suggestions import nearest
from releasecal.errors import NOWHERE, Problem, SelectionError
from releasecal.queries.feed_paths import NamedFeed
from releasecal.settings import Settings
from releasecal.store import Store, access_tokens, newest_edition
from releasecal.store.access_tokens import READ, SCOPES, AccessToken
from releasecal.wiring import token as read_token

_COLUMNS = ("name", "scopes", "made", "expires", "selection")
_LONGEST_NAME = 80  # characters


class _Interval(click.ParamType[timedelta]):
    """A duration as settings have it, above zero."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            time = value if isinstance(value, timedelta) else parse_interval(str(value))
        except ValueError:
            time = timedelta()
        what = f"not a time above zero: {str(value)!r} (a duration such as 30s, 15m, 1h or 1d, up to 999999d)"
        return time or self.fail(what, param, ctx)


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
@click.option("--query", default="", help="All that may be read, as in kind=theatrical&region=DE.")
def add(name: str, scopes: tuple[str, ...], expires: timedelta | None, query: str) -> None:
    """
    Make a token called NAME, and print it: once, for only its digest is kept.

    NAME is any text of one line; `token revoke` takes it. With the scope read, the address is
    printed that has the token in it: of the site, or of the one calendar that --query selects.

    \b
    Examples:
      releasecal token add ci --expires 365d
      releasecal token add editor --scope refresh --scope accept-loss
      releasecal token add ann --scope read --query "kind=theatrical&region=DE"
    """
    made, moment = access_tokens.make(), now()
    record = AccessToken(
        _name(name),
        _allowed(scopes),
        moment,
        moment + expires if expires else None,
        _selection(query, scopes),
    )
    settings = shown_settings()
    with closing(Store.open(settings.database)) as store:
        is_new = access_tokens.add(store, made, record)
        site = settings.site.kept(store.ask(newest_edition.head).rendering)
    if not is_new:
        remedy = "releasecal token revoke takes it back, or take another name"
        raise CommandFailed([Problem(NOWHERE, f"there is a token called {name!r}", remedy)])
    click.echo("releasecal: this is shown once; only a digest of it is kept", err=True)
    place = "calendar.ics" if record.query else ""
    click.echo(f"{site.url}/t/{made}/{place}" if READ in scopes else made)


def _name(name: str) -> str:
    """Return *name* if a token can be called so."""
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        what = f"the name of a token cannot be {name!r}"
        remedy = f"a text of one line, up to {_LONGEST_NAME} characters"
        raise SelectionError(Problem(NOWHERE, what, remedy))
    return name


def _allowed(scopes: Collection[str]) -> Sequence[str]:
    """Return *scopes* in order, if one token can have all of them."""
    if READ in scopes and len({*scopes}) > 1:
        what = f"the scope {READ} goes with no other one: addresses are seen by many programs"
        raise SelectionError(Problem(NOWHERE, what, "make two tokens"))
    return [scope for scope in SCOPES if scope in scopes]


def _selection(query: str, scopes: Collection[str]) -> str:
    """Return the canonical form of *query*, which tokens to read can have."""
    if query and READ not in scopes:
        what = f"--query says what a token to read may read (add --scope {READ})"
        raise SelectionError(what)
    try:
        return NamedFeed.parse("calendar", query).query.canonical
    except ValueError as error:
        raise SelectionError(f"--{error}") from error


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
    made = moment_in_words(record.created)
    return record.name, " ".join(record.scopes), made, ends, record.query


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
