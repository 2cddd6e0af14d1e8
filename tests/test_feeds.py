"""Feed specs: from a query to a selection, and back to its one canonical form."""

from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.errors import SelectionError
from releasecal.feeds import EVERYTHING, KINDS, PARAMETERS, Feed, FeedSpec, Imprint, name

KNOWN = {
    "region": {"US", "DE", "NO", "001"}.__contains__,
    "film": {"mission-impossible-7", "dune"}.__contains__,
    "series": {"mission-impossible"}.__contains__,
}


def parse(*query):
    return FeedSpec.parse(query, KNOWN)


@pytest.mark.parametrize(
    ("query", "spec", "canonical"),
    [
        ([], EVERYTHING, ""),
        ([("kind", "theatrical")], FeedSpec(kind=("theatrical",)), "kind=theatrical"),
        (
            [("kind", "TV, sequel,tv")],
            FeedSpec(kind=("sequel", "tv")),
            "kind=sequel,tv",
        ),
        ([("region", "us,no")], FeedSpec(region=("NO", "US")), "region=NO,US"),
        (
            [("region", "us"), ("kind", "tv"), ("region", "DE")],
            FeedSpec(kind=("tv",), region=("DE", "US")),
            "kind=tv&region=DE,US",
        ),
        ([("film", "dune")], FeedSpec(film=("dune",)), "film=dune"),
        ([("past", "0"), ("future", "365")], FeedSpec(past=0, future=365), "future=365&past=0"),
        ([("channel", "Paramount+")], FeedSpec(channel=("paramount-plus",)), "channel=paramount-plus"),
        ([("channel", "Paramount ")], FeedSpec(channel=("paramount-plus",)), "channel=paramount-plus"),
        ([("as-of", "2022-03-25")], FeedSpec(as_of=date(2022, 3, 25)), "as-of=2022-03-25"),
        ([("utm_source", "mail"), ("_", "17")], EVERYTHING, ""),
    ],
)  # fmt: skip
def test_queries(query, spec, canonical):
    """Equal selections have one spec and one canonical query, however they are asked for."""
    assert parse(*query) == spec
    assert spec.query == canonical


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
        (("film", "dune-2"), "film: there is no film 'dune-2' (the addresses of pages have the ids)"),
        (("series", " , "), "series: is empty (an id such as series=mission-impossible, or leave it out)"),
        (("channel", "!"), "channel: is empty (try channel=paramount-plus, or leave it out)"),
        (("as-of", "soon"), "as-of: not a day: 'soon' (as in as-of=2022-03-25)"),
        (("past", "-1"), "past: not a number of days: '-1' (0 to 36525, as in past=365)"),
        (("past", "36526"), "past: not a number of days: '36526' (0 to 36525, as in past=365)"),
        (("future", "9" * 5000), f"future: not a number of days: '{'9' * 40}' (0 to 36525, as in future=365)"),
        (("future", "٣"), "future: not a number of days: '٣' (0 to 36525, as in future=365)"),
    ],
)  # fmt: skip
def test_wrong_queries(query, message):
    """A wrong value, or a name that is almost one of ours, is told with what would do."""
    with pytest.raises(SelectionError) as caught:
        parse(query)

    assert str(caught.value) == message


@given(st.lists(st.tuples(st.sampled_from([*PARAMETERS, "x"]), st.text(max_size=20)), max_size=4))
def test_any_query_is_a_spec_or_an_error(query):
    """Nothing but a SelectionError comes of a query, and a spec's own query gives it back."""
    try:
        spec = parse(*query)
    except SelectionError:
        return
    assert parse(*parse_qsl(spec.query)) == spec


def test_spans_are_half_open():
    """``past=0&future=0`` is today; no limits are all there is."""
    today = date(2026, 11, 22)

    assert FeedSpec(past=0, future=0).span(today) == (today, date(2026, 11, 23))
    assert FeedSpec(past=7, future=7).span(today) == (date(2026, 11, 15), date(2026, 11, 30))
    assert EVERYTHING.span(today) == (date.min, date.max)


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        (EVERYTHING, "Film releases"),
        (FeedSpec(kind=("streaming",), region=("DE",)), "Film releases · streaming · DE"),
        (FeedSpec(film=("mi",)), "Film releases · Mission: Impossible 7"),
        (FeedSpec(series=("x",)), "Film releases · Good + Bad"),
        (FeedSpec(region=("DE", "US")), "Film releases · DE + US"),
    ],
)
def test_names(spec, title):
    """A calendar's name says what was selected, without what clients show badly."""
    titles = {"mi": "Mission: Impossible 7", "x": "Good, Bad"}
    assert name(Imprint(), spec, titles) == title


@given(st.text(), st.lists(st.text(min_size=1), max_size=20))
def test_names_are_safe(own, films):
    """Whatever films are called, the name is short and has nothing that needs escaping."""
    title = name(Imprint(name=own), FeedSpec(film=tuple(films)), {})

    assert len(title) <= 100
    assert not set(title) & set(",;\\")


def test_addresses():
    """A feed's address is its path, its format's ending, and the canonical query."""
    feed = Feed(Imprint(), FeedSpec(region=("US",)), "t", "/calendar", date(2026, 1, 1), (), None)

    assert feed.address("ics") == "http://localhost:8000/calendar.ics?region=US"
