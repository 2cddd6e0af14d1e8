"""The command about news for others: whom they go to, a trial, and sending them without a server."""

import click

from releasecal.cli.shared_by_commands import CommandFailed, moment_in_words, shown_settings
from releasecal.cli.tables import print_table
from releasecal.core.suggestions import nearest
from releasecal.errors import (
    NOWHERE,
    Place,
    Problem,
    RefreshRunning,
    ReleasecalError,
    SelectionError,
)
from releasecal.refresh.notifier import Notifier
from releasecal.settings import PREFIX
from releasecal.store import Store, outbox
from releasecal.wiring import open_notifier, open_publisher

_REMEDY = "check address and secret, and see what its receiver has noted"
_COLUMNS = ("target", "type", "waiting", "next attempt", "last accepted", "given up", "problem")


@click.command()
@click.option(
    "--test", "name", default=None, metavar="NAME", help="Send this target a message now."
)
@click.option("--dry-run", is_flag=True, help="Print that message instead.")
@click.option("--send", is_flag=True, help="Send what is due now, as a server does.")
def notify(*, name: str | None, dry_run: bool, send: bool) -> None:
    """
    List who is told of changes, each with what waits and what went wrong.

    A server sends by itself. --send is for those who have none, after each refresh.

    \b
    Examples:
      releasecal notify
      releasecal notify --test club
      releasecal refresh && releasecal export site && releasecal notify --send
    """
    if send and (name is not None or dry_run):
        what = "--send goes with neither --test nor --dry-run: it sends what is due"
        raise SelectionError(Problem(NOWHERE, what, "one after the other"))
    settings = shown_settings()
    store = open_publisher(settings).store
    notifier = open_notifier(settings, store)
    if notifier is None:
        what = "nobody is told of changes here"
        raise CommandFailed([Problem(NOWHERE, what, f"[[notify]] or {PREFIX}WEBSUB_HUBS")])
    if name is not None or dry_run:
        _try(notifier, name, dry_run=dry_run)
    elif send:
        _send(notifier)
    else:
        _list(notifier, store)


def _try(notifier: Notifier, name: str | None, *, dry_run: bool) -> None:
    """Send the target called *name* a message that tells of nothing, or print it."""
    names = [target.name for target in notifier.targets]
    if name is None:
        hint = f"as in --test {names[0]} --dry-run"
        raise SelectionError(Problem(NOWHERE, "--dry-run prints the message of --test", hint))
    if name not in names:
        hint = nearest(name, names) or f"one of {', '.join(names)}"
        raise SelectionError(Problem(NOWHERE, f"there is no target {name!r}", hint))
    target, message = notifier.trial(name)
    if dry_run:
        click.echo(f"{message.title}\n\n{message.text}\n\n{message.as_json.decode()}", nl=False)
        return
    if target.lacking:
        raise CommandFailed([Problem(Place(name), target.lacking)])
    try:
        notifier.send(target, message)
    except ReleasecalError as error:
        raise CommandFailed([Problem(Place(name), str(error), _REMEDY)]) from None
    click.echo(f"{name} has accepted a message")


def _send(notifier: Notifier) -> None:
    try:
        click.echo(f"messages accepted: {notifier.round()}")
    except RefreshRunning:
        click.echo("another process sends them")


def _list(notifier: Notifier, store: Store) -> None:
    states = store.ask(outbox.states)
    rows, problems = [], []
    for target in notifier.targets:
        state = states.get(target.name, outbox.TargetState())
        what = target.lacking or state.problem
        numbers = (
            str(state.waiting),
            moment_in_words(state.due),
            moment_in_words(state.sent),
            str(state.given_up),
        )
        rows.append((target.name, target.type, *numbers, what))
        problems += [Problem(Place(target.name), what)] if what else []
    print_table(_COLUMNS, rows)
    if problems:
        raise CommandFailed(problems)
