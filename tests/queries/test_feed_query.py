"""Feed queries: from a query to a selection, and back to its one canonical form."""

from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.durations import Period
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.order import nearness
from releasecal.queries.parameters import KINDS, PARAMETERS, AskedCertainty, Limit
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings

KNOWN = {
    "region": {"US", "DE", "NO", "001"}.__contains__,
    "film": {"mission-impossible-7", "dune"}.__contains__,
    "series": {"mission-impossible"}.__contains__,
    "genre": {"science-fiction", "spy"}.__contains__,
    "limit": {"usual"}.__contains__,
}


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIODS = "0 to 36525 as in {0}=365, or as in {0}=P6M, P1Y or P2W"
DAYS = "past and future count from today, as in past=30&future=P1Y"
ALARMS = "a year at most, as in alarm=-P7D,-P1D,PT9H: a week, a day before, and at nine on the day"


def parse(*query):
    return FeedQuery.parse(query, KNOWN)


@pytest.mark.parametrize(
    ("pairs", "query", "canonical"),
    [
        ([], EVERYTHING, ""),
        ([("kind", "theatrical")], FeedQuery(kind=("theatrical",)), "kind=theatrical"),
        (
            [("kind", "TV, sequel,tv")],
            FeedQuery(kind=("sequel", "tv")),
            "kind=sequel,tv",
        ),
        ([("region", "us,no")], FeedQuery(region=("NO", "US")), "region=NO,US"),
        (
            [("region", "us"), ("kind", "tv"), ("region", "DE")],
            FeedQuery(kind=("tv",), region=("DE", "US")),
            "kind=tv&region=DE,US",
        ),
        ([("film", "dune")], FeedQuery(film=("dune",)), "film=dune"),
        ([("past", "0"), ("amp;kind", "tv"), ("amp;amp;film", "dune")], FeedQuery(past=Period(0), kind=("tv",), film=("dune",)), "film=dune&kind=tv&past=0"),
        ([("region", "us"), ("amp;region", "de")], FeedQuery(region=("DE", "US")), "region=DE,US"),
        ([("past", "0"), ("future", "365")], FeedQuery(past=Period(0), future=Period(365)), "future=365&past=0"),
        ([("past", "p2w"), ("future", "P18M1D")], FeedQuery(past=Period(14), future=Period(1, 18)), "future=P1Y6M1D&past=14"),
        ([("alarm", "PT9H,-P1D"), ("alarm", "-P1W,-PT24H")], FeedQuery(alarm=(-7 * DAY, -DAY, 9 * HOUR)), "alarm=-P7D,-P1D,PT9H"),
        ([("alarm", " PT90M")], FeedQuery(alarm=(1.5 * HOUR,)), "alarm=PT1H30M"),
        ([("emoji", "yes")], FeedQuery(emoji=True), "emoji=1"),
        ([("lang", "de-AT")], FeedQuery(lang="de"), "lang=de"),
        ([("lang", "de_ch")], FeedQuery(lang="de"), "lang=de"),
        ([("lang", "en-GB")], EVERYTHING, ""),
        ([("limit", "usual")], EVERYTHING, ""),
        ([("emoji", "0"), ("undated", "hide"), ("cancelled", "Strike")], EVERYTHING, ""),
        ([("channel", "Paramount+")], FeedQuery(channel=("paramount-plus",)), "channel=paramount-plus"),
        ([("channel", "Paramount ")], FeedQuery(channel=("paramount-plus",)), "channel=paramount-plus"),
        ([("genre", "Science Fiction,spy")], FeedQuery(genre=("science-fiction", "spy")), "genre=science-fiction,spy"),
        ([("q", "Amélie  II!, Ødipus")], FeedQuery(q=("amelie ii", "odipus")), "q=amelie%20ii,odipus"),
        ([("certainty", "Announced")], FeedQuery(certainty=AskedCertainty.ANNOUNCED), "certainty=announced"),
        ([("certainty", "any")], EVERYTHING, ""),
        ([("as-of", "2022-03-25")], FeedQuery(as_of=date(2022, 3, 25)), "as-of=2022-03-25"),
        ([("utm_source", "mail"), ("_", "17")], EVERYTHING, ""),
        ([("id", "dune"), ("title", "dune"), ("ref", "x"), ("source", "x")], EVERYTHING, ""),
    ],
)  # fmt: skip
def test_equal_queries_have_one_canonical_query(pairs, query, canonical):
    """Equal selections have one query and one canonical query, however they are asked for."""
    assert parse(*pairs) == query
    assert query.canonical == canonical


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (("regoin", "US"), "unknown parameter 'regoin' (did you mean region?)"),
        (("Kind", "tv"), "unknown parameter 'Kind' (did you mean kind?)"),
        (("kinds", "tv"), "unknown parameter 'kinds' (did you mean kind?)"),
        (("kind", "theatricle"), "kind: there is no kind 'theatricle' (did you mean theatrical?)"),
        (("kind", "x"), f"kind: there is no kind 'x' (one of {', '.join(KINDS)})"),
        (("kind", ""), "kind: is empty (try kind=premiere, or leave it out)"),
        (("region", "XY"), "region: there is no region 'XY' (ISO 3166-1 alpha-2 such as US, or 001)"),
        (("region", "uk"), "region: there is no region 'UK' (did you mean GB?)"),
        (("region", "worldwide"), "region: there is no region 'WORLDWIDE' (did you mean 001?)"),
        (("film", "dune-2"), "film: there is no film 'dune-2' (the addresses of pages have the ids)"),
        (("series", " , "), "series: is empty (an id such as series=mission-impossible, or leave it out)"),
        (("channel", "!"), "channel: is empty (try channel=paramount-plus, or leave it out)"),
        (("genre", "polka"), "genre: there is no genre 'polka' (as in science-fiction)"),
        (("q", " ,!"), "q: is empty (words of a title such as q=mission impossible, or leave it out)"),
        (("q", " ".join(map(str, range(21)))), "q: 21 words, at most 20 will do"),
        (("certainty", "confirmed"), "certainty: cannot be 'confirmed' (one of any, announced)"),
        (("as-of", "soon"), "as-of: not a day: 'soon' (as in as-of=2022-03-25)"),
        (("past", "-1"), f"past: not a number of days or months: '-1' ({PERIODS.format('past')})"),
        (("past", "36526"), f"past: not a number of days or months: '36526' ({PERIODS.format('past')})"),
        (("past", "P101Y"), f"past: not a number of days or months: 'P101Y' ({PERIODS.format('past')})"),
        (("past", "PT9H"), f"past: not a number of days or months: 'PT9H' ({PERIODS.format('past')})"),
        (("future", "P"), f"future: not a number of days or months: 'P' ({PERIODS.format('future')})"),
        (("future", "9" * 5000), f"future: not a number of days or months: '{'9' * 39}…' ({PERIODS.format('future')})"),
        (("future", "٣"), f"future: not a number of days or months: '٣' ({PERIODS.format('future')})"),
        (("alarm", "7d"), f"alarm: not a time before or after a day begins: '7d' ({ALARMS})"),
        (("alarm", "-P1M"), f"alarm: not a time before or after a day begins: '-P1M' ({ALARMS})"),
        (("alarm", "P1DT"), f"alarm: not a time before or after a day begins: 'P1DT' ({ALARMS})"),
        (("alarm", "P367D"), f"alarm: not a time before or after a day begins: 'P367D' ({ALARMS})"),
        (("alarm", "P1D,P2D,P3D,P4D,P5D,P6D"), "alarm: 6 alarms, at most 5 will do"),
        (("alarm", ","), "alarm: is empty (try alarm=-P1D, or leave it out)"),
        (("alarms", "P1D"), "unknown parameter 'alarms' (did you mean alarm?)"),
        (("limit", "100"), "limit: cannot be '100' (one of usual, none)"),
        (("limit", "none"), "limit: cannot be 'none' here, for calendar programs fail on what is too large (narrow the selection, as in region=US&past=30&future=P1Y)"),
        (("lang", "xx"), "lang: there is no language 'xx' (one of en, de, fr, es, pt, it, pl, ja, ar)"),
        (("lang", ""), "lang: there is no language '' (one of en, de, fr, es, pt, it, pl, ja, ar)"),
        (("langs", "de"), "unknown parameter 'langs' (did you mean lang?)"),
        (("language", "de"), "unknown parameter 'language' (did you mean lang?)"),
        (("Locale", "de"), "unknown parameter 'Locale' (did you mean lang?)"),
        (("country", "US"), "unknown parameter 'country' (did you mean region?)"),
        (("type", "tv"), "unknown parameter 'type' (did you mean kind?)"),
        (("year", "2027"), f"unknown parameter 'year' ({DAYS})"),
        (("Month", "12"), f"unknown parameter 'Month' ({DAYS})"),
        (("from", "2027-01-01"), f"unknown parameter 'from' ({DAYS})"),
        (("to", "2027-01-01"), f"unknown parameter 'to' ({DAYS})"),
        (("window", "45"), f"unknown parameter 'window' (kind=streaming-eligible has what follows from windows; {DAYS})"),
        (("status", "confirmed"), "unknown parameter 'status' (cancelled=hide leaves out what no longer happens, and certainty=announced what is derived or estimated)"),
        (("amp;regoin", "US"), "unknown parameter 'regoin' (did you mean region?)"),
        (("movie", "dune"), "unknown parameter 'movie' (did you mean film?)"),
        (("reminder", "P1D"), "unknown parameter 'reminder' (did you mean alarm?)"),
        (("emoji", "on"), "emoji: neither 1 nor 0: 'on' (as in emoji=1)"),
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_with_a_remedy(query, message):
    """A wrong value, or a name that is almost one of ours."""
    with pytest.raises(SelectionError) as caught:
        parse(query)

    assert str(caught.value) == message


@given(st.lists(st.tuples(st.sampled_from([*PARAMETERS, "x"]), st.text(max_size=20)), max_size=4))
def test_any_query_is_read_or_refused(query):
    """With a SelectionError; a canonical query is read as the same query."""
    try:
        query = parse(*query)
    except SelectionError:
        return
    assert parse(*parse_qsl(query.canonical)) == query


def test_limit_none_needs_the_operators_consent():
    """The vocabulary says whether it is allowed."""
    query = FeedQuery.parse([("limit", "none")], {})

    assert (query, query.canonical) == (FeedQuery(limit=Limit.NONE), "limit=none")
    assert query.is_plain


def test_spans_are_half_open():
    """``past=0&future=0`` is today; no limits are all there is."""
    today = date(2026, 11, 22)

    week, month = Period(7), Period(months=1)
    assert FeedQuery(past=Period(), future=Period()).span(today) == (today, date(2026, 11, 23))
    assert FeedQuery(past=week, future=week).span(today) == (date(2026, 11, 15), date(2026, 11, 30))
    assert FeedQuery(past=month, future=month).span(date(2027, 3, 31)) == (
        date(2027, 2, 28),
        date(2027, 5, 1),
    )
    assert EVERYTHING.span(today) == (date.min, date.max)


@pytest.mark.parametrize(
    ("query", "is_plain"),
    [
        ("", True),
        ("kind=tv&region=DE&past=30&future=P1Y&cancelled=hide&undated=hide", True),
        ("undated=span", False),
        ("undated=end", False),
        ("cancelled=keep", False),
        ("alarm=-P1D", True),
        ("emoji=1", False),
        ("lang=de", False),
        ("lang=en", True),
    ],
)
def test_a_plain_query_leaves_events_as_they_are(query, is_plain):
    """Pre-rendered events serve plain queries only."""
    assert parse(*parse_qsl(query)).is_plain is is_plain


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (EVERYTHING, "Film releases"),
        (FeedQuery(kind=("streaming",), region=("DE",)), "Film releases · streaming · DE"),
        (FeedQuery(film=("mi",)), "Film releases · Mission: Impossible 7"),
        (FeedQuery(series=("x",)), "Film releases · Good + Bad"),
        (FeedQuery(region=("DE", "US")), "Film releases · DE + US"),
        (
            FeedQuery(genre=("spy",), q=("amelie", "dune two")),
            "Film releases · spy · “amelie” + “dune two”",
        ),
        (FeedQuery(kind=("theatrical", "tv"), lang="de"), "Film releases · Kino + Fernsehen"),
        (
            FeedQuery(region=("DE",), certainty=AskedCertainty.ANNOUNCED),
            "Film releases · DE · announced dates only",
        ),
        (
            FeedQuery(certainty=AskedCertainty.ANNOUNCED, lang="de"),
            "Film releases · nur angekündigte Termine",
        ),
    ],
)
def test_a_calendars_name_says_what_was_selected(query, title):
    """Without characters that clients show badly."""
    titles = {"mi": "Mission: Impossible 7", "x": "Good, Bad"}
    assert calendar_name(SiteSettings(), query, titles) == title


@given(st.text(), st.lists(st.text(min_size=1), max_size=20))
def test_a_calendars_name_is_short_and_needs_no_escapes(own, films):
    """Whatever the titles of films."""
    title = calendar_name(SiteSettings(name=own), FeedQuery(film=tuple(films)), {})

    assert len(title) <= 100
    assert not set(title) & set(",;\\")


def test_the_address_of_a_feed_is_canonical():
    """Path, extension, canonical query."""
    feed = Feed(
        SiteSettings(), FeedQuery(region=("US",)), "t", "/calendar", date(2026, 1, 1), (), None
    )

    assert feed.address("ics") == "http://localhost:8000/calendar.ics?region=US"


@given(st.lists(st.dates(date(2026, 11, 1), date(2026, 12, 15)), max_size=12))
def test_the_nearest_comes_first(afters):
    """What is coming, soonest first; then what is past, latest first; as it stood otherwise."""
    today = date(2026, 11, 22)
    order = sorted(range(len(afters)), key=lambda at: nearness(afters[at], today))

    assert sorted(order) == list(range(len(afters)))
    days = [(afters[at] - today).days for at in order]
    assert days == sorted(days, key=lambda after: (after <= 0, abs(after)))
    for at, other in pairwise(order):
        assert afters[at] != afters[other] or at < other
