"""Commands about anybody's feeds: lint and diff."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from itertools import groupby
from typing import ParamSpec

import click

from releasecal.cli.shared_by_commands import WrongUsage
from releasecal.clock import now
from releasecal.errors import Place, Problem, SourceError
from releasecal.lint.feed_diff import FeedChange, differences
from releasecal.lint.feed_source import is_address, octets_of, served
from releasecal.lint.feed_text import FeedText, read_feed
from releasecal.lint.http_rules import HTTP_RULES
from releasecal.lint.linter import lint as faults_of
from releasecal.lint.rule import LintFinding, Severity

_MAX_ALIKE = 10
_MAX_CONTENT = 100  # characters
P = ParamSpec("P")

_FORMAT = click.option(
    "--format", "form", type=click.Choice(["human", "json"]), default="human", show_default=True
)
_PRIVATE = click.option(
    "--allow-private", is_flag=True, help="Ask addresses in your own network, too, and plain http."
)


def _readable(function: Callable[P, None]) -> Callable[P, None]:
    """Return *function* with exit status 2 for what cannot be read."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except SourceError as error:
            raise WrongUsage(error.problems) from error

    return run


@click.command()
@click.argument("feed", metavar="FILE|URL")
@_FORMAT
@click.option(
    "--fail-on",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="The least that makes the exit status 1.",
)
@_PRIVATE
@_readable
def lint(feed: str, form: str, fail_on: str, *, allow_private: bool) -> None:
    """
    Say what calendar clients will do with anybody's feed, and where it breaks rules.

    Each finding is file:line:column: severity rule: what (what would do); then the content line, and
    what clients do. Of an address the server's answers are judged, too. The rules are in
    docs/lint.md. Exit status: 0 nothing as bad as --fail-on, 1 something is, 2 it cannot be read.

    \b
    Examples:
      releasecal lint calendar.ics
      releasecal lint --fail-on error https://films.example/calendar.ics
      releasecal lint --format json webcal://films.example/calendar.ics
    """
    found = _findings(feed, allow_private=allow_private)
    counts = Counter(each.rule.severity for each in found)
    if form == "json":
        told = {each.value: counts[each] for each in Severity}
        _print_json({"feed": feed, "counts": told, "findings": list(map(_finding_as_json, found))})
    else:
        _print_findings(feed, found)
        click.echo(_verdict(counts))
    if any(severity.counts(Severity(fail_on)) for severity in counts):
        raise click.exceptions.Exit(1)


def _findings(feed: str, *, allow_private: bool) -> Sequence[LintFinding]:
    if not is_address(feed):
        return faults_of(octets_of(feed, now, allow_private=allow_private), now())
    answers = served(feed, now, allow_private=allow_private)
    found = [LintFinding(rule, fault) for rule in HTTP_RULES for fault in rule.check(answers)]
    return [*found, *faults_of(answers.plain.data, now())] if answers.is_there else found


def _print_findings(feed: str, found: Sequence[LintFinding]) -> None:
    """Print *found* by rule, in the order of their first places; ten of a rule at most."""
    first = {each.rule.id: number for number, each in reversed(list(enumerate(found)))}
    by_rule = sorted(found, key=lambda each: first[each.rule.id])
    for _, group in groupby(by_rule, key=lambda each: each.rule.id):
        alike = list(group)
        for each in alike[:_MAX_ALIKE]:
            click.echo(each.problem(feed))
            if each.fault.content:
                click.echo(f"    {_visible(each.fault.content)}")
        if len(alike) > _MAX_ALIKE:
            click.echo(f"    and {len(alike) - _MAX_ALIKE:,} more like these")
        rule = alike[0].rule
        click.echo(f"    clients: {rule.clients} [{rule.source}]")


def _visible(content: str, most: int = _MAX_CONTENT) -> str:
    """Return *content* for a terminal: short, and without characters that steer it."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in content[:most]
    )


def _verdict(counts: Counter[Severity]) -> str:
    told = [
        f"{counts[each]:,} {each.value}{'s' * (counts[each] != 1)}"
        for each in Severity
        if counts[each]
    ]
    return ", ".join(told) or "nothing wrong"


def _finding_as_json(found: LintFinding) -> dict[str, object]:
    rule, fault = found.rule, found.fault
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "line": fault.line,
        "column": fault.column,
        "what": found.what,
        "content": fault.content,
        "source": rule.source,
        "clients": rule.clients,
        "remedy": rule.remedy,
    }


def _print_json(value: object) -> None:
    text = json.dumps(value, indent=2)  # ASCII: a feed's octets may be no characters
    click.echo(text)


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@_FORMAT
@_PRIVATE
@_readable
def diff(before: str, after: str, form: str, *, allow_private: bool) -> None:
    """
    Say what subscribers of feed A see once it has become B: files or addresses.

    What moves, vanishes, doubles, is renamed, cancelled or back, and what some clients pass over,
    for SEQUENCE or LAST-MODIFIED do not say that it is new. Exit status: 0 subscribers see what has
    changed, 1 something misleads them, 2 a feed cannot be read.

    \b
    Examples:
      releasecal diff yesterday.ics today.ics
      releasecal diff calendar.ics https://films.example/calendar.ics
    """
    moment = now()
    old, new = (_read(name, moment, allow_private=allow_private) for name in (before, after))
    found = differences(old, new)
    if form == "json":
        _print_json(
            {"before": before, "after": after, "changes": list(map(_change_as_json, found))}
        )
    else:
        _print_changes(after, found)
    if any(change.misleads for change in found):
        raise click.exceptions.Exit(1)


def _read(name: str, moment: datetime, *, allow_private: bool) -> FeedText:
    """Return the feed *name*; what is no calendar shows subscribers nothing that could differ."""
    feed = read_feed(octets_of(name, now, allow_private=allow_private), moment)
    if not feed.calendars:
        what = "is no calendar: nothing begins with BEGIN:VCALENDAR"
        raise SourceError(Problem(Place(name), what, "releasecal lint says what clients do"))
    return feed


def _print_changes(after: str, found: Sequence[FeedChange]) -> None:
    for change in found:
        click.echo(f"{Place(after, change.line, 1)}: {_visible(change.in_words, 3 * _MAX_CONTENT)}")
        if change.kind.misleads:
            click.echo(f"    subscribers see {change.kind.seen}")
        for fault in change.faults:
            click.echo(f"    {fault.value}: {fault.clients} ({fault.remedy})")
    if not found:
        click.echo("subscribers see no difference")


def _change_as_json(change: FeedChange) -> dict[str, object]:
    return {
        "change": change.kind.value,
        "seen": change.kind.seen,
        "misleads": change.misleads,
        "uid": change.uid,
        "title": change.title,
        "line": change.line,
        "from": change.old,
        "to": change.new,
        "faults": [
            {"fault": fault.value, "clients": fault.clients, "remedy": fault.remedy}
            for fault in change.faults
        ],
    }
