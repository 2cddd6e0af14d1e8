"""The properties of a calendar itself: what it selects, from where, and since when."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar

from releasecal.formats import ics
from releasecal.formats.content_lines import unescape
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings
from support.build import DAY, NOW, opening, publish

SITE = SiteSettings(public_url="https://films.example")
EDITION = publish(opening("2027-07-14"))
FEED = Feed(
    SITE,
    FeedQuery(region=("US",)),
    "Film releases · US",
    "/calendar",
    NOW.date(),
    tuple(EDITION.entries.values()),
    NOW,
)


def calendar(feed):
    return Calendar.from_ical(ics.render(feed))


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (
            FEED,
            (
                "Release dates of films: US (?region=US). Each event names the sources of its date. "
                "When a date moves, its event moves; calendar programs are asked to look again after "
                "12 hours. Published by Film releases, https://films.example/"
            ),
        ),
        (
            replace(
                FEED,
                query=FeedQuery(lang="de"),
                title="Film releases",
                site=replace(SITE, ask_every=timedelta(minutes=90)),
            ),
            (
                "Starttermine von Filmen: alle bekannten (?lang=de). Jeder Eintrag nennt die Quellen "
                "seines Termins. Verschiebt sich ein Termin, verschiebt sich sein Eintrag; "
                "Kalenderprogramme sollen nach 90 Minuten wieder nachsehen. Herausgegeben von Film "
                "releases, https://films.example/"
            ),
        ),
    ],
)
def test_a_calendar_says_what_it_selects_from_where_and_how_often(feed, words):
    """By both names of the property, in the language of the feed."""
    made = calendar(feed)

    assert made["DESCRIPTION"] == words
    assert unescape(str(made["X-WR-CALDESC"])) == words


def test_a_name_with_commas_is_no_part_of_the_selection():
    """A calendar's name has none, but the site's may."""
    site = replace(SITE, name="Films, series; all")

    made = calendar(replace(FEED, site=site, title=calendar_name(site, FEED.query, {})))

    assert made["DESCRIPTION"].startswith("Release dates of films: US (?region=US). ")


@pytest.mark.parametrize(
    ("path", "page"),
    [("/calendar", "/"), ("/films/dune", "/films/dune"), ("/series/b", "/series/b")],
)
def test_the_url_of_a_calendar_is_its_page(path, page):
    """SOURCE is the feed, URL the page for people."""
    made = calendar(replace(FEED, path=path))

    assert made["URL"] == f"https://films.example{page}"
    assert made["SOURCE"] == f"https://films.example{path}.ics?region=US"


def test_the_identifier_of_a_calendar_is_that_of_its_selection():
    """Whatever it holds and wherever it is; another selection has another one."""
    same = [
        FEED,
        replace(FEED, entries=(), today=FEED.today + DAY, title="Renamed"),
        replace(FEED, site=replace(SITE, public_url="https://moved.example")),
    ]
    others = [
        replace(FEED, query=EVERYTHING),
        replace(FEED, path="/films/film"),
        replace(FEED, site=replace(SITE, uid_domain="another")),
    ]

    (identifier,) = {str(calendar(feed)["X-WR-RELCALID"]) for feed in same}
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", identifier)
    assert len({identifier, *(str(calendar(feed)["X-WR-RELCALID"]) for feed in others)}) == 4


def test_a_calendar_was_modified_when_its_newest_event_was():
    """Notices count; without any event nothing is said."""
    moved = publish(opening("2027-08-14"), before=EDITION, now=NOW + DAY)
    feed = replace(FEED, entries=tuple(moved.entries.values()), today=NOW.date() + DAY)

    assert calendar(FEED)["LAST-MODIFIED"].dt == NOW
    assert calendar(feed)["LAST-MODIFIED"].dt == NOW + DAY
    late = replace(feed, today=NOW.date() + 30 * DAY, stale_since=NOW)
    assert calendar(late)["LAST-MODIFIED"].dt.date() == late.today
    assert "LAST-MODIFIED" not in calendar(replace(FEED, entries=()))


def test_texts_of_an_event_name_their_language():
    """Where one is asked for: a screen reader then pronounces them right."""
    german = replace(FEED, query=FeedQuery(lang="de"))

    (event,) = calendar(german).walk("VEVENT")
    (plain,) = calendar(FEED).walk("VEVENT")

    assert event["SUMMARY"].params == event["DESCRIPTION"].params == {"LANGUAGE": "de"}
    assert plain["SUMMARY"].params == plain["DESCRIPTION"].params == {}


def test_every_event_is_all_day_for_exchange():
    """Also where only its own property tells it so."""
    (event,) = calendar(FEED).walk("VEVENT")

    assert event["X-MICROSOFT-CDO-ALLDAYEVENT"] == "TRUE"
