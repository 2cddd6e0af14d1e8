"""Differences: two days of a calendar beside each other, and what was told before the first."""

from datetime import date

from releasecal.core.changes import ChangeKind
from releasecal.core.changes_between_editions import differences, steps_before
from releasecal.core.models import ReleaseKind, Window
from support.build import NOW, film, only, opening, publish, release, revision

DAY = date(2026, 11, 22)


def told(*films):
    return publish(*films).entries.values()


def test_each_release_that_differs_is_told_once():
    """A move, a new release and one that has gone; what is equal is not told."""
    before = told(
        opening("2027-01-01", id_="moved"),
        opening("2027-02-02", id_="equal"),
        film(
            "gone",
            release("gone", "2027-03-01"),
            windows=(Window(ReleaseKind.STREAMING, 45, channel="Paramount+"),),
        ),
    )
    after = told(
        opening("2027-01-08", id_="moved"),
        opening("2027-02-02", id_="equal"),
        opening("2027-03-01", id_="gone"),
        opening("2027-04-04", id_="new"),
    )

    found = differences(before, after, DAY)

    assert [(each.key.film, each.kind) for each in found] == [
        ("gone", ChangeKind.LAPSED),
        ("moved", ChangeKind.DELAYED),
        ("new", ChangeKind.ADDED),
    ]
    assert "Moved from 1 Jan 2027 to 8 Jan 2027" in found[1].in_words


def test_a_calendar_does_not_differ_from_itself():
    entries = told(opening("2027-01-01"), opening("", id_="undated"))
    assert differences(entries, entries, DAY) == ()


def test_steps_before_the_first_edition_are_told_newest_first():
    """The log has a release as new; its moves before that are in its history alone."""
    entry = only(
        publish(
            opening(
                revision("2021-07-23", as_of=date(2020, 1, 1)),
                revision("2021-11-19", as_of=date(2020, 4, 2), reason="COVID-19 pandemic"),
                revision("2022-05-27", as_of=date(2021, 1, 21)),
            )
        )
    )

    steps = steps_before(entry)

    assert [(step.kind, step.at.date()) for step in steps] == [
        (ChangeKind.DELAYED, date(2021, 1, 21)),
        (ChangeKind.DELAYED, date(2020, 4, 2)),
    ]
    assert steps[1].in_words == (
        "Moved from 23 Jul 2021 to 19 Nov 2021, announced by 2 Apr 2020: COVID-19 pandemic"
    )


def test_moves_since_the_first_edition_are_in_the_log_alone():
    first = publish(opening("2027-01-01"))
    second = publish(opening("2027-01-08"), before=first, now=replace_day(NOW, 23))
    assert steps_before(only(second)) == ()


def replace_day(moment, day):
    return moment.replace(day=day)
