"""All texts of events, in every language, on one page that is read aloud: golden/texts.txt."""

import re
from dataclasses import dataclass, field, replace
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
from releasecal.core.reasons import REASONS
from releasecal.core.revise import revise
from releasecal.formats.event_properties import (
    entry_events,
    left_out_notice,
    stale_notice,
    unseen_notice,
)
from releasecal.formats.event_text import window_length
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Undated
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from support.build import DAY, NOW, POLICY, film, opening, release, revision

PAPER = Source("paper", title="The Paper", publisher="Example Press", published=date(2026, 11, 1))
LIST = Source("list", title="The List", attribution="Dates by The List")
DATABASE = Source("db", title="The Database", machine=True)
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
    "a day, while another one is being checked in its last week": State(
        (opening(revision("2026-11-26", source="db")), opening(revision("2026-12-03", source="db")))
    ),
    "a day, while its end is being checked in its last week": State(
        (opening(revision("2026-11-26", source="db")), None)
    ),
    "previews": State(
        (film("film", release("film", "2027-07-10", kind=ReleaseKind.PREVIEW)),), of="preview"
    ),
    "in select cinemas": State(
        (film("film", release("film", "2027-07-10", kind=ReleaseKind.THEATRICAL_LIMITED)),),
        of="theatrical-limited",
    ),
    "back in cinemas": State(
        (film("film", release("film", "2027-07-10", kind=ReleaseKind.RE_RELEASE)),),
        of="re-release",
    ),
    "more announcements than a description has room for": State(
        (
            opening(
                *(
                    revision(f"2027-07-{day:02}", as_of=date(2026, 1, day), reason="late " * 30)
                    for day in range(1, 29)
                )
            ),
        )
    ),
    "brought forward": State((opening("2027-07-14"), opening("2027-05-14"))),
    "no date, then a day": State((opening(revision("")), opening("2027-07-14"))),
    "a month, then a day": State((opening("2027-07"), opening("2027-07-14"))),
    "an estimate, then another day": State(
        (opening(revision("2027-07-14", certainty=ESTIMATED)), opening("2027-07-16"))
    ),
    "a quarter": State((opening("2027-Q1"),), query=SHOWN),
    "a season": State((opening("2027-winter"),), query=SHOWN),
    "a half": State((opening("2027-H1"),), query=SHOWN),
    "the same days in other words": State(
        (opening("2027-07-14~"), opening("2027-07-11/2027-07-17")), query=SHOWN
    ),
    "a third of a quarter": State((opening("2027-Q3-early"),), query=SHOWN),
    "some days": State((opening("2027-07-28/2027-08-03"),), query=SHOWN),
    "about a day": State((opening("2027-07-14~"),), query=SHOWN),
    "a day, then about that day": State(
        (opening("2027-07-14"), opening("2027-07-14~")), query=SHOWN
    ),
    "a day, then only its month": State((opening("2027-07-14"), opening("2027-07")), query=SHOWN),
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
    "sources differ about a cancellation": State(
        (opening("2027-07-14"),),
        second=opening(revision("2027-07-14", source="list", status=Status.CANCELLED)),
    ),
    "a source without a name differs": State(
        (opening("2027-07-14"),), second=opening(revision("2027-08-01"))
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
    "streaming, at most": State(
        (with_window("2027-03-05", months=4, days=None, bound=Bound.AT_MOST),), of="streaming"
    ),
    "earliest streaming, months after a day that is calculated": State(
        (
            opening(
                "2027-03-05",
                windows=(
                    Window(ReleaseKind.DIGITAL, weekends=3),
                    Window(ReleaseKind.STREAMING, months=3, origin=ReleaseKind.DIGITAL),
                ),
            ),
        ),
        of="streaming",
    ),
    "earliest to rent or buy, on a condition": State(
        (
            with_window(
                "2027-03-05",
                ReleaseKind.DIGITAL,
                condition="The film was subsidised.",
                note="The fund tells which films were.",
            ),
        ),
        of="digital",
    ),
    "earliest on TV, weeks": State(
        (opening("2027-03-05", windows=(Window(ReleaseKind.TV, weeks=17),)),), of="tv"
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
    "announced, then only derived": State(
        (
            film("film", release("film", "2027-03-05"), streaming("2027-05-01"), windows=(window(),)),
            with_window("2027-03-05"),
        ),
        of="streaming",
    ),
    "derived, then not, then derived again": State(
        (with_window("2027-03-05"), with_window("2027"), with_window("2027-03-05")), of="streaming"
    ),
    "derived, then not": State(
        (with_window("2027-03-05"), with_window("2027")), of="streaming"
    ),
}  # fmt: skip

ELSEWHERE = {
    # the log of changes
    "{name}: changes",
    # the calendar itself
    "Each event names the sources of its date.",
    "Published by {name}, {address}",
    "Release dates of films: {selected}.",
    "When a date moves, its event moves; calendar programs are asked to look again after {wait}.",
    "all that are known",
    "announced dates only",
    "{count} hours",
    # pages and the log of changes
    "Another source says {new}, {old} stands",
    "Another source says {new}; the first one has no date yet",
    "Released {new}",
    "Retitled from {other}",
    "earliest streaming",
    "today",
    "tomorrow",
    "withdrawn ({when})",
    "yesterday",
    "{new} was {other}'s",
    "{old} went to {other}",
}
"""Texts that no event has."""


def shown(state):
    """Return the entry of *state*, and the day on which it is shown."""
    edition, now = NOTHING, NOW
    other = opening("2027-05-01", id_="other", title="The Other One")
    for step in state.steps:
        readings = [Reading((other, *([step] if step else [])), (PAPER, LIST, DATABASE), "first")]
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
    (made,) = entry_events([entry], SiteSettings(), query, today)
    return {name: value for name, _, value in made.properties}


def notices():
    """Return all notices, in each language."""
    entry, _ = shown(STATES["a day"])
    for lang in ORDER:
        feed = Feed(
            SiteSettings(), FeedQuery(lang=lang), "Films", "/calendar", NOW.date(), (entry,), NOW
        )
        films_own = replace(feed, query=FeedQuery(lang=lang, film=("film",)))
        for notice in (
            stale_notice(feed, NOW - 30 * DAY),
            left_out_notice(feed, 1, 2),
            unseen_notice(films_own, is_past=True),
            unseen_notice(films_own, is_past=False),
        ):
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


class Recorder(dict):
    """Translations that note which of them are asked for."""

    def __init__(self, texts):
        super().__init__(texts)
        self.said = set()

    def get(self, text, default=None):
        self.said.add(text)
        return super().get(text, default)


def test_the_page_has_every_text_that_an_event_can_have(monkeypatch):
    """A new sentence needs a state that shows it; texts of other places are named here."""
    german = LANGUAGES["de"]
    words, plurals = Recorder(german.words), Recorder(german.plurals)
    monkeypatch.setitem(LANGUAGES, "de", replace(german, words=words, plurals=plurals))
    for state in STATES.values():
        event(state, "de")
    list(notices())

    unsaid = {*words, *plurals} - words.said - plurals.said
    assert words.said & {*REASONS}
    assert unsaid - {*REASONS} == ELSEWHERE  # reasons are words in one sentence


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
        ({"weeks": 1}, "1 week", "1 Woche"),
        ({"weeks": 17}, "17 weeks", "17 Wochen"),
        ({"months": 1}, "1 month", "1 Monat"),
        ({"months": 3}, "3 months", "3 Monate"),
    ],
)
def test_the_length_of_a_window_has_its_unit(length, english, german):
    """It is counted by the language."""
    window = Window(ReleaseKind.DIGITAL, **length)

    assert [window_length(window, LANGUAGES[code]) for code in ("en", "de")] == [english, german]
