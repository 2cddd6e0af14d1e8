"""The first page as a builder: a form that asks for a calendar, and a preview of that very one."""

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from random import Random
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from releasecal.core.models import ReleaseKind
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import KINDS
from releasecal.queries.query_token import unpack
from support.build import opening, release
from support.pages import FALLEN, VARIED, Page, see

pytestmark = pytest.mark.slow

SEED = 20261122
ROW = re.compile(
    r'<li class="(line|other)[^"]*" data-releases="(\d+)">(.*?)'
    r'(?=<li class="(?:line|other)|<section|</main>)',
    re.DOTALL,
)
VALUES = {
    "kind": KINDS,
    "region": ["US", "IT", "DE", "001"],
    "film": ["seven", "eight", "off", "month"],
    "series": ["saga"],
    "channel": ["paramount-plus"],
    "genre": ["action", "spy"],
    "q": ["seven", "half a", "eight", "film"],
    "alarm": ["-P7D", "-P1D", "PT9H", "-P2D"],
}
SINGLE = {
    "certainty": ["announced", "any"],
    "undated": ["hide", "span", "end"],
    "cancelled": ["strike", "keep", "hide"],
    "past": ["0", "30", "P1Y", "7"],
    "future": ["P1M", "P3M", "P1Y", "45"],
    "emoji": ["1"],
    "lang": ["en", "de", "ja"],
}
COARSE = {"month", "quarter", "season", "year", "long-past"}
"""Films of the catalogue whose day is not known."""

LISTS = {
    name: st.lists(st.sampled_from(each), min_size=1, max_size=3, unique=True)
    for name, each in VALUES.items()
}
CHOICES = {name: st.sampled_from(each) for name, each in SINGLE.items()}
QUERIES = st.tuples(
    st.fixed_dictionaries({}, optional=LISTS),
    st.fixed_dictionaries({}, optional=CHOICES),
).map(lambda parts: {name: ",".join(values) for name, values in parts[0].items()} | parts[1])


@pytest.fixture
def client(publish):
    return publish(VARIED, FALLEN)[0]


def sent(page: Page) -> dict[str, str]:
    """Return what a browser sends of the page's form, as it stands."""
    source = page.source
    form = source[source.index('<section class="builder"') :]
    form = form[: form.index("</form>")]
    pairs = re.findall(r'<input type="search"[^>]* name="(\w+)" value="([^"]*)"', form)
    pairs += re.findall(
        r'<input type="checkbox"[^>]* name="([\w-]+)" value="([^"]*)" checked>', form
    )
    for name, options in re.findall(r'<select [^>]*name="(\w+)">(.*?)</select>', form, re.DOTALL):
        pairs += [(name, re.search(r'value="([^"]*)" selected', options)[1])]
    joined: dict[str, str] = {}
    for name, value in pairs:
        text = unescape(value)
        joined[name] = f"{joined[name]},{text}" if name in joined else text
    return joined


NOT_IN = ("Not in this calendar", "Nicht in diesem Kalender", "このカレンダーにはありません")

SLOWLY = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@SLOWLY
@given(query=QUERIES)
def test_the_form_sent_unchanged_asks_for_the_same(client, query):
    """Whatever is asked for, a control of the form has it, and nothing that was not asked for."""
    page = see(client, f"/?{urlencode(query)}")
    asked = FeedQuery.parse(query.items(), {})
    form = {name: value for name, value in sent(page).items() if value}
    assert FeedQuery.parse(form.items(), {}) == asked
    copied = dict(parse_qsl(urlsplit(page.address).query))
    path = urlsplit(page.address).path
    if path.startswith("/c/"):
        copied = dict(unpack(path.split("/")[2]))
    elif not path.startswith("/calendar"):
        folder, id_ = path.removesuffix(".ics").split("/")[1:]
        copied |= {{"films": "film", "series": "series"}[folder]: id_}
    assert FeedQuery.parse(copied.items(), {}) == asked


def test_the_preview_has_the_events_of_the_feed(client):
    """For 200 random selections: film by film and day by day, in their number and their size."""
    chance = Random(SEED)
    for at in range(200):
        query = drawn(chance)
        page = see(client, f"/?{urlencode(query)}")
        feed = client.get(urlsplit(page.address)._replace(scheme="", netloc="").geturl())
        events = events_in(feed.data)
        told = f"selection {at} of seed {SEED}: {query}"
        assert previewed(page, has_coarse=query.get("undated", "hide") != "hide") == events, told
        count = re.search(r"<strong>\D*(\d+)[^<\d]*, (\d+) KB</strong>", page.source)
        assert int(count[1]) == events.total(), told
        assert int(count[2]) == -(-len(feed.data) // 1000), told


def drawn(chance: Random) -> dict[str, str]:
    """Return a selection by *chance*: each part in one of three."""
    query = {}
    for name, values in VALUES.items():
        if chance.random() < 1 / 3:
            query[name] = ",".join(chance.sample(values, chance.randint(1, min(3, len(values)))))
    for name, values in SINGLE.items():
        if chance.random() < 1 / 3:
            query[name] = chance.choice(values)
    return query


def events_in(feed: bytes) -> Counter[tuple[str, str]]:
    """Return how many events *feed* has by film and day, as an independent parser reads it."""
    found: Counter[tuple[str, str]] = Counter()
    for event in Calendar.from_ical(feed).events:
        if not event["UID"].startswith("notice."):
            film = urlsplit(event["URL"]).path.rpartition("/")[2]
            found[film, "" if film in COARSE else str(event["DTSTART"].dt)] += 1
    return found


def previewed(page: Page, *, has_coarse: bool) -> Counter[tuple[str, str]]:
    """Return how many releases *page* shows by film and day, of those in its calendar."""
    found: Counter[tuple[str, str]] = Counter()
    film = ""
    for form, number, row in ROW.findall(page.source):
        if form == "line":
            film = re.search(r'href="/films/([\w-]+)', row)[1]
        day = re.search(r'<time [^>]*datetime="(\d{4}-\d\d-\d\d)"', row)
        is_out = any(mark in row for mark in NOT_IN)
        if day or (has_coarse and not is_out):
            found[film, day[1] if day else ""] += int(number)
    return found


def test_a_slip_is_answered_as_by_the_feed(client):
    """Page and feed have one parser: a misspelt parameter gets the same advice on both."""
    for query in ("regoin=US", "region=UK", "kind=theatre", "year=2027", "film=sevn"):
        page, feed = client.get(f"/?{query}"), client.get(f"/calendar.ics?{query}")
        assert page.status_code == feed.status_code == 400
        assert page.text == feed.text


def test_empty_fields_ask_for_nothing(client):
    """A form sent as it is opens the first page, though its fields are in the address."""
    form = sent(see(client, "/"))
    assert form["q"] == form["future"] == ""
    assert see(client, f"/?{urlencode(form)}").address == see(client, "/").address


def test_counts_stand_beside_the_choices(client):
    """Each choice says how many releases or films it has."""
    page = see(client, "/")
    text = page.sections["choose"]
    assert re.search(r"In cinemas \d+", text)
    assert "United States" in text
    assert "Saga" in text
    kinds = {attrs["value"] for attrs in page.all("input") if attrs.get("name") == "kind"}
    assert {ReleaseKind.THEATRICAL.slug} <= kinds <= set(KINDS)


def test_reminders_are_said_in_words(client):
    """Nobody has to know ISO 8601, and one that has no words is kept as it is."""
    page = see(client, "/?alarm=-P7D,-P3D")
    assert "a week before" in page.sections["choose"]
    assert FeedQuery.parse(parse_qsl(urlsplit(page.address).query), {}).alarm == (
        timedelta(-7),
        timedelta(-3),
    )


def test_many_values_are_folded_and_the_chosen_ones_are_not(publish):
    """A form of many regions shows the most frequent ones, and those that are asked for."""
    codes = ["US", "DE", "FR", "IT", "ES", "PT", "PL", "JP", "AT", "CH", "SE", "NO"]
    films = [
        opening("2027-07-16", id_=f"film-{at}-{code.lower()}") for at, code in enumerate(codes)
    ]
    films = [
        each.__class__(each.id, each.title, releases=(release(each.id, "2027-07-16", region=code),))
        for each, code in zip(films, codes, strict=True)
    ]
    client, _ = publish(tuple(films))
    page = see(client, "/?region=SE,PT")
    text = page.sections["choose"]
    assert "4 more" in text
    for name in ("Sweden", "Portugal"):
        assert name in text.partition("4 more")[0]


def test_the_visitors_region_stands_first_and_says_why(client):
    """By the browser's language: one with a country, or the country of most who speak it."""
    for accepted, place in (
        ("it-CH,it;q=0.8", ""),
        ("it", "Italy"),
        ("en-US,en;q=0.5", "United States"),
    ):
        page = see(client, "/", headers={"Accept-Language": accepted}, lang="en")
        regions = [attrs["value"] for attrs in page.all("input") if attrs.get("name") == "region"]
        told = f"Where {place} (by your browser’s language)"
        assert (told in page.sections["choose"]) is bool(place)
        assert regions[0] == ("IT" if place == "Italy" else "US")


def test_the_films_of_the_preview_can_be_chosen(client):
    films = [
        attrs["value"] for attrs in see(client, "/").all("input") if attrs.get("name") == "film"
    ]
    assert {"seven", "eight"} <= set(films)


MONTHS = st.sampled_from(["2026-11", "2026-12", "2027-01", "2027-07", "2027-11", "2028-06"])


@settings(SLOWLY, max_examples=40)
@given(query=QUERIES, month=MONTHS)
def test_a_month_has_the_events_of_the_feed_in_it(client, query, month):
    """Each event of the calendar that lies in the month is in the table, and no other one."""
    query = {name: value for name, value in query.items() if name != "undated"}
    page = see(client, f"/?{urlencode({**query, 'view': 'month', 'month': month})}")
    feed = client.get(urlsplit(page.address)._replace(scheme="", netloc="").geturl()).text
    day = re.compile(rf"DTSTART;VALUE=DATE:{month.replace('-', '')}(\d\d)")
    events = [each for each in feed.split("BEGIN:VEVENT")[1:] if "UID:notice." not in each]
    inside = [each for each in events if day.search(each)]
    shown = re.findall(r'<li data-releases="(\d+)"', page.source)
    assert sum(map(int, shown)) == len(inside)
