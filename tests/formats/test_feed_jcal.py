"""jCal: the calendar of a feed in JSON, which another library turns into ours."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from icalendar import Calendar

from releasecal.formats import feed_jcal, ics
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import Undated
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from support.build import NOW, opening, publish

SITE = SiteSettings(public_url="https://films.example")
FILMS = (opening("2027-07-14"),)
VALUE = re.compile(rb"(?<=[A-Z]);VALUE=(DATE|DURATION|URI|TEXT)(?=:)")
HARD = 'A, B; C: "D" \\ E\nF 🎬'


def feed(query=EVERYTHING, *, films=FILMS, path="/calendar", **facts):
    entries = tuple(publish(*films).entries.values())
    return Feed(SITE, query, "Films", path, NOW.date(), entries, NOW, **facts)


FEEDS = {
    "plain": feed(),
    "hard text": feed(films=(opening("2027-07-14", title=HARD, genres=("spy", "a, b")),)),
    "alarms": feed(FeedQuery(alarm=(timedelta(days=-1), timedelta(hours=9)))),
    "language": feed(FeedQuery(lang="de", emoji=True)),
    "a month": feed(FeedQuery(undated=Undated.SPAN), films=(opening("2027-07"),)),
    "a day that is gone": feed(films=(opening("2022-01-01", "2027-07-14", "2028-01-01"),)),
    "cut": replace(
        feed(films=tuple(opening(f"2027-07-{day:02}", id_=f"f{day:02}") for day in range(1, 31))),
        site=replace(SITE, limits=SizeLimits(octets=20_000)),
        left_out=7,
    ),
    "old": feed(stale_since=NOW - timedelta(days=9), stale_changed=NOW, left=NOW),
    "out of range": feed(
        films=(opening("1969-05-05", id_="film"), opening("2039-05-05", id_="far")),
        path="/films/film",
    ),
    "nothing": feed(films=()),
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_a_library_makes_the_same_calendar_of_both(feed):
    """Icalendar reads equal calendars from jCal and from iCalendar, alarms and notices included."""
    told = Calendar.from_jcal(feed_jcal.render(feed).decode())

    if feed is not FEEDS["cut"]:  # each has room for its own number of events
        assert lines(told.to_ical()) == lines(Calendar.from_ical(ics.render(feed)).to_ical())
    assert json.loads(json.dumps(told.to_jcal())) == sorted_as(told, feed_jcal.render(feed))


def lines(octets):
    """Return the content lines of a calendar, sorted, without VALUE, which jCal has as a type."""
    return sorted(VALUE.sub(b"", octets.replace(b"\r\n ", b"")).splitlines())


def sorted_as(calendar, octets):
    """Return the jCal in *octets* with its properties in the order that icalendar gives them."""

    def ordered(read, told):
        order = [name.lower() for name, _ in read.items()]
        name, properties, components = told
        assert {each[0] for each in properties} == {*order}
        pairs = zip(read.subcomponents, components, strict=True)
        return [
            name,
            sorted(properties, key=lambda each: order.index(each[0])),
            [ordered(*pair) for pair in pairs],
        ]

    return ordered(calendar, json.loads(octets))


def test_the_type_of_a_value_stands_beside_its_name():
    """In the place of VALUE; what iCalendar has no type for is the text of its line."""
    _, properties, events = json.loads(feed_jcal.render(FEEDS["hard text"]))
    told = {name: rest for name, *rest in properties + events[0][1]}

    assert told["refresh-interval"] == [{}, "duration", "PT12H"]
    assert told["source"] == [{}, "uri", "https://films.example/calendar.ics"]
    assert told["dtstart"] == [{}, "date", "2027-07-14"]
    assert told["last-modified"] == [{}, "date-time", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]
    assert told["sequence"] == [{}, "integer", 0]
    assert told["categories"] == [{}, "text", "Theatrical", "Spy", "A, b"]
    assert told["summary"][2].startswith(HARD.replace("\n", " ")[:3])
    assert told["x-microsoft-cdo-alldayevent"] == [{}, "unknown", "TRUE"]
    assert "\\," in told["x-wr-caldesc"][2]


def test_no_document_is_longer_than_the_limit():
    """The nearest events stay, and a notice counts the others."""
    feed = FEEDS["cut"]
    octets = feed_jcal.render(feed)
    _, _, events = json.loads(octets)
    days = [value for _, told, _ in events for name, _, _, value in told if name == "dtstart"]

    assert 10_000 < len(octets) <= 20_000
    assert days[-1] == str(NOW.date())
    assert days[:-1] == [f"2027-07-{day:02}" for day in range(1, len(days))]
    (notice,) = [
        each
        for each in events
        if each[1][0][:3] == ["summary", {}, "text"] and "left" in each[1][0][3]
    ]
    assert f"{7 + 30 - len(days) + 1} releases left out" in notice[1][0][3]


def test_a_day_of_the_past_is_left_out_as_in_icalendar():
    """1970 to 2037, and a film's own feed says so."""
    uids = [
        value
        for _, told, _ in json.loads(feed_jcal.render(FEEDS["out of range"]))[2]
        for name, _, _, value in told
        if name == "uid"
    ]

    assert uids == ["notice.before@releasecal", "notice.after@releasecal"]
    assert date(1969, 5, 5).isoformat() not in feed_jcal.render(FEEDS["out of range"]).decode()
