"""Rules of lint: each finds its fault, alone, and says where it is."""

from datetime import UTC, datetime

import pytest

from releasecal.lint.linter import RULES, lint
from support.broken_feeds import BREAKS, GOOD

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CASES = [(rule, number) for rule, breaks in BREAKS.items() for number in range(len(breaks))]


def test_a_good_feed_breaks_no_rule():
    """A feed with days, times, zones, recurrences and a cancelled event is clean."""
    assert lint(GOOD, NOW) == []


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_a_fault_breaks_its_rule_alone(rule, number):
    """A feed with one fault has findings of the rule about it, and of no other."""
    found = lint(BREAKS[rule][number](GOOD), NOW)

    assert {each.rule.id for each in found} == {rule}, [str(f.problem("feed")) for f in found]


def test_every_rule_has_its_fault():
    """Each rule is broken by a feed of its own, and each such feed breaks a rule that is there."""
    assert [rule.id for rule in RULES] == list(BREAKS)
