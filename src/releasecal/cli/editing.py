"""Commands that write data files: add and import."""

import os
from collections.abc import Mapping
from datetime import date
from itertools import chain

import click

from releasecal.clock import now
from releasecal.core.reading_date_phrases import read_date
from releasecal.settings import Settings
from releasecal.sources.add_announcement import (
    Announcement,
    date_before,
    file_of,
    problem_with,
    with_announcement,
)
from releasecal.sources.file_writing import rewrite, write_new
from releasecal.sources.files import snapshots
from releasecal.sources.table_to_yaml import imported

_QUESTIONS: Mapping[str, str] = {
    "film": "Film (its id or title)",
    "kind": "Kind (theatrical, streaming …)",
    "region": "Region (US, DE; 001 for everywhere)",
    "when": "When (2027-05-14, 2027-05, 2027-Q2, 2027; nothing for no date)",
    "as_of": "Announced on",
    "address": "Where that can be read (may be nothing)",
    "quote": "In which words (may be nothing)",
}
_NEEDED = ("film", "kind", "region", "when")


@click.command()
@click.option("--film", help="Id or title of the film.")
@click.option("--title", default="", help="Title of a film that is new.")
@click.option("--kind", help="Such as theatrical, streaming.")
@click.option("--region", help="Such as US, or 001 for everywhere at once.")
@click.option("--channel", default="", help="Where it is shown, such as Paramount+.")
@click.option("--when", help="Such as 2027-05-14, 2027-05, 2027-Q2 or 2027; empty for no date.")
@click.option("--as-of", help="Day of the announcement; default: today.")
@click.option("--address", help="Where it can be read.")
@click.option("--quote", help="The announced wording.")
@click.option("--reason", default="", help="Why the date moved.")
@click.option("--file", "path", help="Data file to write into, where that is not clear.")
def add(path: str | None, **given: str | None) -> None:
    """
    Add one announced date to a data file in YAML, and ask for what is not given.

    All else in the file stays as it stands: comments, order and layout.

    \b
    Examples:
      releasecal add
      releasecal add --film dune --kind theatrical --region US --when 2027-05-14
      releasecal add --film dune-4 --title "Dune 4" --kind theatrical --region US --when 2029
    """
    today, is_asked = now().date(), any(given[name] is None for name in _NEEDED)
    told = {
        name: _asked(name, value, today) if is_asked else value for name, value in given.items()
    }
    said = Announcement(
        **{"as_of": str(today), **{name: text for name, text in told.items() if text}}
    )
    addresses = [path] if path else Settings.read(os.environ).sources
    files = list(chain.from_iterable(map(snapshots, addresses)))
    file = file_of(files, said.film, is_new=bool(said.title))
    text = with_announcement(file, said, today)
    line = f"{said.title or said.film}, {said.kind} ({said.region}): {_with_weekday(said.when)}"
    before = date_before(file, said)
    click.echo(line + (f", before: {_with_weekday(str(before))}" if before else ""))
    if is_asked and not click.confirm(f"Write that into {file.origin}?", default=True):
        return
    rewrite(file.origin, file.data, text)
    click.echo(f"{file.origin} has it")


def _asked(name: str, given: str | None, today: date) -> str | None:
    """Return the value of an option of `add`: the *given* one, or the answer to its question."""
    if given is not None or name not in _QUESTIONS:
        return given

    def checked(answer: str) -> str:
        answer = answer.strip()
        if found := problem_with(name, answer):
            raise click.UsageError(found)
        if name == "when" and answer:
            click.echo(f"  {_with_weekday(answer)}")
        return answer

    default = {"film": None, "kind": "theatrical", "as_of": str(today)}.get(name, "")
    is_shown = bool(default)
    return str(click.prompt(_QUESTIONS[name], default, value_proc=checked, show_default=is_shown))


def _with_weekday(when: str) -> str:
    """Return the date that *when* spells in words, a day with its weekday."""
    if not when:
        return "no date yet"
    spelt = read_date(when)
    return (f"{spelt.first:%A}, " if spelt.is_day else "") + spelt.in_words


@click.command("import")
@click.argument("file")
@click.option("--output", metavar="PATH", help="New file to write; default: standard output.")
@click.option("--dates", help="How it writes days: D.M.YYYY, M/D/YYYY, MMM D, YYYY.")
@click.option("--kind", help="Kind of the releases whose row has none.")
@click.option("--region", help="Region of the releases whose row has none.")
@click.option("--channel", help="Channel of the releases whose row has none.")
@click.option("--sheet", help="The sheet to read, if it is not the first one.")
def import_(file: str, output: str | None, **told: str | None) -> None:
    """
    Write the table or calendar FILE as a data file in YAML, once, to go on with by hand.

    What is wrong in it is left out and said (exit status 1). The file of --output must not
    exist yet.

    \b
    Examples:
      releasecal import films.xlsx --kind theatrical --region DE
      releasecal import films.csv --dates D.M.YYYY --output data/films.yaml
    """
    given = {name: value for name, value in told.items() if value is not None}
    found = imported(file, given)
    if output:
        write_new(output, found.text)
    else:
        click.echo(found.text, nl=False)
    for problem in (*found.left_out, *found.notes):
        click.echo(problem, err=True)
    if found.left_out:
        raise click.exceptions.Exit(1)
