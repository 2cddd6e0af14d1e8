"""docs/lint.md is true: its tables are those of the rules and of the changes."""

import re
from collections import Counter

from releasecal.lint.feed_diff import DiffKind
from releasecal.lint.http_rules import HTTP_RULES
from releasecal.lint.linter import RULES
from support.paths import ROOT

PAGE = ROOT / "docs" / "lint.md"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _rows(rules) -> str:
    return "".join(
        f"| `{rule.id}` | {rule.severity.value} | {_cell(rule.what)} | {_cell(rule.source)} "
        f"| {_cell(rule.clients)} | {_cell(rule.remedy)} |\n"
        for rule in rules
    )


def _changes() -> str:
    return "".join(
        f"| {kind.value} | {kind.seen}{' (misleads)' if kind.misleads else ''} |\n"
        for kind in DiffKind
    )


def test_the_page_has_all_rules(request):
    """The page has each rule and each kind of change with all that the code says of it."""
    tables = {
        "diff": _changes(),
        "Rules of feeds": _rows(RULES),
        "Rules of servers": _rows(HTTP_RULES),
    }
    text = PAGE.read_text(encoding="utf-8")
    right = text
    for heading, rows in tables.items():
        pattern = rf"(\n## {heading}\n\n\|.*\n\| --- .*\n)(?:\|.*\n)*"
        right = re.sub(pattern, lambda found, rows=rows: found[1] + rows, right, count=1)

    if request.config.getoption("--update-golden"):
        PAGE.write_text(right, encoding="utf-8")
    else:
        assert text == right, "pytest --update-golden rewrites it"


def test_ids_of_rules_are_unique():
    """An id names one rule, in small letters."""
    rules = [*RULES, *HTTP_RULES]

    assert [id_ for id_, count in Counter(rule.id for rule in rules).items() if count > 1] == []
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", rule.id) for rule in rules)


def test_every_rule_says_all():
    """Each rule has its source, what clients do, and what would do."""
    for rule in (*RULES, *HTTP_RULES):
        assert all((rule.what, rule.source, rule.clients, rule.remedy)), rule.id
