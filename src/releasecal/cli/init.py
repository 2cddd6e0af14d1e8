"""The command that begins: init writes first settings and a first data file."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import click

from releasecal.clock import now
from releasecal.core.models import WORLD
from releasecal.errors import Place, Problem, SourceError
from releasecal.settings import CONFIG_FILE
from releasecal.sources.add_announcement import problem_with
from releasecal.sources.file_writing import write_new

_DATA_FILE = Path("data/films.yaml")
_VARIABLE = "TMDB_TOKEN"
_SOURCES = ("file", "tmdb")
_AHEAD = timedelta(days=60)  # of the first film, so that a feed shows it

_SETTINGS = """\
# Settings of releasecal. `releasecal --help` lists all; the environment wins over this file.

RELEASECAL_CALENDAR_NAME = {name}
# RELEASECAL_PUBLIC_URL = "https://films.example"   # as subscribers see it; set it before they come

# Sources, by precedence: the first one that tells of a release decides its date.

[[source]]
type = "files"
address = "data"                # a folder of files kept by hand; they win

{tmdb}
# The library of your Radarr. RADARR_KEY in the environment has its API key.
# [[source]]
# id = "radarr"
# type = "radarr"
# address = "http://localhost:7878"
# allow_private = true
# token_env = "RADARR_KEY"
# region = {region}

# The calendar of a festival or a cinema: each of its events is a release.
# [[source]]
# id = "filmfest"
# type = "ics"
# address = "https://filmfest.example/programme.ics"
# kind = "premiere"
# region = {region}
"""

_TMDB = """\
# TMDB: every film that opens there within 400 days. A token is free of charge:
# https://www.themoviedb.org/settings/api, "API Read Access Token".
[[source]]
id = "tmdb"
type = "tmdb"
token_env = "{variable}"        # the environment variable that holds the token
discover = {{{discover}release_type = [2, 3, 4], days_ahead = 400}}
{regions}every = "8h"
"""

_DATA = """\
# Films kept by hand. `releasecal check` says what is wrong in here, and where;
# `releasecal add` adds a date. This film is an example: change it, or take it out.

films:
  - id: my-first-film           # stays, whatever the film is called
    title: My First Film
    # refs: {{tmdb: 27205, imdb: tt1375666}}   # makes it one with the film of other sources
    releases:
      - kind: theatrical        # premiere, preview, digital, physical, streaming, tv …
        region: {region:<15} # a country, "001" for everywhere at once
        when: {when!s:<17} # or 2027-05, 2027-Q2, 2027-summer, 2027; null for no date
        # When it moves, write all that was announced, oldest first, in the place of when:
        # revisions:
        #   - {{when: {when}, as_of: {today}}}
        #   - {{when: {later}, reason: The dubbing takes longer}}
"""


@click.command()
@click.option("--region", help="Country whose dates count, such as US; 001 for the world.")
@click.option(
    "--source", type=click.Choice(_SOURCES), help="Where dates come from: a file of yours, or TMDB."
)
@click.option("--name", help="Name of the calendar.")
def init(**given: str | None) -> None:
    """
    Write first settings (releasecal.toml) and a first data file into this folder.

    Asks at a terminal for what is not given. Writes over nothing: where a file is there
    already, it says so and leaves all as it is.

    \b
    Examples:
      releasecal init
      releasecal init --region DE --source tmdb --name "Films in Germany"
    """
    for path in (CONFIG_FILE, _DATA_FILE):
        if os.path.lexists(path):
            remedy = "begin in another folder"
            raise SourceError(Problem(Place(str(path)), "exists already", remedy))
    is_asked = sys.stdin.isatty()
    told = {
        name: _answer(name, value, is_asked=is_asked and value is None)
        for name, value in given.items()
    }
    try:
        _DATA_FILE.parent.mkdir(exist_ok=True)
    except OSError as error:
        what = f"no folder can be made there: {error.strerror}"
        raise SourceError(Problem(Place(str(_DATA_FILE.parent)), what)) from error
    write_new(str(_DATA_FILE), _data(told["region"], now().date()))
    write_new(str(CONFIG_FILE), _settings(told))
    click.echo(f"{CONFIG_FILE} has the settings, {_DATA_FILE} the first film. Next:")
    for line in _next_steps(told["source"]):
        click.echo(f"  {line}")


_QUESTIONS: Mapping[str, tuple[str, str]] = {
    "region": ("Country whose dates count (US, DE; 001 for the world)", "US"),
    "source": ("Where dates come from (file: one that you keep; tmdb: TMDB, too)", "file"),
    "name": ("Name of the calendar", "Film releases"),
}
"""By option: the question, and the answer to none."""


def _answer(name: str, given: str | None, *, is_asked: bool) -> str:
    """Return the value of the option *name*: the one *given*, an answer, or the usual one."""
    question, usual = _QUESTIONS[name]
    if is_asked:
        answer: str = click.prompt(question, usual, value_proc=lambda text: _checked(name, text))
        return answer
    return _checked(name, usual if given is None else given)


def _checked(name: str, answer: str) -> str:
    """
    Return *answer* as it is written down.

    Raises:
        UsageError: It is none to that question.
    """
    answer = answer.strip()
    if not answer or not answer.isprintable():
        raise click.UsageError(f"{name}: a text of one line is needed")
    if name == "region":
        if problem_with(name, answer.upper()):
            raise click.UsageError(problem_with(name, answer))
        return answer.upper()
    if name == "source" and answer not in _SOURCES:
        raise click.UsageError(f"there is no {answer!r} (one of {', '.join(_SOURCES)})")
    return answer


def _settings(told: Mapping[str, str]) -> str:
    region = told["region"]
    is_world = region == WORLD
    discover = "" if is_world else f'region = "{region}", '
    regions = "" if is_world else f'regions = ["{region}", "{WORLD}"]\n'
    tmdb = _TMDB.format(variable=_VARIABLE, discover=discover, regions=regions)
    if told["source"] != "tmdb":
        tmdb = "".join(f"# {line}".replace("# # ", "# ") for line in tmdb.splitlines(keepends=True))
    name = json.dumps(told["name"], ensure_ascii=False)
    return _SETTINGS.format(name=name, tmdb=tmdb, region=json.dumps("ZZ" if is_world else region))


def _data(region: str, today: date) -> str:
    when = today + _AHEAD
    code = f'"{region}"' if region == WORLD else region
    later = when + timedelta(days=28)
    return _DATA.format(region=code, when=when, today=today, later=later)


def _next_steps(source: str) -> list[str]:
    tmdb = f"export {_VARIABLE}=…   the API Read Access Token of https://www.themoviedb.org"
    return [
        *([tmdb] if source == "tmdb" else []),
        "releasecal check         says what is wrong with the data",
        "releasecal serve         shows it on http://localhost:8000/, to subscribe to",
    ]
