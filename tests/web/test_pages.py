"""Pages for people: what they say, how they say it, and what they never do."""

import json
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from releasecal.core.changes import date_in_words
from releasecal.core.dates import PartialDate
from releasecal.core.film_facts import Certification, Link
from releasecal.core.models import (
    Note,
    Production,
    ReleaseKind,
    Role,
    SeriesPlace,
    Status,
    Title,
    Window,
)
from releasecal.errors import RefreshHeld, StoreError, as_problem
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import WELL, RefreshStatus, Store, refresh_status
from releasecal.web import pages
from releasecal.web.pages.subscription_links import Subscription
from support.build import DAY, NOW, film, opening, release, revision
from support.clock import Clock
from support.database import database_url
from support.pages import HOSTILE, IMPRINT, PAGES, RICH, SOURCE, Page, in_order, moved, see
from support.paths import DATA
from support.site import app_of

pytestmark = pytest.mark.slow


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


@pytest.fixture
def article(tmp_path):
    """Return a client of the data that a new installation has."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(DATA)], IMPRINT, lambda: NOW)
    publisher.refresh()
    yield app_of(publisher).test_client()
    store.close()


# ── What the first page says


def test_the_first_page_names_the_site_and_its_purpose(client):
    page = see(client, "/")
    assert page.sections["h1"].startswith("Film releases Release dates as a calendar")


def test_coming_releases_stand_under_their_month_next_first(client):
    coming = see(client, "/").sections["coming"]
    assert in_order(
        coming,
        "November 2026 Tue 24 Nov 2026 Seven & a Half Premiere Italy in 2 days",
        "16 Jul 2027 In cinemas United States Moved from 5 Mar 2027 to 16 Jul 2027",
        "30 Aug 2027 Earliest streaming on Paramount+ United States",
        "December 2026 Fri 25 Dec 2026 Off In cinemas United States in 5 weeks",
        "January 2027",
        "June 2028 Fri 23 Jun 2028 Eight",
    )


def test_undated_releases_stand_best_known_first(client):
    undated = see(client, "/").sections["undated"]
    assert in_order(
        undated,
        "Summer 2027 Season",
        "Q3 2027 Quarter",
        "November 2027 Month",
        "“Thanksgiving 2027”",
        "2029 Year",
        "No date yet Llanfair",
    )


def test_past_releases_stand_under_their_year_latest_first(client):
    """A year that is over is past, though its day was never known."""
    past = see(client, "/").sections["past"]
    assert in_order(past, "2025 Fri 23 May 2025 Past", "2021 2021 Long Past Overdue, no day known")


def test_uncertain_dates_are_marked(client):
    coming = see(client, "/").sections["coming"]
    assert "Open Tentative" in coming
    streaming = see(client, "/?kind=streaming").sections["coming"]
    assert (
        "Seven & a Half Calculated, not announced Disputed Earliest streaming on Paramount+"
        in streaming
    )
    assert "The earliest possible day, 45 days after 16 Jul 2027 in cinemas" in streaming
    assert (
        "30 Aug 2027 Earliest streaming on Paramount+ United States Calculated, not announced"
        in coming
    )
    assert "Eight In cinemas United States in 19 months Sequel to Seven & a Half" in coming
    assert "Year Estimated" not in coming


def test_the_latest_move_is_in_view_and_those_before_it_are_folded(client):
    page = see(client, "/?kind=theatrical")
    latest = "Moved from 5 Mar 2027 to 16 Jul 2027, announced by 6 May 2026: Weather."
    assert latest in page.text
    assert latest not in page.folded
    assert "2 earlier announcements" in page.text
    before = "Moved from 30 Sep 2026 to 5 Mar 2027, announced by 3 Feb 2026: Strike."
    assert in_order(page.folded, before, "Set for 30 Sep 2026.")


def test_a_history_that_only_repeats_the_date_is_left_out(client):
    assert "Set for 23 Jun 2028" not in see(client, "/").text


def test_the_newest_changes_lead_to_their_films(publish):
    """Films that are new are no changes of date."""
    client, _ = publish(RICH, moved(*RICH, eight="2028-05-05"), moved(*RICH, eight="2028-07-07"))
    page = see(client, "/")
    changes = page.sections["changes"]
    assert in_order(
        changes,
        "Eight Delayed Moved from 5 May 2028 to 7 Jul 2028.",
        "published on 22 Nov 2026",
        "Eight Brought forward Moved from 23 Jun 2028 to 5 May 2028.",
        "published on 21 Nov 2026",
    )
    assert "Added" not in changes
    assert "Fri 7 Jul 2028 Eight Moved In cinemas" in page.sections["coming"]
    links = page.links()[::-1]
    assert links[links.index("/changes") + 1] == "/films/eight"


def test_a_derived_date_that_moved_is_still_not_announced(publish):
    later = replace(RICH[0], releases=(release("seven", "2027-09-03"), *RICH[0].releases[1:]))
    changes = see(publish(RICH, (later, *RICH[1:]))[0], "/").sections["changes"]
    assert "Seven & a Half Delayed Calculated, not announced Moved from 30 Aug 2027" in changes


def test_without_changes_there_is_no_heading_for_them(client):
    assert "changes" not in see(client, "/").sections


@pytest.mark.parametrize(
    ("status", "word"), [(Status.CANCELLED, "Cancelled"), (Status.WITHDRAWN, "No longer listed")]
)
def test_a_release_that_is_off_stays_for_a_while_with_a_mark(publish, status, word):
    over = opening("2026-12-25", revision("2026-12-25", status=status), id_="off")
    client, _ = publish(RICH, tuple(over if each.id == "off" else each for each in RICH))
    page = see(client, "/")
    assert f"Fri 25 Dec 2026 Off {word}" in page.sections["coming"]
    assert "line off" in [attrs.get("class") for attrs in page.all("li")]
    assert f"25 Dec 2026 {word}" in see(client, "/films/off").sections["releases"]


def test_a_lapsed_derived_day_is_not_called_withdrawn(tmp_path):
    """It only followed from another, which has no day any more."""
    text = (
        "films:\n"
        "  - {id: off, title: Off, windows: [{to: streaming, days: 45}],\n"
        "     releases: [{kind: theatrical, region: US, when: %s}]}\n"
    )
    data = tmp_path / "films.yaml"
    clock = Clock()
    clock.now = NOW
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], IMPRINT, clock)
    for when in ("2027-03-05", "2027-03"):
        data.write_text(text % when)
        publisher.refresh()
        clock.now += DAY
    page = see(app_of(publisher).test_client(), "/")
    store.close()
    assert (
        "19 Apr 2027 Earliest streaming United States No longer on this day"
        in page.sections["coming"]
    )
    assert "Withdrawn" not in page.text


def test_a_day_that_fell_through_is_struck_and_waits_for_another(publish):
    client, _ = publish(RICH, moved(*RICH, off=""))
    page = see(client, "/")
    assert "Fri 25 Dec 2026 Off No longer on this day" in page.sections["coming"]
    assert "No date yet Off In cinemas" in page.sections["undated"]
    releases = see(client, "/films/off").sections["releases"]
    assert in_order(releases, "No date yet", "No date any more, was 25 Dec 2026.")


TMDB = "sources: [{id: tmdb, machine: true}]\nfilms:\n  - {id: film, title: %s, source: tmdb, releases: [%s]}\n"


@pytest.mark.parametrize(
    ("title", "release_", "sentence"),
    [
        ("Film", "when: 2027-11-09", "Another date is being checked: 9 Nov 2027."),
        ("Film", "when: null", "Being checked: its source gives no date any more."),
        (
            "Film",
            "status: cancelled, when: 2027-11-08",
            "Being checked: its source calls it cancelled.",
        ),
        (
            "Film",
            "certainty: estimated, when: 2027-11-08",
            "Being checked: its source calls the date estimated.",
        ),
        ("Film", None, "Being checked: its source does not list it any more."),
        ("Movie", "when: 2027-11-08", "Another title is being checked: Movie."),
        ("Film", "when: 2027-11-08", ""),
    ],
)
def test_a_page_says_what_is_being_checked(tmp_path, title, release_, sentence):
    """While a machine's change is pending, the film's page and the first one say so."""
    data = tmp_path / "films.yaml"
    clock = Clock()
    clock.now = NOW
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], IMPRINT, clock)
    pages = app_of(publisher).test_client()
    shape = "{kind: theatrical, region: US, %s}"
    data.write_text(TMDB % ("Film", shape % "when: 2027-11-08"))
    publisher.refresh()
    assert "checked" not in see(pages, "/films/film").text
    clock.now += DAY
    data.write_text(TMDB % (title, shape % release_ if release_ else ""))
    publisher.refresh()

    texts = [see(pages, "/").text, see(pages, "/films/film").text]
    store.close()
    for text in texts:
        assert sentence in text
        assert text.count("checked") == bool(sentence)
        assert "8 Nov 2027" in text


@pytest.mark.parametrize("machine", ["true", "false"])
def test_a_page_says_that_a_repeat_waits_for_a_person(tmp_path, machine):
    """With its date, for as long as it is listed; the day on which it came out stays."""
    data, clock = tmp_path / "films.yaml", Clock()
    clock.now = NOW
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], IMPRINT, clock)
    pages = app_of(publisher).test_client()
    text = (TMDB % ("Film", "{kind: theatrical, region: US, when: %s}")).replace("true", machine)
    for day in ("2026-11-20", "2027-06-18"):
        data.write_text(text % day)
        publisher.refresh()
        clock.now += 30 * DAY

    text = see(pages, "/films/film").text
    store.close()
    assert (
        "Waits for a person: 18 Jun 2027 is more than 90 days after it came out, and may be a repeat."
        in text
    )
    assert "20 Nov 2026" in text


def test_a_page_says_what_another_source_says(tmp_path):
    """A film without a date is in no calendar, so its page tells of the date elsewhere."""
    first, second = tmp_path / "own.yaml", tmp_path / "db.yaml"
    film_ = "films: [{id: film, title: Film, source: %s, releases: [%s]}]\n"
    shape = "{kind: theatrical, region: US, when: %s}"
    first.write_text(film_ % ("null", shape % "null"))
    second.write_text(
        "sources: [{id: db, title: The List}]\n" + film_ % ("db", shape % "2027-07-14")
    )
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(first), str(second)], IMPRINT, lambda: NOW)
    report = publisher.refresh()
    pages = app_of(publisher).test_client()

    texts = [see(pages, "/").text, see(pages, "/films/film").text]
    log = see(pages, "/changes?added=1").text
    store.close()
    for text in texts:
        assert text.count("Sources differ: The List says 14 Jul 2027.") == 1
        assert "No date yet" in text
    assert "Another source says 14 Jul 2027; the first one has no date yet." in log
    assert [str(each) for each in report.conflicts] == [
        "film.theatrical.us: no date yet stands, another source says 14 Jul 2027 (db)"
    ]


def test_a_page_of_the_past_alone_says_that_dates_will_appear(article):
    page = see(article, "/")
    assert "No film has a day ahead of today." in page.sections["coming"]
    assert in_order(
        page.sections["past"],
        "2024 Fri 28 Jun 2024 Mission: Impossible 8",
        "2023 Mon 28 Aug 2023 Mission: Impossible 7 Calculated, not announced Disputed",
        "14 Jul 2023 In cinemas United States Moved from 30 Sep 2022 to 14 Jul 2023",
        "2022 Fri 27 May 2022 Top Gun: Maverick",
    )
    assert "undated" not in page.sections


def test_a_page_of_old_sources_says_so_and_opens_with_their_day(article):
    """The shipped article of 2022: its calendar of that day stands beside today's."""
    page = see(article, "/")
    told = page.sections["told"]
    assert in_order(
        told,
        "As of 25 Mar 2022 These dates are from “News article on the release",
        "of 25 Mar 2022; nothing newer is known here.",
        "May 2022 Fri 27 May 2022 Top Gun: Maverick Moved In cinemas United States in 2 months",
        "July 2023 Fri 14 Jul 2023 Mission: Impossible 7 Moved In cinemas United States in 16 months",
        "28 Aug 2023 Earliest streaming on Paramount+ United States",
        "June 2024 Fri 28 Jun 2024 Mission: Impossible 8",
    )
    assert page.text.index("As of 25 Mar 2022") < page.text.index("No film has a day ahead")
    assert "/?as-of=2022-03-25" in page.links()
    assert "told" not in see(article, "/?as-of=2022-03-25").sections


def test_a_page_of_recent_sources_is_of_today_alone(client):
    assert "told" not in see(client, "/").sections


def test_an_empty_catalogue_says_so(publish):
    page = see(publish()[0], "/")
    assert "There are no dates yet." in page.sections["coming"]


def test_a_long_past_is_cut(publish):
    many = tuple(opening(str(date(2026, 1, 1) + n * DAY), id_=f"film-{n:03}") for n in range(110))
    page = see(publish(many)[0], "/")
    assert in_order(page.sections["past"], "Film 109", "Film 086")
    assert "Film 085" not in page.text
    assert "The calendar has 86 more than this page shows." in page.text


def test_films_that_opened_lately_have_their_own_part(publish):
    """Those of the last 30 days, the latest first; older ones stand under their years."""
    told = {
        "today": "2026-11-22",
        "lately": "2026-11-20",
        "first": "2026-10-23",
        "old": "2026-10-22",
    }
    page = see(publish(tuple(opening(day, id_=id_) for id_, day in told.items()))[0], "/")
    assert "Today Sun 22 Nov 2026 Today" in page.sections["coming"]
    assert in_order(page.sections["lately"], "Lately", "First")
    assert "2026 Thu 22 Oct 2026 Old" in page.sections["past"]
    assert "Old" not in page.sections["lately"]


def test_the_next_days_have_names(publish):
    """Today, tomorrow and the rest of this week stand apart, then months follow."""
    days = ("2026-11-23", "2026-11-24", "2026-11-29", "2026-11-30", "2026-12-01")
    films = tuple(opening(day, id_=f"film-{at}") for at, day in enumerate(days))
    client, publisher = publish(films)
    publisher.clock.now = NOW + DAY
    coming = see(app_of(publisher).test_client(), "/").sections["coming"]
    assert in_order(
        coming,
        "Today Mon",
        "Film 0",
        "Tomorrow Tue",
        "Film 1",
        "This week Sun 29",
        "Film 2",
        "November 2026 Mon 30",
        "Film 3",
        "December 2026",
    )
    assert client


def test_a_film_is_one_card_with_its_regions_and_kinds_folded_in(publish):
    """Nine releases of a film are one entry of the list, and each of them can be read there."""
    regions = ("US", "DE", "FR", "IT")
    releases = [release("film", "2027-07-16", region=region) for region in regions]
    releases += [
        release("film", "2027-09-01", kind=ReleaseKind.DIGITAL, region=region) for region in regions
    ]
    releases += [release("film", "2027-10-01", kind=ReleaseKind.PHYSICAL, region="US")]
    client, _ = publish((film("film", *releases),))
    page = see(client, "/", headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}, lang="en")
    coming = page.sections["coming"]
    assert coming.count("Film In cinemas") == 1
    assert in_order(
        coming,
        "In cinemas Germany",
        "France",
        "Italy",
        "United States",
        "in 8 months",
        "1 Sep 2027 To rent or buy Germany",
        "1 Oct 2027 On disc United States",
    )


def test_each_part_of_a_long_page_has_the_nearest_lines(publish):
    """Next first, latest first, the best known first; what is overdue counts with the past."""
    soon = tuple(opening(str(date(2026, 11, 23) + n * DAY), id_=f"soon-{n:03}") for n in range(101))
    vague = tuple(opening(f"{2030 + n}", id_=f"vague-{n:03}") for n in range(101))
    late = tuple(opening(f"{1900 + n}", id_=f"late-{n:03}") for n in range(102))
    never = (opening("", id_="aaa"),)
    page = see(publish((*soon, *vague, *late, *never))[0], "/")
    assert in_order(page.sections["coming"], "Soon 000", "Soon 039")
    assert in_order(page.sections["undated"], "2030 Vague 000", "2049 Vague 019")
    assert in_order(page.sections["past"], "2001 Late 101 Overdue", "1978 Late 078 Overdue")
    for left_out in ("Soon 040", "Vague 020", "Late 077", "Aaa"):
        assert left_out not in page.text
    assert "The calendar has 61 more than this page shows." in page.text
    assert len(page.source.encode()) < 100_000


def test_an_import_of_many_films_does_not_push_a_move_out(publish):
    many = tuple(opening("2027-01-01", id_=f"film-{n:03}") for n in range(300))
    later = moved(*RICH, eight="2028-07-07")
    changes = see(publish(RICH, later, (*later, *many))[0], "/").sections["changes"]
    assert "Eight Delayed Moved from 23 Jun 2028 to 7 Jul 2028." in changes


def test_a_failed_refresh_shows_on_every_page(publish):
    client, publisher = publish(RICH)
    before = client.get("/").headers["ETag"]
    publisher.own_status = RefreshStatus(
        failed=NOW, problems=tuple(map(as_problem, ("films.yaml:1:2: <no>", "and more")))
    )
    for path in PAGES:
        page = see(client, path)
        assert "Dates as of 22 Nov 2026; the next look for new ones is soon. State" in page.text
        assert "films.yaml" not in page.source
        assert "/status" in page.links()
    banner = see(client, "/status").sections["problems"]
    assert in_order(banner, "The last check for new dates failed", "The last good dates stay")
    assert "films.yaml:1:2: <no> and more" in banner
    assert client.get("/").headers["ETag"] != before
    publisher.own_status = RefreshStatus(
        failed=NOW, problems=tuple(as_problem(f"problem {n:02}") for n in range(12))
    )
    banner = see(client, "/status").sections["problems"]
    assert in_order(banner, "problem 00", "problem 09", "… and 2 more: see the log.")
    assert "problem 10" not in banner
    publisher.own_status = RefreshStatus()
    assert "Dates as of" not in see(client, "/").text
    assert "All is well." in see(client, "/status").text


def test_a_held_refresh_shows_its_reasons(publish):
    client, publisher = publish(RICH)
    reasons = (
        "films no longer dates 6 of its 25 upcoming releases (a.theatrical.us, …)",
        "lists told of 3 films and tells of none now",
    )
    publisher.own_status = RefreshStatus(
        failed=NOW, problems=RefreshHeld.because(reasons).problems, is_held=True
    )
    for path in PAGES:
        page = see(client, path)
        assert "Dates as of 22 Nov 2026; an update is being checked. State" in page.text
        assert reasons[0] not in page.source
    page = see(client, "/status")
    assert in_order(
        page.sections["problems"],
        "New dates are held back So much would leave the calendar or change in it at once",
        "Until then the last good dates stay up",
        *reasons,
        "releasecal refresh --accept-loss",
    )
    assert "held:" not in page.text
    assert "lets it through)" not in page.text


def test_a_banner_goes_with_its_cause_whichever_process_ends_it(tmp_path, publish):
    """As /readyz has it, without this process's having looked again."""
    client, publisher = publish(RICH)
    trouble = RefreshStatus(
        None, NOW, RefreshHeld.because(["much would go"]).problems, is_held=True
    )
    other = Store.open(database_url(tmp_path / "releasecal.db"))
    refresh_status.note(other, trouble)
    assert "much would go" in see(client, "/status").sections["problems"]
    ready = client.get("/readyz").json
    assert (ready["status"], ready["held"]) == ("degraded", True)
    publisher.own_status = RefreshStatus(NOW, NOW, trouble.problems, is_held=True)
    publisher._is_shared = True
    assert "an update is being checked" in see(client, "/").text
    refresh_status.note(other, WELL)
    other.close()
    assert "an update is being checked" not in see(client, "/").text
    ready = client.get("/readyz").json
    assert (ready["status"], ready["held"], ready["problems"]) == ("ok", False, [])


# ── Subscribing


def test_names_and_addresses_are_encoded_once():
    """The values in a link decode to the originals."""
    https = "https://films.example/films/é&b.ics?region=US,DE"
    subscription = Subscription(https, "Films & more · Été #1")
    query = parse_qs(urlsplit(subscription.outlook_live).query, strict_parsing=True)
    assert query == {"url": [https], "name": ["Films & more · Été #1"]}
    cid = urlsplit(subscription.google).query.removeprefix("cid=")
    assert unquote(cid) == subscription.webcal == "webcal" + https.removeprefix("https")
    assert "&" not in cid
    assert subscription.download == f"{https}&download=1"


def test_film_and_series_have_calendars_of_their_own(client):
    for path in ("/films/seven", "/series/saga"):
        page = see(client, path)
        assert page.address == f"https://films.example{path}.ics"
        links = {attrs.get("type"): attrs["href"] for attrs in page.all("link")}
        assert links["text/calendar"] == f"https://films.example{path}.ics"
        assert links["application/atom+xml"] == "/changes.atom?" + path[1:].replace(
            "/", "="
        ).replace("films", "film")
    assert "name=Film%20releases%20%C2%B7%20The%20Saga" in "".join(page.links())


def test_every_link_to_this_site_leads_somewhere(client):
    for path in PAGES:
        page = see(client, path)
        ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
        assert len(ids) == len([1 for _, attrs in page.elements if "id" in attrs])
        hrefs = {*page.links(), *(attrs["href"] for attrs in page.all("link"))}
        for href in hrefs:
            if href.startswith("#"):
                assert href[1:] in ids
            elif not urlsplit(href).netloc or href.startswith("https://films.example/"):
                with client.get(href.removeprefix("https://films.example")) as answer:
                    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["localhost:8000", "192.168.1.7", "[fd00::1]:88", "nas:8000"])
def test_without_a_public_address_links_have_the_visitors_host(publish, host):
    """For a private host the page says which calendars cannot subscribe."""
    client, _ = publish(RICH, site=SiteSettings())
    page = Page(client.get("/", headers={"Host": host}).text)
    assert page.address == f"http://{host}/calendar.ics"
    assert "webcal://" + host + "/calendar.ics" in page.links()
    assert "This address works on this machine or network only." in page.text


def test_a_host_that_is_reachable_gets_no_warning(publish):
    client, _ = publish(RICH, site=SiteSettings())
    page = Page(client.get("/", headers={"Host": "93.184.216.34"}).text)
    assert "network only" not in page.text


@pytest.mark.parametrize("path", ["/", "/films/seven", "/series/saga", "/changes"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "nas.evil.example",
        "127.0.0.1.evil.example",
        "1.2.3",
        "evil.example@nas",
        "nas/evil.example",
        "[::1].evil.example",
    ],
)
@pytest.mark.parametrize("site", [SiteSettings(), IMPRINT])
def test_a_public_host_of_a_request_never_reaches_a_page(publish, path, host, site):
    """Whatever is asked for, the address on the page is the operator's."""
    client, _ = publish(RICH, site=site)
    answer = client.get(path, headers={"Host": host})
    assert "evil" not in answer.text
    assert "1.2.3" not in answer.text
    assert f"{site.url}/" in answer.text or answer.status_code == 400


def test_visitors_of_one_host_do_not_see_the_address_of_another(publish):
    client, _ = publish(RICH, site=SiteSettings())
    for host in ("nas", "10.0.0.2:8000", "nas"):
        text = client.get("/", headers={"Host": host}).text
        assert f"http://{host}/calendar.ics" in text


# ── A film


def test_a_film_page_has_every_fact(client):
    page = see(client, "/films/seven")
    assert in_order(
        page.sections["h1"],
        "Seven & a Half",
        "Untitled Seven (working title, until September 2025)",
        "Film 3 of the series The Saga",
        "Followed by Eight",
        "Action, spy · Pictures Inc.",
    )
    assert "/series/saga" in page.links()
    assert "/films/eight" in page.links()
    assert in_order(
        page.sections["releases"],
        "In cinemas United States 16 Jul 2027",
        "Moved from 5 Mar 2027 to 16 Jul 2027, announced by 6 May 2026: Weather.",
        "Moved from 30 Sep 2026 to 5 Mar 2027, announced by 3 Feb 2026: Strike. [1]",
        "Set for 30 Sep 2026.",
        "Earliest streaming on Paramount+ United States 30 Aug 2027 Calculated, not announced",
    )
    assert "Fri 23 Jun 2028 Eight" in page.sections["openings"]
    assert "at least 45 days after the first day in cinemas. Disputed" in page.sections["windows"]
    assert "Both wait." in page.sections["windows"]
    assert "Post-production. Filming wrapped: September 2026." in page.sections["production"]
    assert "Ann One The Hero, a spy Ben Two role undisclosed" in page.sections["cast"]
    assert "https://people.example/ann" in page.links()
    assert "Much is awaited. as of 2 Jan 2026" in page.sections["notes"]
    assert "The Paper, Press & Co, 2 Jan 2026." in page.sections["sources"]
    assert SOURCE.url in page.links()


def test_a_sequel_names_and_links_what_it_follows(client):
    page = see(client, "/films/eight")
    assert "The sequel to Seven & a Half" in page.sections["h1"]
    assert "/films/seven" in page.links()


def test_the_articles_film_has_its_whole_history(article):
    page = see(article, "/films/mission-impossible-7")
    assert in_order(
        page.sections["releases"],
        *("14 Jul 2023", "30 Sep 2022", "27 May 2022", "19 Nov 2021", "Set for 23 Jul 2021"),
    )
    assert "27 May 2022 went to Top Gun: Maverick" in page.sections["releases"]
    assert "Filming wrapped: September 2021." in page.sections["production"]
    assert page.sections["cast"].count("role undisclosed") == 9
    assert "As told by 25 Mar 2022" in page.sections["h1"]


def test_json_ld_has_announced_dates_only(client):
    """Derived dates, and those too vague for ISO 8601, are not in it."""
    movie = json.loads(see(client, "/films/seven").scripts[0])
    assert (movie["@type"], movie["name"]) == ("Movie", "Seven & a Half")
    assert [person.get("sameAs") for person in movie["actor"]] == [
        ["https://people.example/ann"],
        None,
    ]
    assert [
        (event["startDate"], event["location"]["name"]) for event in movie["releasedEvent"]
    ] == [
        ("2026-11-24", "Italy"),
        ("2027-07-16", "United States"),
    ]
    assert json.loads(see(client, "/films/quarter").scripts[0]).get("releasedEvent") is None
    (event,) = json.loads(see(client, "/films/month").scripts[0])["releasedEvent"]
    assert event["startDate"] == "2027-11"


# ── What no page does


@pytest.mark.parametrize("text", ["2027-11", "2027-Q3", "2027-summer", "2029", "2026-12"])
def test_a_coarse_date_is_never_shown_as_a_day(publish, text):
    """Neither people nor machines are told a day that nobody announced."""
    coarse = PartialDate.parse(text)
    client, _ = publish((opening(text, id_="coarse", production=Production(wrapped=coarse)),))
    for path in ("/", "/films/coarse"):
        page = see(client, path)
        assert date_in_words(coarse) in page.text.replace("Summer", "summer")
        for day in (coarse.first, coarse.after - DAY):
            assert day.isoformat() not in client.get(path).text
            assert PartialDate.of_day(day).in_words not in page.text
        times = {attrs["datetime"] for attrs in page.all("time")}
        assert {time for time in times if not time.startswith("2026-11-22")} <= {text}
        assert not any("Q" in time or "summer" in time for time in times)


def test_a_title_is_never_markup(publish):
    """Whatever a film is called, the page shows it and does nothing else."""
    hostile = film(
        "hostile",
        release("hostile", "2027-02-12", channel=HOSTILE, note=HOSTILE),
        release("hostile", revision("2027-03", text=HOSTILE, reason=HOSTILE), region="DE"),
        title=HOSTILE,
        titles=(Title(HOSTILE, lang=HOSTILE),),
        series=(SeriesPlace("evil", HOSTILE),),
        genres=(HOSTILE,),
        cast=(Role(HOSTILE, HOSTILE, HOSTILE),),
        notes=(Note(HOSTILE),),
        windows=(Window(ReleaseKind.DIGITAL, 9, channel=HOSTILE, note=HOSTILE),),
    )
    client, publisher = publish((hostile,), moved(hostile, hostile="2027-04-04"))
    publisher.own_status = RefreshStatus(failed=NOW, problems=(as_problem(HOSTILE),))
    for path in ("/", "/films/hostile", "/series/evil"):
        page = see(client, path)
        assert HOSTILE in page.text
        assert page.all("b") == []
        assert all("alert" not in script for script in page.scripts[1:])
        assert len(page.all("script")) == (2 if path.startswith("/series") else 3)
    movie = json.loads(see(client, "/films/hostile").scripts[0])
    assert movie["name"] == HOSTILE


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,hi", "//evil.example", ""])
def test_a_sources_address_is_a_link_only_if_it_leads_to_a_page(publish, url, monkeypatch):
    monkeypatch.setattr("support.pages.SOURCE", replace(SOURCE, url=url))
    client, _ = publish((opening(revision("2027-01-01", source="paper")),))
    for path in ("/", "/films/film"):
        page = see(client, path)
        assert "The Paper" in page.sections["sources"]
        assert url not in page.links()


@pytest.mark.parametrize("path", [*PAGES, "/films/nope", "/nope"])
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src")} == {"'self'"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    page = Page(answer.text)
    assert page.all("style") == []
    for tag, attrs in page.elements:
        assert not any(name == "style" or name.startswith("on") for name in attrs)
        loaded = [attrs["href"] if tag == "link" else attrs.get("src", "")]
        loaded = loaded if tag in ("script", "link", "img") else []
        for address in loaded:
            is_named = attrs.get("rel") in ("alternate", "canonical")  # and not loaded
            assert is_named or not address or re.match(r"/(?!/)", address)
    for attrs in page.all("script"):
        assert attrs.get("type") == "application/ld+json" or attrs["src"].startswith("/static/")


@pytest.mark.parametrize("path", [*PAGES, "/films/nope"])
def test_pages_have_landmarks_headings_and_labels(publish, path):
    """Landmarks, one h1, no level of heading left out, names for all that can be used."""
    client, publisher = publish(RICH)
    publisher.own_status = RefreshStatus(failed=NOW, problems=(as_problem("broken"),))
    answer = client.get(path, headers={"Accept": "text/html"})
    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert len(page.all("header")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for attrs in page.all("section"):
        assert attrs.get("aria-label") or attrs["aria-labelledby"] in ids
    fields = [
        attrs
        for tag, attrs in page.elements
        if tag in ("input", "select", "textarea") and attrs.get("type") != "hidden"
    ]
    labelled = [attrs["for"] for attrs in page.all("label") if "for" in attrs]
    assert labelled == [attrs["id"] for attrs in fields if "aria-label" not in attrs]
    for attrs in page.all("svg"):
        assert attrs.get("aria-hidden") == "true" or (
            attrs["role"] == "img" and attrs["aria-label"]
        )


def test_the_copy_button_waits_for_its_script(client):
    """Without JavaScript there is no button that does nothing."""
    copying = [each for each in see(client, "/").all("button") if "data-copies" in each]
    assert len(copying) == 1
    assert "hidden" in copying[0]


@pytest.mark.parametrize("path", ["/", "/films/seven", "/series/saga"])
def test_a_page_that_offers_a_copy_offers_to_undo_it(client, path):
    """The file has the same selection, and takes its events out."""
    page = client.get(path).text
    (link,) = re.findall(r'href="https://films.example(/undo\.ics[^"]*)"', page)

    taken = client.get(link.replace("&amp;", "&"))

    assert taken.status_code == 200
    assert "METHOD:CANCEL" in taken.text
    assert taken.text.count("\nUID:") >= client.get(copied(page)).text.count("\nUID:")


def copied(page):
    """Return the path of the copy that *page* offers."""
    (link,) = re.findall(r'href="https://films.example(/[^"]*download=1)"', page)
    return link


# ── HTTP


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_has_not_changed_is_not_sent_again(client, path):
    fresh = client.get(path)
    etag = fresh.headers["ETag"]
    assert fresh.headers["Cache-Control"] == "no-cache"
    assert client.get(path).data == fresh.data
    for matching in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get(path, headers={"If-None-Match": matching})
        assert (answer.status_code, answer.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == fresh.data
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag)


@pytest.mark.parametrize("path", PAGES)
def test_without_a_database_cached_pages_are_served(publish, path, monkeypatch):
    """As they were, without a word of it; others are for later."""
    client, publisher = publish(RICH)
    seen = client.get(path)

    def broken(*_args, **_options):
        raise StoreError("the database sqlite:////secret/place cannot be used")

    monkeypatch.setattr(publisher.store, "reading", broken)
    again = client.get(path)
    assert (again.status_code, again.data) == (200, seen.data)
    matching = client.get(path, headers={"If-None-Match": seen.headers["ETag"]})
    assert matching.status_code == 304
    never = client.get("/films/open", headers={"Accept": "text/html"})
    assert never.status_code == 503
    assert "secret" not in never.text


def test_a_page_is_made_anew_with_each_edition_and_each_day(publish):
    client, publisher = publish(RICH)
    before = client.get("/").data
    publisher.clock.now = NOW + 3 * DAY
    assert "Tue 24 Nov 2026" not in Page(client.get("/").text).sections["coming"]
    publisher.clock.now = NOW
    assert client.get("/").data == before


def test_a_missing_page_links_to_others(client):
    for path in ("/films/nope", "/series/nope", "/nope"):
        page = see(client, path, status=404)
        assert "Not Found" in page.sections["h1"]
        assert "/" in page.links()
    for path, words in (
        ("/films/zzz", "There is no film 'zzz' here."),
        ("/films/eigth", "There is no film 'eigth' here (did you mean eight?)."),
        ("/series/sage", "There is no series 'sage' here (did you mean saga?)."),
    ):
        assert words in see(client, path, status=404).text


def test_an_error_page_shows_what_was_asked_for_as_text(client):
    page = see(client, "/films/<script>alert(1)<%2Fscript>".replace("%2F", "%252F"), status=404)
    assert page.scripts == []
    assert "<script>alert(1)" in page.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("copy.js", "text/javascript; charset=utf-8"),
    ],
)
def test_static_files_are_served(client, name, kind):
    answer = client.get(f"/static/{name}")
    assert (answer.status_code, answer.content_type) == (200, kind)
    assert b"http://" not in answer.data.replace(b"http://www.w3.org/2000/svg", b"")
    answer.close()


def test_a_prequel_may_be_film_zero_of_its_series(publish):
    """A place of 0 in a series is a number like any other."""
    first = opening("2027-03-05", id_="first", series=(SeriesPlace("saga", "The Saga", 0),))
    client, _ = publish((first,))

    assert "Film 0 of the series The Saga" in see(client, "/films/first").text


def test_a_film_page_tells_what_else_is_known(publish):
    """What it is about, how long, for whom, and of a premiere where, when and how."""
    premiere = release(
        "film",
        "2027-07-14",
        kind=ReleaseKind.PREMIERE,
        label="Festival",
        place="Palace",
        time="19:30",
        zone="Europe/Berlin",
        version="OmU",
        until=date(2027, 7, 18),
        tickets="https://tickets.example/",
    )
    told = film(
        "film",
        premiere,
        synopsis="A film is made.",
        runtime=154,
        certifications=(Certification("DE", "12"),),
        links=(Link("https://film.example/", "Site"),),
        poster="https://images.example/film.jpg",
    )
    page = publish((told,))[0].get("/films/film").text

    for text in (
        "154 minutes\u00a0· 12 (Germany)",
        "A film is made.",
        '<a href="https://film.example/" rel="noopener">Site</a>',
        '<a href="https://images.example/film.jpg" rel="noopener">Poster</a>',
        "Premiere, Festival",
        "Palace, 19:30 (Europe/Berlin)",
        "OmU, until",
        '<a href="https://tickets.example/" rel="noopener">Tickets</a>',
    ):
        assert text in page, text


def test_a_release_of_an_unknown_region_has_no_region(publish):
    """A release whose region is unknown is shown without one."""
    page = publish((film("film", release("film", "2027-07-14", region="ZZ")),))[0]

    text = page.get("/films/film").text
    assert "worldwide" not in text.lower().split("<main", 1)[-1].split("</h3>", 1)[0]
    assert "ZZ" not in text
    assert "Unknown" not in text


def test_each_kind_has_the_colour_of_its_events():
    """The style sheet has a class for each; a page may have no style of its own."""
    sheet = (Path(pages.__file__).parent.parent / "static" / "style.css").read_text(
        encoding="utf-8"
    )
    for kind in ReleaseKind:
        assert f".dot.{kind.color} {{ border-color: {kind.color}; }}" in sheet
