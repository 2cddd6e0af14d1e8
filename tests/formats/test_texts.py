"""All texts of events, in every language, on one page that is read aloud: golden/texts.txt."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import NOTHING
from releasecal.core.film_facts import Certification
from releasecal.core.languages import LANGUAGES
from releasecal.core.models import (
    UNKNOWN,
    WORLD,
    Bound,
    Certainty,
    ReleaseKind,
    Source,
    Status,
    Title,
    Window,
)
from releasecal.core.revise import revise
from releasecal.formats.event_properties import entry_event, left_out_notice, stale_notice
from releasecal.formats.event_text import window_length
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Undated
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from support.build import DAY, NOW, POLICY, film, opening, release, revision

PAPER = Source("paper", title="The Paper", publisher="Example Press", published=date(2026, 11, 1))
LIST = Source("list", title="The List", attribution="Dates by The List")
TENTATIVE, ESTIMATED = Certainty.TENTATIVE, Certainty.ESTIMATED
SHOWN = FeedQuery(undated=Undated.SPAN)
ORDER = ("en", *sorted({*LANGUAGES} - {"en"}))
BY_THEN = date(2026, 11, 1)


@dataclass(frozen=True)
class State:
    """
    A state that a release can be in.

    Attributes:
        steps: What the sources say of films, one edition a day; None for nothing.
        of: Identity of the kind of release whose event is shown.
        second: What a second source says at every step.
    """

    steps: tuple[object, ...]
    of: str = "theatrical"
    query: FeedQuery = field(default_factory=FeedQuery)
    second: object = None
    days: int = 0
    region: str = "US"


def window(to=ReleaseKind.STREAMING, days=45, **facts):
    return Window(to, days=days, source="paper", **facts)


def with_window(when, to=ReleaseKind.STREAMING, **facts):
    return opening(when, windows=(window(to, **facts),))


def streaming(*history, **facts):
    return release("film", *history, kind=ReleaseKind.STREAMING, **facts)


STATES = {
    "a day": State((opening("2027-07-14"),)),
    "a day, worldwide": State(
        (film("film", release("film", "2027-07-14", region=WORLD)),), region=WORLD
    ),
    "a day, somewhere": State(
        (film("film", release("film", "2027-07-14", region=UNKNOWN)),), region=UNKNOWN
    ),
    "a premiere, with all that is told of it": State(
        (
            film(
                "film",
                release(
                    "film",
                    "2027-07-14",
                    kind=ReleaseKind.PREMIERE,
                    label="Festival; the 1st",
                    place="Palace, Big Hall",
                    time="19:30",
                    zone="Europe/Berlin",
                    tickets="https://tickets.example/?a=1;b,c",
                    version="OmU",
                    until=date(2027, 7, 18),
                ),
                poster="https://images.example/film.jpg",
                synopsis="A film is made.",
                runtime=154,
                certifications=(Certification("DE", "12"), Certification("US", "PG-13")),
            ),
        ),
        of="premiere",
    ),
    "two premieres, told apart by their place": State(
        (
            film(
                "film",
                release("film", "2027-07-14", kind=ReleaseKind.PREMIERE, place="Rome", time="20:00"),
            ),
        ),
        of="premiere",
    ),
    "a day, with its background": State(
        (
            opening(
                revision("2027-05-14", as_of=date(2026, 3, 1), source="paper"),
                revision(
                    "2027-07-14",
                    as_of=BY_THEN,
                    reason="more time for effects",
                    source="paper",
                    text="mid-July",
                    slot_from="other",
                ),
                follows="other",
            ),
        )
    ),
    "a day after a delay": State((opening(revision("2027-07-14", delayed=True, as_of=BY_THEN)),)),
    "retitled": State(
        (opening("2027-07-14", title="Film 2"), opening("2027-07-14", title="Film: Returns"))
    ),
    "one of two films of one title": State(
        (opening("2027-07-14", title="The Other One", distributor="Example Pictures"),)
    ),
    "a title in its region": State(
        (
            opening(
                "2027-07-14",
                titles=(
                    Title("Filmen", "regional", region="US"),
                    Title("Der Film", "regional", lang="de"),
                ),
            ),
        )
    ),
    "a tentative day": State((opening(revision("2027-07-14", certainty=TENTATIVE)),)),
    "an estimated day": State((opening(revision("2027-07-14", certainty=ESTIMATED)),)),
    "tentative, then confirmed": State(
        (opening(revision("2027-07-14", certainty=TENTATIVE)), opening("2027-07-14"))
    ),
    "confirmed, then tentative": State(
        (opening("2027-07-14"), opening(revision("2027-07-14", certainty=TENTATIVE)))
    ),
    "moved, marked": State((opening("2027-07-14"), opening("2027-08-14"))),
    "moved, no longer marked": State((opening("2027-07-14"), opening("2027-08-14")), days=30),
    "moved to a tentative day": State(
        (opening("2027-07-14"), opening(revision("2027-08-14", certainty=TENTATIVE)))
    ),
    "there and back and there": State(
        (opening("2027-07-14"), opening("2027-08-14"), opening("2027-07-14"), opening("2027-08-14"))
    ),
    "a month": State((opening("2027-07"),), query=SHOWN),
    "a year, in words": State(
        (opening(revision("2027", text="early in 2027", certainty=ESTIMATED)),), query=SHOWN
    ),
    "an overdue year": State((opening("2026"),), query=SHOWN, days=60),
    "a day, then only a year": State((opening("2027-07-14"), opening("2028"))),
    "a day, then only a year, shown as that": State(
        (opening("2027-07-14"), opening("2028")), query=SHOWN
    ),
    "a day, then none": State((opening("2027-07-14"), opening(revision("")))),
    "cancelled": State(
        (
            opening("2027-07-14"),
            opening(revision("2027-07-14", status=Status.CANCELLED, reason="the studio closed")),
        )
    ),
    "no longer listed": State((opening("2027-07-14"), None)),
    "no longer listed, then back": State((opening("2027-07-14"), None, opening("2027-07-14"))),
    "cancelled, then back on another day": State(
        (
            opening("2027-07-14"),
            opening(revision("2027-07-14", status=Status.CANCELLED)),
            opening("2027-10-08"),
        )
    ),
    "sources differ": State(
        (opening("2027-07-14"),), second=opening(revision("2027-08-01", source="list"))
    ),
    "a year that another source makes exact": State(
        (opening(revision("2027", source="paper")),),
        second=opening(revision("2027-07-14", source="list")),
    ),
    "corrected after its day": State(
        (opening("2026-11-20"), opening(revision("2026-11-13", reason="a slip")))
    ),
    "a date long after its day, which waits for a person": State(
        (opening("2026-11-20"), opening("2027-06-18"))
    ),
    "taken over by another source": State(
        (opening(revision("2027-07-14", source="paper")), None),
        second=opening(revision("2027-08-01", source="list")),
    ),
    "its date taken by another film": State(
        (
            opening("2027-07-14"),
            opening(revision("2027-07-14", slot_to="other"), "2027-09-01"),
        )
    ),
    "earliest streaming": State(
        (with_window("2027-03-05", channel="Paramount+"),), of="streaming"
    ),
    "earliest streaming, disputed": State(
        (
            opening(
                "2027-03-05",
                windows=(window(disputed=True, note="The star and the studio disagree."),),
            ),
        ),
        of="streaming",
    ),
    "earliest to rent or buy": State(
        (with_window("2027-03-05", ReleaseKind.DIGITAL),), of="digital"
    ),
    "earliest on disc, after an estimate": State(
        (
            with_window(
                revision("2027-03-05", certainty=ESTIMATED), ReleaseKind.PHYSICAL
            ),
        ),
        of="physical",
    ),
    "on TV, exactly": State(
        (with_window("2027-03-05", ReleaseKind.TV, bound=Bound.EXACTLY),), of="tv"
    ),
    "streaming, about": State(
        (with_window("2027-03-05", bound=Bound.ABOUT),), of="streaming"
    ),
    "streaming, weekends": State(
        (
            opening(
                "2027-03-05",
                windows=(Window(ReleaseKind.STREAMING, weekends=3, source="paper"),),
            ),
        ),
        of="streaming",
    ),
    "earliest streaming after earliest to rent": State(
        (
            opening(
                "2027-03-05",
                windows=(
                    window(ReleaseKind.DIGITAL, days=17),
                    window(origin=ReleaseKind.DIGITAL, channel="Peacock"),
                ),
            ),
        ),
        of="streaming",
    ),
    "derived, then moved with its opening": State(
        (with_window("2027-03-05"), with_window("2027-04-02")), of="streaming"
    ),
    "derived, then announced": State(
        (
            with_window("2027-03-05"),
            film("film", release("film", "2027-03-05"), streaming("2027-05-01"), windows=(window(),)),
        ),
        of="streaming",
    ),
    "derived, then not": State(
        (with_window("2027-03-05"), with_window("2027")), of="streaming"
    ),
}  # fmt: skip


def shown(state):
    """Return the entry of *state*, and the day on which it is shown."""
    edition, now = NOTHING, NOW
    other = opening("2027-05-01", id_="other", title="The Other One")
    for step in state.steps:
        readings = [Reading((other, *([step] if step else [])), (PAPER, LIST), "first")]
        if state.second:
            readings.append(Reading((state.second,), (), "second"))
        edition, _ = revise(edition, merge(readings), now=now, policy=POLICY)
        now += DAY
    found = [
        entry
        for key, entry in edition.entries.items()
        if (key.film, key.kind, key.region) == ("film", state.of, state.region)
    ]
    (entry,) = found
    return entry, (now + timedelta(days=state.days)).date()


def event(state, lang):
    entry, today = shown(state)
    query = FeedQuery(undated=state.query.undated, lang=lang)
    return {
        name: value
        for name, _, value in entry_event(entry, SiteSettings(), query, today).properties
    }


def notices():
    """Return both notices, in each language."""
    entry, _ = shown(STATES["a day"])
    for lang in ORDER:
        feed = Feed(
            SiteSettings(), FeedQuery(lang=lang), "Films", "/calendar", NOW.date(), (entry,), NOW
        )
        for notice in (stale_notice(feed, NOW - 30 * DAY), left_out_notice(feed, 1, 2)):
            yield lang, {name: value for name, _, value in notice.properties}


def paragraph(lang, values):
    return "\n".join(
        [
            f"[{lang}] {values['SUMMARY']}  <{values.get('STATUS', '')}>",
            *(f"    {line}".rstrip() for line in values["DESCRIPTION"].split("\n")),
        ]
    )


def test_every_text_stands_on_one_page(golden):
    """Each state of a release in each language, to be read aloud."""
    page = [
        f"== {name}\n\n" + "\n\n".join(paragraph(lang, event(state, lang)) for lang in ORDER)
        for name, state in STATES.items()
    ]
    page.append("== notices\n\n" + "\n\n".join(paragraph(*each) for each in notices()))
    golden("texts.txt", ("\n\n\n".join(page) + "\n").encode())


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
@pytest.mark.parametrize("name", STATES)
def test_no_sentence_stands_twice_in_a_description(name, lang):
    """Whatever the state and the language."""
    lines = [
        line.removeprefix("• ")
        for line in event(STATES[name], lang)["DESCRIPTION"].split("\n")
        if line
    ]
    sentences = [sentence for line in lines for sentence in re.split(r"(?<=\D\.) ", line)]

    assert len(sentences) == len({*sentences})


@pytest.mark.parametrize(
    ("length", "english", "german"),
    [
        ({"days": 1}, "1 day", "1 Tag"),
        ({"days": 45}, "45 days", "45 Tage"),
        ({"weekends": 3}, "3 weekends", "3 Wochenenden"),
    ],
)
def test_the_length_of_a_window_has_its_unit(length, english, german):
    """It is counted by the language."""
    window = Window(ReleaseKind.DIGITAL, **length)

    assert [window_length(window, LANGUAGES[code]) for code in ("en", "de")] == [english, german]
