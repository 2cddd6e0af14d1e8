"""The manual page, made from the commands: roff with the macros of man(7)."""

import inspect
import re
from collections.abc import Iterator

import click

import releasecal
from releasecal.cli import main
from releasecal.settings import CONFIG, CONFIG_FILE, variables

_FILES = {
    str(CONFIG_FILE): f"settings, under the names of the variables; {CONFIG} names another file",
    "data": "the folder of data files, unless settings name other sources",
    "state": "the folder of the database and of the refresh token, unless a setting names another",
}


def man_page() -> str:
    """Return the page: all commands with their options, settings and files."""
    root = click.Context(main, info_name="releasecal")
    lines = [
        f'.TH RELEASECAL 1 "" "releasecal {releasecal.__version__}" "User Commands"',
        ".SH NAME",
        rf"releasecal \- {_text(str(releasecal.__doc__).rstrip('.'))}",
        ".SH SYNOPSIS",
        r".B releasecal",
        r".I command",
        r"[\fIargument\fR ...]",
        ".SH DESCRIPTION",
        *_prose(main.help),
        ".SH COMMANDS",
    ]
    for name, command in main.commands.items():
        lines += _command(name, command, root)
        for below, each in command.commands.items() if isinstance(command, click.Group) else ():
            lines += _command(f"{name} {below}", each, root)
    for heading, rows in (("ENVIRONMENT", variables()), ("FILES", _FILES)):
        lines.append(f".SH {heading}")
        for name, meaning in rows.items():
            lines += _item(name, meaning)
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command, root: click.Context) -> Iterator[str]:
    """Yield the section of the *command* with that *name*."""
    context = click.Context(command, info_name=name, parent=root)
    yield f".SS {_text(' '.join([name, *command.collect_usage_pieces(context)]))}"
    yield from _prose(command.help)
    for option in command.params:
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record:
            yield from _item(*record)


def _prose(text: str | None) -> Iterator[str]:
    """Yield the paragraphs of a command's help; those that begin with a backspace stay as they are."""
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        yield ".PP"
        if paragraph.startswith("\b\n"):
            yield from (".nf", *map(_text, paragraph.splitlines()[1:]), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))


def _item(term: str, meaning: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{_text(term)}\fR", _text(meaning))


def _text(text: str) -> str:
    """Return *text* so that roff shows it as it is: hyphens that can be copied, no commands."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^(?=[.'])", r"\\&", text)
