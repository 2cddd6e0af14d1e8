"""Completion in shells: the command that prints it, and the values of options."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing

import click
from click.shell_completion import CompletionItem, get_completion_class

from releasecal.core.languages import LANGUAGES
from releasecal.errors import ReleasecalError
from releasecal.queries.parameters import KINDS, Names
from releasecal.regions import regions
from releasecal.settings import Settings
from releasecal.store import Store, vocabulary

_VARIABLE = "_RELEASECAL_COMPLETE"  # by which click knows that a shell asks
_SHELLS = ("bash", "zsh", "fish")

_ALWAYS: Mapping[str, Callable[[], Iterable[str]]] = {
    "kind": lambda: KINDS,
    "region": regions,
    "lang": lambda: LANGUAGES,
}
_PUBLISHED = ("film", "series", "genre")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print the program by which SHELL completes commands, options, kinds, regions and ids.

    \b
    Examples:
      releasecal completion bash > ~/.local/share/bash-completion/completions/releasecal
      releasecal completion fish > ~/.config/fish/completions/releasecal.fish
      eval "$(releasecal completion zsh)"     (in ~/.zshrc, after compinit)
    """
    made = get_completion_class(shell)
    assert made is not None, "click knows these shells"
    click.echo(made(context.find_root().command, {}, "releasecal", _VARIABLE).source())


def complete(_: click.Context, option: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the values of the query parameter *option* whose last name begins as in *begun*."""
    before, comma, last = begun.rpartition(",")
    names = sorted(_names(option.name or ""))
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last)]


def _names(parameter: str) -> Iterable[str]:
    """Return the known values of *parameter*: those that there always are, or published ones."""
    if parameter not in _PUBLISHED:
        return _ALWAYS.get(parameter, tuple)()
    try:
        settings = Settings.or_example(os.environ)
        store = Store.existing(settings.database)
        if store is None:
            return ()
        with closing(store):
            names = vocabulary(store, settings.site)[parameter]
            return tuple(names.all()) if isinstance(names, Names) else ()
    except ReleasecalError:  # nobody wants to read of it while they type
        return ()
