"""The default data: every fact of the article, and nothing else."""

from datetime import date

import pytest

from releasecal.core.catalogue import merge
from releasecal.core.editions import NOTHING
from releasecal.core.languages import ENGLISH, LANGUAGES
from releasecal.core.models import Bound, Certainty
from releasecal.core.revise import revise
from releasecal.formats import FORMATS, ics
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.sources import read
from support.build import NOW, POLICY
from support.paths import DATA
from support.readers import READERS

ARTICLE = date(2022, 3, 25)


@pytest.fixture(scope="module")
def films():
    return merge(read([str(DATA)])).films


@pytest.fixture(scope="module")
def edition():
    published, _ = revise(NOTHING, merge(read([str(DATA)])), now=NOW, policy=POLICY)
    return published


def test_the_feed_has_the_four_dates_of_the_article(edition):
    """The feed has the article's four dates, each once."""
    assert {str(key): str(entry.shown) for key, entry in edition.entries.items()} == {
        "mission-impossible-7.streaming.us.paramount-plus": "2023-08-28",
        "mission-impossible-7.theatrical.us": "2023-07-14",
        "mission-impossible-8.theatrical.us": "2024-06-28",
        "top-gun-maverick.theatrical.us": "2022-05-27",
    }


@pytest.mark.parametrize("extension", FORMATS)
def test_the_feed_has_its_golden_bytes(edition, extension, golden):
    """The article's feed, to the byte, in every format."""
    feed = Feed(
        SiteSettings(),
        EVERYTHING,
        "Films",
        "/calendar",
        NOW.date(),
        tuple(edition.entries.values()),
        NOW,
        films=edition.films,
    )

    golden(f"article.{extension}", FORMATS[extension].render(feed))


@pytest.mark.parametrize("lang", sorted({*LANGUAGES} - {ENGLISH.code}))
def test_the_feed_has_its_golden_bytes_in_each_language(edition, lang, golden):
    """The article's feed, in the words of each language."""
    query, entries = FeedQuery(lang=lang), tuple(edition.entries.values())
    feed = Feed(SiteSettings(), query, "Films", "/calendar", NOW.date(), entries, NOW)

    golden(f"article.{lang}.ics", ics.render(feed))


@pytest.mark.parametrize("reader", READERS)
def test_every_parser_reads_the_four_events(edition, reader, require):
    """Independent parsers read the four events, with their uncertainty in words."""
    parser = READERS[reader]
    require(reader, found=parser.is_there(), remedy=parser.remedy)
    entries = tuple(edition.entries.values())
    document = ics.render(
        Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", NOW.date(), entries, NOW)
    )

    events = {event.uid.removesuffix("@releasecal"): event for event in parser.read(document)}

    streaming = events["mission-impossible-7.streaming.us.paramount-plus"]
    assert streaming.first == date(2023, 8, 28)
    assert streaming.status == "TENTATIVE"
    assert "Not announced" in streaming.description
    assert "45 days after 14 Jul 2023" in streaming.description
    assert "disputed" in streaming.description
    theatrical = events["mission-impossible-7.theatrical.us"]
    assert (theatrical.first, theatrical.status, theatrical.sequence) == (
        date(2023, 7, 14),
        "CONFIRMED",
        4,
    )
    assert "Moved from 30 Sep 2022 to 14 Jul 2023, announced by 25 Mar 2022: COVID-19 pandemic" in (
        theatrical.description
    )
    sequel = events["mission-impossible-8.theatrical.us"]
    assert {"Theatrical", "Sequel", "Mission: Impossible"} <= set(sequel.categories)
    assert sequel.first == date(2024, 6, 28)
    assert events["top-gun-maverick.theatrical.us"].first == date(2022, 5, 27)
    assert len(events) == 4


def test_the_sequel_refers_to_the_film_it_follows(edition):
    """RELATED-TO ties the eighth film to the seventh."""
    related = {
        str(key): list(map(str, entry.facts.related)) for key, entry in edition.entries.items()
    }

    assert related["mission-impossible-8.theatrical.us"] == ["mission-impossible-7.theatrical.us"]


def test_the_seventh_film_has_its_delays(films):
    """Four delays with the pandemic as their reason; two of the dates went to Maverick."""
    seven = films["mission-impossible-7"]
    (opening,) = seven.releases

    assert [(str(rev.when), rev.slot_to) for rev in opening.history] == [
        ("2021-07-23", ""),
        ("2021-11-19", "top-gun-maverick"),
        ("2022-05-27", "top-gun-maverick"),
        ("2022-09-30", ""),
        ("2023-07-14", ""),
    ]
    assert all("COVID-19" in rev.reason for rev in opening.history[1:])
    assert str(seven.production.wrapped) == "2021-09"
    assert "delays" in seven.production.note


def test_the_window_is_disputed(films):
    """At least 45 days to Paramount+, disputed, the dispute postponed."""
    (window,) = films["mission-impossible-7"].windows

    assert (window.days, window.bound, window.channel) == (45, Bound.AT_LEAST, "Paramount+")
    assert window.disputed
    assert "Tom Cruise" in window.note
    assert "until the film is finished" in window.note


def test_the_cast_is_complete(films):
    """Everybody the article names, with the role or that it is undisclosed."""
    cast = {role.name: role for role in films["mission-impossible-7"].cast}

    assert {name: role.role for name, role in cast.items() if role.role} == {
        "Tom Cruise": "Ethan Hunt",
        "Henry Czerny": "Eugene Kittridge",
        "Simon Pegg": "Benji Dunn",
        "Rebecca Ferguson": "Ilsa Faust",
        "Ving Rhames": "Luther Stickell",
        "Vanessa Kirby": "Alanna Mitsopolis",
    }
    assert {name for name, role in cast.items() if role.undisclosed} == {
        "Pom Klementieff",
        "Shea Whigham",
        "Rob Delaney",
        "Charles Parnell",
        "Indira Varma",
        "Mark Gatiss",
        "Cary Elwes",
        "Lampros Kalfuntzos",
        "Greg Tarzan Davis",
    }


def test_the_sequel_has_its_facts(films):
    """It follows the seventh, was delayed by the pandemic, and is a send-off as well."""
    eight = films["mission-impossible-8"]
    (opening,) = eight.releases

    assert eight.follows == "mission-impossible-7"
    assert (str(opening.current.when), opening.current.delayed) == ("2024-06-28", True)
    assert "COVID-19" in opening.current.reason
    for film in (eight, films["mission-impossible-7"]):
        assert any("send-off to Ethan Hunt" in note.text for note in film.notes)


def test_maverick_took_two_dates(films):
    """It took two dates of the seventh film."""
    (opening,) = films["top-gun-maverick"].releases

    assert [(str(rev.when), rev.slot_from) for rev in opening.history] == [
        ("2021-11-19", "mission-impossible-7"),
        ("2022-05-27", "mission-impossible-7"),
    ]


def test_every_fact_has_its_source(films):
    """Every fact cites the article, and was announced by its day."""
    for film in films.values():
        assert (film.source, film.as_of) == ("article", ARTICLE)
        facts = [*film.notes, *film.windows, *([film.production] if film.production else [])]
        for release in film.releases:
            facts += release.history
            assert release.current.certainty is Certainty.CONFIRMED
        assert {(fact.source, fact.as_of) for fact in facts} == {("article", ARTICLE)}
