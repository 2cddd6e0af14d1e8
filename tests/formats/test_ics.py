"""iCalendar: what an event says of its date, and when it has changed."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Event

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import NOTHING
from releasecal.core.languages import LANGUAGES
from releasecal.core.languages.dates_in_words import DateInWords
from releasecal.core.languages.text_digests import DigestLanguage
from releasecal.core.models import (
    Certainty,
    ReleaseKind,
    SeriesPlace,
    Source,
    Status,
    Title,
    Window,
)
from releasecal.core.revise import Policy, revise
from releasecal.formats import ics
from releasecal.formats.content_lines import escape, unescape
from releasecal.formats.event_properties import (
    entry_events,
    left_out_notice,
    stale_notice,
    undo_properties,
)
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import Cancelled, Undated
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.store.prepared_rows import Scratch
from support.build import DAY, NOW, film, only, opening, publish, release, revision
from support.conformance import problems
from support.reference import event, filled, written

TODAY = NOW.date()
SECOND = timedelta(seconds=1)
POLICY = Policy("test", event_digests=partial(ics.event_digests, site=SiteSettings()))

YEAR = timedelta(days=365)


def told(*steps, gap=DAY, since=NOW):
    """Publish one edition a step, *gap* apart, the first one at *since*, and return the last."""
    edition = NOTHING
    for number, step in enumerate(steps):
        films = [step] if step else []
        edition = publish(
            film("other"), *films, before=edition, now=since + number * gap, policy=POLICY
        )
    return edition


def render(edition, query=EVERYTHING, today=TODAY):
    """Render what a feed for *query* would hold, without a store; as sent, so folded."""
    entries = tuple(
        entry
        for entry in edition.entries.values()
        if (query.undated is not Undated.HIDE and entry.overdue_from)
        or (entry.shown and entry.shown.is_day and (not entry.leaves or today < entry.leaves))
    )
    feed = Feed(SiteSettings(), query, "Films", "/calendar", today, entries, edition.published)
    return ics.render(feed).decode()


def alarms_of(document):
    """Return the triggers and texts of all alarms."""
    unfolded = document.replace("\r\n ", "")
    return re.findall(
        r"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:(.*)\r\nTRIGGER:(.*)\r\nEND:VALARM",
        unfolded,
    )


def value(document, name):
    """Return the value of a property of the only event, or of a calendar without events."""
    unfolded = document[max(document.find("BEGIN:VEVENT"), 0) :].replace("\r\n ", "")
    (found,) = re.findall(rf"^{name}(?:;[^:]*)?:(.*?)\r$", unfolded, re.MULTILINE)
    return found


def test_a_move_is_marked_for_a_while():
    """For 14 days the SUMMARY says where it moved from; then LAST-MODIFIED moves once more."""
    edition = told(opening("2027-09-30"), opening("2028-07-14"))
    moved = NOW + DAY
    last = (moved + timedelta(days=13)).date()

    marked, plain = render(edition, today=last), render(edition, today=last + DAY)

    assert value(marked, "SUMMARY") == "Film – in cinemas (US) (moved from 30 Sep 2027)"
    assert value(plain, "SUMMARY") == "Film – in cinemas (US)"
    assert value(marked, "LAST-MODIFIED") == f"{moved:%Y%m%dT%H%M%SZ}"
    assert value(plain, "LAST-MODIFIED") == f"{last + DAY:%Y%m%d}T000000Z"
    assert value(plain, "DTSTAMP") == value(plain, "LAST-MODIFIED")
    assert value(plain, "SEQUENCE") == value(marked, "SEQUENCE") == "1"


@pytest.mark.parametrize("between", ["2027-03", "2027", ""])
def test_the_day_in_calendars_moves_by_way_of_a_month(between):
    """Calendars had it on the old day all the while, so that it is marked as moved from there."""
    steps = [opening("2026-12-18"), opening(between)]
    before, edition = told(*steps), told(*steps, opening("2027-03-19"))
    moved = NOW + 2 * DAY
    last = (moved + timedelta(days=13)).date()

    marked, plain = render(edition, today=last), render(edition, today=last + DAY)

    assert value(render(before), "DTSTART") == "20261218"
    assert value(marked, "SUMMARY") == "Film – in cinemas (US) (moved from 18 Dec 2026)"
    assert value(marked, "LAST-MODIFIED") == f"{moved:%Y%m%dT%H%M%SZ}"
    assert value(plain, "SUMMARY") == "Film – in cinemas (US)"
    assert value(plain, "LAST-MODIFIED") == f"{last + DAY:%Y%m%d}T000000Z"


@pytest.mark.parametrize(
    "steps",
    [
        [opening("2022-09-30", "2023-07-14")],
        [opening("2023"), opening("2023-07-14")],
        [opening("2023-07-14", title="M 7"), opening("2023-07-14", title="Reckoning")],
        [opening("2023-07-14"), opening("2023-07"), opening("2023-07-14")],
        [opening("2023-06-30", "2023-07"), opening("2023-07-14")],
        [opening("2023-06"), opening("2023-07"), opening("2023-07-14")],
    ],
)
def test_only_moves_that_people_saw_are_marked(steps):
    """A history of before our time, a refinement and a new title are no moves."""
    assert "moved from" not in value(render(told(*steps)), "SUMMARY")


@pytest.mark.parametrize(
    "then", [revision("2027-03"), revision("2027-03-05", status=Status.CANCELLED)]
)
@pytest.mark.parametrize(
    ("lang", "title", "words"),
    [
        (
            "en",
            "No longer on this day: Film – earliest streaming (US)",
            "No longer calculated; 19 Apr 2027 was never announced.",
        ),
        (
            "de",
            "Nicht mehr an diesem Tag: Film – frühestens im Stream (US)",
            "Wird nicht mehr berechnet; der 19. April 2027 war nie angekündigt.",
        ),
    ],
)
def test_a_derived_date_that_falls_away_cites_no_source(then, lang, title, words):
    """A derived date that falls away says why, and no source is cited for that."""
    paper = Source("paper", title="News article")
    window = Window(ReleaseKind.STREAMING, days=45, source="paper")
    follows, lapsed = (
        opening(said, windows=(window,)) for said in (revision("2027-03-05", source="paper"), then)
    )
    first = publish(follows, sources=(paper,), policy=POLICY)
    second = publish(lapsed, before=first, now=NOW + DAY, sources=(paper,), policy=POLICY)
    streaming = {key: entry for key, entry in second.entries.items() if key.kind == "streaming"}

    document = render(replace(second, entries=streaming), FeedQuery(lang=lang))

    text = unescape(value(document, "DESCRIPTION"))
    assert value(document, "SUMMARY") == title
    assert words in text
    assert "News article" not in text
    assert "News article" in render(first)
    again = publish(lapsed, before=second, now=NOW + 2 * DAY, sources=(paper,), policy=POLICY)
    assert again is second


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (revision("2027-07-14", status=Status.CANCELLED), "Cancelled: Film – in cinemas (US)"),
        (None, "No longer listed: Film – in cinemas (US)"),
        (revision(""), "No longer on this day: Film – in cinemas (US)"),
        (revision("2028"), "No longer on this day: Film – in cinemas (US)"),
    ],
)
def test_an_entry_off_its_day_says_so_in_its_summary(status, expected):
    """Clients hide STATUS, so SUMMARY has it in words, on the day that calendars show."""
    edition = told(opening("2027-07-14"), opening(status) if status else None)

    document = render(edition)

    assert value(document, "SUMMARY") == expected
    assert value(document, "STATUS") == "CANCELLED"
    assert value(document, "DTSTART") == "20270714"
    assert value(document, "SEQUENCE") == "1"


def test_a_cancelled_entry_can_be_kept():
    """With ``cancelled=keep`` the words stay, and STATUS, which would hide it, goes."""
    edition = told(opening("2027-07-14"), None)

    document = render(edition, FeedQuery(cancelled=Cancelled.KEEP))

    assert "\nSTATUS" not in document
    assert value(document, "SUMMARY").startswith("No longer listed: ")


@pytest.mark.parametrize(
    ("when", "first", "after", "words"),
    [
        ("2027-09", "20270901", "20271001", "September 2027"),
        ("2027-Q4", "20271001", "20280101", "Q4 2027"),
        ("2027-summer", "20270601", "20270901", "summer 2027"),
        ("2027", "20270101", "20280101", "2027"),
        ("2027-H2", "20270701", "20280101", "the second half of 2027"),
        ("2027-early", "20270101", "20270501", "early 2027"),
        ("2027-03-mid", "20270311", "20270321", "mid-March 2027"),
        ("2027-03/2027-05", "20270301", "20270601", "March–May 2027"),
        ("2027-07-03/2027-07-07", "20270703", "20270708", "3–7 Jul 2027"),
        ("2027-03~", "20270214", "20270416", "around March 2027"),
        ("2027-07-14~", "20270711", "20270718", "around 14 Jul 2027"),
    ],
)
def test_a_coarse_date_is_never_shown_as_its_first_day(when, first, after, words):
    """``span`` shows all its days, ``end`` the last one, ``hide`` none."""
    edition = told(opening(when))

    spanned = render(edition, FeedQuery(undated=Undated.SPAN))
    ended = render(edition, FeedQuery(undated=Undated.END))

    assert "VEVENT" not in render(edition)
    assert (value(spanned, "DTSTART"), value(spanned, "DTEND")) == (first, after)
    assert value(ended, "DTEND") == after
    assert value(ended, "DTSTART") > first
    for document in (spanned, ended):
        assert value(document, "STATUS") == "TENTATIVE"
        assert value(document, "SUMMARY") == f"Film – in cinemas (US) (TBC\\, {words})"
        assert f"No day is known yet\\, only {words}." in value(document, "DESCRIPTION")
        assert problems(document.encode()) == []


def test_the_announced_wording_stands_in_the_description():
    """A date that was announced in words is quoted."""
    edition = told(opening(revision("2027", text="early in 2027")))

    document = render(edition, FeedQuery(undated=Undated.SPAN))
    assert "“early in 2027”" in value(document, "DESCRIPTION")


def test_an_entry_that_lost_its_day_is_shown_once():
    """By its coarse date for ``undated=span``, else on its old day; never on both."""
    edition = told(opening("2027-07-14"), opening("2028"))

    spanned = render(edition, FeedQuery(undated=Undated.SPAN))

    assert value(spanned, "DTSTART") == "20280101"
    assert value(spanned, "STATUS") == "TENTATIVE"
    assert value(render(edition), "DTSTART") == "20270714"


def test_a_coarse_date_in_the_past_is_overdue():
    """In words, from the midnight after its last day."""
    edition = told(opening("2026"))
    span = FeedQuery(undated=Undated.SPAN)

    before = render(edition, span, date(2026, 12, 31))
    after = render(edition, span, date(2027, 1, 1))

    assert value(before, "SUMMARY") == "Film – in cinemas (US) (TBC\\, 2026)"
    assert value(after, "SUMMARY") == "Film – in cinemas (US) (overdue\\, was 2026)"
    assert value(after, "LAST-MODIFIED") == "20270101T000000Z"


@pytest.mark.parametrize("certainty", [Certainty.TENTATIVE, Certainty.ESTIMATED])
def test_an_uncertain_date_says_so(certainty):
    """In STATUS and in words."""
    document = render(told(opening(revision("2027-07-14", certainty=certainty))))

    assert value(document, "STATUS") == "TENTATIVE"
    assert value(document, "SUMMARY").endswith("(TBC)")
    assert f"The date is {certainty.value}." in value(document, "DESCRIPTION")


def test_an_event_with_the_same_bytes_keeps_its_last_modified():
    """A new rendering that changes no byte of it is no news."""
    first = told(opening("2027-07-14"))

    second = publish(
        film("other"),
        opening("2027-07-14"),
        before=first,
        now=NOW + DAY,
        policy=replace(POLICY, rendering="newer"),
    )

    assert second.number == first.number + 1
    assert only(second).revised == only(first).revised


def test_an_event_with_other_bytes_is_newer():
    """A setting that shows in the event makes it newer."""
    first = told(opening("2027-07-14"))
    moved = partial(ics.event_digests, site=SiteSettings(public_url="https://films.example"))

    second = publish(
        film("other"),
        opening("2027-07-14"),
        before=first,
        now=NOW + DAY,
        policy=Policy("newer", event_digests=moved),
    )

    assert only(second).revised == NOW + DAY


def test_a_setting_that_shows_nowhere_makes_no_event_newer():
    """As another length of marks, long after the mark went."""
    first = told(opening("2027-07-14"), opening("2027-08-14"))
    late = NOW + 40 * DAY

    again = publish(
        film("other"),
        opening("2027-08-14"),
        before=first,
        now=late,
        policy=replace(POLICY, rendering="3", mark=3 * DAY),
    )

    assert render(again, today=late.date()) == render(first, today=late.date())


def test_alarms_are_there_on_request_only():
    """Each with the SUMMARY as its text; without ``alarm`` there is none."""
    edition = told(opening("2027-07-14"))

    document = render(edition, FeedQuery(alarm=(-7 * DAY, timedelta(hours=9))))

    said = "Film – in cinemas (US)"
    assert alarms_of(document) == [(said, "-P7D"), (said, "PT9H")]
    assert problems(document.encode(), alarms=True) == []
    assert "VALARM" not in render(edition)


@pytest.mark.parametrize("step", [opening(revision("2027-07-14", status=Status.CANCELLED)), None])
def test_an_entry_off_its_day_has_no_alarm(step):
    """However it is shown."""
    edition = told(opening("2027-07-14"), step)

    for cancelled in Cancelled:
        query = FeedQuery(alarm=(-DAY,), cancelled=cancelled)
        assert "VALARM" not in render(edition, query)


def test_an_emoji_stands_first_in_the_summary():
    """Before a prefix, and within the limit of 255 characters."""
    edition = told(opening("2027-07-14"), None)
    long = told(opening("2027-07-14", title="Long " * 80))
    emoji = FeedQuery(emoji=True)

    assert value(render(edition, emoji), "SUMMARY") == "🎬 No longer listed: Film – in cinemas (US)"
    assert len(value(render(long, emoji), "SUMMARY")) == 255


def test_pre_rendered_events_make_the_same_calendar():
    """Instead of entries, in the same order."""
    edition = told(opening("2027-07-14"))
    entry = only(edition)
    feed = Feed(
        SiteSettings(), EVERYTHING, "Films", "/calendar", TODAY, (entry,), edition.published
    )
    body = ics.event(entry, SiteSettings(), EVERYTHING, TODAY)

    lying = replace(feed, entries=(), rendered=(body,))
    assert ics.render(lying) == ics.render(feed)
    assert ics.render(replace(lying, rendered=())) == ics.render(replace(feed, entries=()))


dates = st.sampled_from(["", "2026", "2026-11", "2026-12-01", "2026-12-20", "2027-01-01"])
steps = st.lists(
    st.none()
    | st.builds(
        lambda when, status, title: opening(revision(when, status=status), title=title),
        dates,
        st.sampled_from([Status.SCHEDULED, Status.SCHEDULED, Status.CANCELLED]),
        st.sampled_from(["Film", "The Film"]),
    ),
    min_size=1,
    max_size=5,
)
alarms = st.lists(
    st.timedeltas(-366 * DAY, 366 * DAY).map(lambda t: t // SECOND * SECOND), max_size=2
)
queries = st.builds(
    FeedQuery,
    undated=st.sampled_from(Undated),
    cancelled=st.sampled_from(Cancelled),
    alarm=alarms.map(sorted).map(tuple),
    emoji=st.booleans(),
    lang=st.sampled_from(sorted(LANGUAGES)),
)


@pytest.mark.slow
@given(steps, queries)
def test_bytes_and_last_modified_move_together(tellings, query):
    """Through editions and days: other bytes, later LAST-MODIFIED; same bytes, the same."""
    seen = None
    edition = NOTHING
    for number, step in enumerate(tellings):
        now = NOW + number * 7 * DAY
        films = [step] if step else []
        edition = publish(film("other"), *films, before=edition, now=now, policy=POLICY)
        for day in range(7):
            document = render(edition, query, (now + day * DAY).date())
            assert problems(document.encode(), alarms=True) == []
            if "BEGIN:VEVENT" not in document:
                continue
            event = document[document.index("BEGIN:VEVENT") :]
            stamp = value(event, "LAST-MODIFIED")
            if seen:
                assert (event != seen[0]) == (stamp > seen[1])
                assert int(value(event, "SEQUENCE")) >= int(value(seen[0], "SEQUENCE"))
            seen = event, stamp


@pytest.mark.slow
@given(steps)
def test_an_event_from_its_digest_is_the_event(tellings):
    """Through editions: what is left of a digest is rendered to the bytes of a rendering alone."""
    renderer, edition = ics.Prerenderer(SiteSettings()), NOTHING
    policy = Policy("test", event_digests=renderer.digests)
    for number, step in enumerate(tellings):
        films = [film("other"), *([step] if step else [])]
        now = NOW + number * 7 * DAY
        edition = publish(*films, before=edition, now=now, policy=policy)
        for entry in edition.entries.values():
            alone = list(ics.prerender(entry, SiteSettings()))
            assert [list(renderer.events(entry)) for _ in range(2)] == [alone, alone]


def test_events_made_together_are_those_made_alone():
    """Of films that lack what others have: each event, and each digest, is the one it has alone."""
    films = [
        film("plain", release("plain", "2027-07-14")),
        film("shown", release("shown", "2027-07-15", place="Rex"), poster="https://p.example/1"),
        film("after", release("after", "2027-07-16"), follows="plain", synopsis="A; b, c\\d"),
        film("worldwide", release("worldwide", "2027-08-01", region="001", channel="Kino+")),
        film("early", release("early", "1931-02-12")),
        film("coarse", release("coarse", "2027-11")),
    ]
    edition = publish(*films, before=NOTHING, now=NOW, policy=POLICY)
    entries = [entry for entry in edition.entries.values() if entry.shown.is_day]

    feed = Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", TODAY, entries, NOW)
    alone = [ics.event(entry, SiteSettings(), EVERYTHING, TODAY) for entry in entries]
    digests = [
        digest
        for entry in edition.entries.values()
        for digest in ics.event_digests([entry.facts], SiteSettings())
    ]

    assert b"".join(alone) in ics.render(feed)
    assert alone.count(b"") == 1
    assert [entry.event_digest for entry in edition.entries.values()] == digests


def test_events_without_room_come_from_the_shelf(monkeypatch):
    """Events for which memory has no room are those of a rendering, and rendered no second time."""
    films = [film(f"film-{day}", release(f"film-{day}", f"2027-03-0{day}")) for day in range(1, 7)]
    monkeypatch.setattr(ics, "_MAX_BODIES", 2)
    with closing(Scratch()) as shelf:
        renderer = ics.Prerenderer(SiteSettings(), shelf)
        policy = Policy("test", event_digests=renderer.digests)
        edition = publish(*films, before=NOTHING, now=NOW, policy=policy)
        alone = [list(ics.prerender(entry, SiteSettings())) for entry in edition.entries.values()]
        monkeypatch.delattr(ics, "prerender")
        assert [list(renderer.events(entry)) for entry in edition.entries.values()] == alone


def test_events_that_are_forgotten_are_rendered_again():
    """An edition that needs no event of a part forgets them, and may ask after all."""
    renderer = ics.Prerenderer(SiteSettings())
    entry = only(publish(opening("2027-07-14"), policy=Policy("test", renderer.digests)))
    renderer.forget()

    assert renderer._kept(entry.facts) is None
    assert list(renderer.events(entry)) == list(ics.prerender(entry, SiteSettings()))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=150)
words = texts | st.sampled_from(
    [",;:\\", "\\N", "two\nlines", "👩‍👩‍👧 🇺🇸", "字" * 60, "word " * 800]
)
tellings = st.builds(
    lambda title, note, reason, channel, certainty, told, follows: film(
        "film",
        release(
            "film",
            *(replace(each, reason=reason) for each in told),
            revision(str(told[-1].when or "2027"), certainty=certainty, source="paper"),
            channel=channel,
            note=note,
            place=reason,
            label=note,
            tickets="https://tickets.example/?a=1;b,c" if follows else "",
        ),
        release("film", "2027-03-04", kind=ReleaseKind.RE_RELEASE, number=2),
        title=title or "Film",
        synopsis=note,
        poster="https://images.example/a,b;c.jpg" if follows else "",
        genres=(title or "drama", "spy"),
        follows="other" if follows else "",
        windows=(Window(ReleaseKind.STREAMING, days=45, channel=channel, note=note),),
    ),
    *(words for _ in range(4)),
    st.sampled_from(Certainty),
    st.lists(st.builds(revision, dates), min_size=1, max_size=4),
    st.booleans(),
)


@pytest.mark.slow
@given(steps, tellings, queries, words, st.sampled_from([0, 1, 20, 400]))
def test_an_event_is_written_as_the_reference_writes_it(befores, telling, query, word, days):
    """Whatever its values: the bytes that `icalendar` makes."""
    sources = (Source("paper", word, word, published=TODAY, attribution=word),)
    edition = told(*befores)
    last = publish(
        opening("2026", id_="other"),
        telling,
        before=edition,
        now=NOW + 40 * DAY,
        policy=POLICY,
        sources=sources,
    )
    today = TODAY + (40 + days) * DAY
    for entry in last.entries.values():
        if entry.shown is None:
            continue
        (values,) = entry_events([entry], SiteSettings(), query, today)
        assert ics.event(entry, SiteSettings(), query, today) == event(values)


@pytest.mark.parametrize("name", ["Films", "A\\\\B, C; D\\\\N", "Filme für Ä " + "字" * 40])
def test_notices_and_cancellations_are_written_as_the_reference_writes_them(name):
    """They go through the same list of properties as events."""
    edition = told(opening("2027-07-14"))
    site = SiteSettings(name=name)
    feed = Feed(site, EVERYTHING, "Films", "/calendar", TODAY, (only(edition),), edition.published)
    stale = replace(feed, entries=(), stale_since=NOW - 30 * DAY, left_out=2)

    notices = stale_notice(stale, stale.stale_since), left_out_notice(stale, 0, 2)
    undone = undo_properties(*entry_events([only(edition)], site, EVERYTHING, TODAY))

    assert b"".join(map(event, notices)) in ics.render(stale)
    assert written(filled(Event(), undone)) in ics.undo(feed)
    assert ("SEQUENCE", (), 1) in undone
    assert ("STATUS", (), "CANCELLED") in undone


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
@example("\\\\n\\n\n")
def test_a_text_comes_back_from_its_escapes(text):
    """`unescape` undoes `escape`."""
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("code", sorted({*LANGUAGES} - {"en"}))
def test_a_word_in_any_language_changes_the_digest(monkeypatch, code):
    """Readers of that language see another event, so that it has to be newer."""
    edition = told(opening("2022-09-30"), opening("2023-07-14"), since=NOW - 5 * YEAR)
    facts = only(edition).facts
    before = ics.event_digests([facts], SiteSettings())

    monkeypatch.setitem(LANGUAGES[code].words, "Before:", "Davor:")
    monkeypatch.setattr(ics, "_OTHERS", DigestLanguage.of(ics._OTHERS.languages))

    assert ics.event_digests([facts], SiteSettings()) != before


def test_a_day_in_any_language_changes_the_digest(monkeypatch):
    """Its words are noted beside the English ones, though no text of that language is made."""
    facts = only(told(opening("2023-07-14"))).facts
    before = ics.event_digests([facts], SiteSettings())

    polish = LANGUAGES["pl"]
    others = [
        replace(polish, date=lambda _: DateInWords("wkrótce")) if each is polish else each
        for each in ics._OTHERS.languages
    ]
    monkeypatch.setattr(ics, "_OTHERS", DigestLanguage.of(others))

    assert ics.event_digests([facts], SiteSettings()) != before


def test_what_english_has_no_room_for_changes_the_digest():
    """Another language is shorter, so that its event may tell of it."""
    days = [revision(f"2027-01-{day:02}", reason="r" * 200) for day in range(2, 29)]
    with_reasons = (
        only(told(film("film", release("film", revision("2027-01-01", reason=reason), *days))))
        for reason in ("early", "later")
    )
    digests, bodies = set(), set()
    for entry in with_reasons:
        digests.update(ics.event_digests([entry.facts], SiteSettings()))
        bodies.add(ics.event(entry, SiteSettings(), EVERYTHING, TODAY))

    assert (len(bodies), len(digests)) == (1, 2)


def test_the_digest_of_an_event_stays_through_releases():
    """Another digest for the same facts would make every event newer on an upgrade."""
    steps = opening("2022-09-30"), opening("2023-07-14", title="Film, 2")
    edition = told(*steps, since=NOW - 5 * YEAR)

    assert only(edition).event_digest == "6813e55b0a9f7d6b71824d14954841c9"


@pytest.mark.parametrize(
    ("region", "lang", "title"),
    [
        ("DE", "de", "Die Ringe"),
        ("DE", "en", "The Rings"),
        ("AT", "de", "Der Ring"),
        ("GB", "en", "Rings!"),
        ("GB", "de", "Der Ring"),
        ("US", "en", "The Rings"),
    ],
)
def test_a_regional_title_is_used_for_its_region_and_language(region, lang, title):
    """Its own region before any, its own language before none; others see the film's title."""
    titles = (
        Title("Der Ring", "regional", lang="de"),
        Title("Die Ringe", "regional", lang="de-DE", region="DE"),
        Title("Rings!", "regional", region="GB"),
        Title("Old Rings", "former"),
        Title("Les Anneaux", "regional", lang="fr", region="FR"),
    )
    known = film("film", release("film", "2027-07-14", region=region), title="The Rings")

    document = render(told(replace(known, titles=titles)), FeedQuery(lang=lang))

    assert value(document, "SUMMARY").startswith(f"{title} – ")
    assert ("The Rings" in value(document, "DESCRIPTION")) == (title != "The Rings")


def test_a_retitled_film_says_what_it_was_called():
    """In its event; sentences about other films keep the titles of their time."""
    taker = revision("2027-07-14", slot_from="film")
    steps = [(title, opening("2027-08-14", title=title)) for title in ("Film 2", "Film: Returns")]
    edition = NOTHING
    for number, (title, step) in enumerate(steps):
        other = opening(taker, id_="other", title="Other")
        edition = publish(step, other, before=edition, now=NOW + number * DAY, policy=POLICY)
        former = next(
            entry.facts.former_title for key, entry in edition.entries.items() if key.film == "film"
        )
        assert former == ("" if title == "Film 2" else "Film 2")

    own, others = render(edition).split("END:VEVENT")[:2]
    assert "Former title: Film 2." in value(own, "DESCRIPTION")
    assert "the date was Film 2's" in value(others, "DESCRIPTION")


def test_two_films_of_one_title_on_one_day_differ_in_their_summaries():
    """By year, which a long title does not push out."""
    films = [opening("2027-07-14", id_=id_, title="Long " * 80) for id_ in ("long", "long-1984")]

    document = render(publish(*films, policy=POLICY))

    one, other = (value(part, "SUMMARY") for part in document.split("END:VEVENT")[:2])
    assert one.endswith("… (2027) – in cinemas (US)")
    assert other.endswith("… (1984) – in cinemas (US)")


def test_genres_and_series_are_categories():
    """After the kind and the role, each once: clients filter by them."""
    series = (SeriesPlace("films", "The Films"),)
    edition = told(
        opening("2027-07-14", follows="other", genres=("spy", "theatrical"), series=series)
    )

    assert value(render(edition), "CATEGORIES") == "Theatrical,Sequel,Spy,The Films"


def test_a_contradicting_source_is_named():
    """With its date, beside the one that is followed."""
    paper = Source("paper", title="The Paper")
    first = Reading((opening("2027-07-14"),))
    second = Reading((opening(revision("2027-08-01", source="paper")),), (paper,))
    edition, _ = revise(NOTHING, merge([first, second]), now=NOW, policy=POLICY)

    assert "Sources differ: The Paper says 1 Aug 2027." in value(render(edition), "DESCRIPTION")
    assert "Source: The Paper" in value(render(edition), "DESCRIPTION")
    german = render(edition, FeedQuery(lang="de"))
    assert "Die Quellen widersprechen sich: The Paper sagt 1. August 2027." in value(
        german, "DESCRIPTION"
    )
