"""All rules about the text of a feed, in their order, and a feed held to them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from releasecal.lint.calendar_rules import CALENDAR_RULES
from releasecal.lint.event_rules import EVENT_RULES
from releasecal.lint.feed_text import FeedText, read_feed
from releasecal.lint.octet_rules import OCTET_RULES
from releasecal.lint.property_rules import VALUE_RULES
from releasecal.lint.rule import LintFinding, LintRule
from releasecal.lint.time_rules import TIME_RULES

RULES: tuple[LintRule[FeedText], ...] = (
    *OCTET_RULES,
    *VALUE_RULES,
    *CALENDAR_RULES,
    *EVENT_RULES,
    *TIME_RULES,
)
"""The rules; one row is all there is to a rule."""

MAX_FINDINGS = 1_000
"""Findings of one rule, at most."""


def lint(octets: bytes, now: datetime) -> Sequence[LintFinding]:
    """
    Return the places at which *octets*, read at *now*, break rules: by place, at most 1,000 times each.

    What is no calendar breaks one rule only.
    """
    feed = read_feed(octets, now)
    rules = RULES if feed.calendars else OCTET_RULES[:1]
    found = [
        LintFinding(rule, fault)
        for rule in rules
        for fault in islice(rule.check(feed), MAX_FINDINGS)
    ]
    return sorted(found, key=lambda each: (each.fault.line, each.fault.column))
