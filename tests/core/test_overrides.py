"""Overrides: corrections by a person, until their end."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.models import ReleaseKey, ReleaseKind, Source, Status, Window
from releasecal.core.overrides import Override
from releasecal.core.revise import Policy, revise
from releasecal.errors import Place
from support.build import NOW, film, opening, publish, release, revision

TODAY = NOW.date()
KEY = ReleaseKey("film", "theatrical", "US")
WINDOW = Window(ReleaseKind.STREAMING, days=45)
ANNA = Source("override:anna", title="Correction by Anna")


def override(*history, id_="film", **facts):
    told = tuple(
        revision(when, source=ANNA.id, reason="The distributor called")
        if isinstance(when, str)
        else when
        for when in history
    )
    releases = (release(id_, *told),) if told else ()
    place = Place("overrides.yaml", 3, 5)
    return Override(id_, "Anna", "The distributor called", ANNA, place, releases=releases, **facts)


def merged(*films, by, today=TODAY):
    return merge([Reading(films, overrides=tuple(by))], today)


def current(catalogue, key=KEY):
    (found,) = [each for each in catalogue.films[key.film].releases if each.key == key]
    return found.current


def test_an_override_beats_every_source():
    """An override's date stands, with author and reason; earlier dates stay in the history."""
    catalogue = merge(
        [
            Reading((opening("2027-06-01", "2027-07-14"),)),
            Reading((opening("2027-08-01"),), overrides=(override("2027-07-12"),)),
        ],
        TODAY,
    )

    said = current(catalogue)
    history = catalogue.films["film"].releases[0].history
    assert (str(said.when), said.reason, said.source) == (
        "2027-07-12",
        "The distributor called",
        ANNA.id,
    )
    assert [str(each.when) for each in history] == ["2027-06-01", "2027-07-14", "2027-07-12"]
    assert catalogue.sources[ANNA.id] == ANNA
    assert catalogue.conflicts == ()  # it has been decided
    assert catalogue.notes == ()


def test_an_override_leaves_the_rest_alone():
    """Other releases, the title and windows are as the sources have them."""
    window = Window(ReleaseKind.STREAMING, days=45)
    told = film(
        "film",
        release("film", "2027-07-14"),
        release("film", "2027-07-16", region="GB"),
        title="Film",
        windows=(window,),
    )

    catalogue = merged(told, by=[override("2027-07-12")])

    kept = catalogue.films["film"]
    assert (kept.title, kept.windows) == ("Film", (window,))
    assert str(current(catalogue, ReleaseKey("film", "theatrical", "GB")).when) == "2027-07-16"


def test_title_and_windows_can_be_corrected():
    """The title and windows of an override replace the film's."""
    window = Window(ReleaseKind.STREAMING, days=30)

    corrected = merged(opening("2027-07-14"), by=[override(title="Right", windows=(window,))])

    assert corrected.films["film"].title == "Right"
    assert corrected.films["film"].windows == (window,)


def test_an_override_adds_and_cancels_releases():
    """An override can add a release that no source has, and cancel one."""
    added = merged(film("film"), by=[override("2027-07-12")])
    over = merged(
        opening("2027-07-14"), by=[override(revision("2027-07-14", status=Status.CANCELLED))]
    )

    assert str(current(added).when) == "2027-07-12"
    assert current(over).status is Status.CANCELLED


def test_the_first_of_two_overrides_stands():
    """Overrides have the precedence of their sources and, in one source, their order."""
    catalogue = merged(opening("2027-07-14"), by=[override("2027-07-12"), override("2027-07-13")])

    assert str(current(catalogue).when) == "2027-07-12"


@pytest.mark.parametrize(
    ("until", "says"),
    [(date(2026, 11, 21), "2027-07-14"), (TODAY, "2027-07-12"), (None, "2027-07-12")],
)
def test_an_override_holds_until_its_last_day(until, says):
    """The last day is included; after it the sources count again."""
    catalogue = merged(opening("2027-07-14"), by=[override("2027-07-12", until=until)])

    assert str(current(catalogue).when) == says


@pytest.mark.parametrize(
    ("by", "note"),
    [
        (override("2027-07-14"), "the sources say the same of film.theatrical.us now (take it out once it is published)"),
        (override("2027-07-12", until=date(2026, 11, 1)), "ended with 2026-11-01 (take it out)"),
        (override("2026-11-01"), "the day of film.theatrical.us has passed (take it out)"),
        (override("2027-07-12", id_="flim"), "no source tells of that film (did you mean film?)"),
        (override(title="Film"), "the sources give the same title now (take it out)"),
    ],
)  # fmt: skip
def test_an_obsolete_override_has_a_note(by, note):
    """The note names the place, the author and the reason why the override can go."""
    (line,) = merged(opening("2027-07-14"), by=[by]).notes

    assert line == f"overrides.yaml:3:5: override of {by.film} by Anna: {note}"


@pytest.mark.parametrize("until", [None, date(2026, 11, 20)])
def test_a_release_only_overridden_stays_after_its_day(until):
    """A release that no source has stays once it is out, though its override ends."""
    by = override("2026-11-20", until=until, title="The Film", windows=(WINDOW,))
    catalogue = merged(film("film"), by=[by])

    assert str(current(catalogue).when) == "2026-11-20"
    assert catalogue.notes == ()
    assert catalogue.films["film"].title == ("Film" if until else "The Film")


@pytest.mark.parametrize("until", [date(2026, 11, 19), date(2026, 11, 21)])
def test_an_ended_override_goes_before_its_day(until):
    """An ended override goes if its day had not come, or another one has the release."""
    ended = override("2026-11-20", until=until)
    others = [] if until.day == 19 else [override("2026-11-18")]
    catalogue = merged(film("film"), by=[ended, *others])

    assert [str(each.current.when) for each in catalogue.films["film"].releases] == (
        ["2026-11-18"] if others else []
    )
    assert catalogue.notes == (
        f"overrides.yaml:3:5: override of film by Anna: ended with {until} (take it out)",
    )


def test_recheck_is_the_next_day_that_changes_the_result():
    """The result of an override changes when it ends, and when its day has passed."""
    far = override("2027-07-12", until=date(2027, 1, 31))

    assert merged(opening("2027-07-14"), by=[far]).recheck == date(2027, 2, 1)
    assert merged(opening("2027-07-14"), by=[override("2027-07-12")]).recheck == date(2027, 7, 13)
    assert merged(opening("2027-07-14"), by=[override("2026-07-12")]).recheck is None


def test_an_override_moves_the_event_and_back():
    """Subscribers see the event move, with the reason, and move back under the same UID."""
    before = publish(opening("2027-07-14"))
    corrected, (moved,) = revise(
        before, merged(opening("2027-07-14"), by=[override("2027-07-12")]), now=NOW, policy=Policy()
    )
    ended, (back,) = revise(
        corrected, merged(opening("2027-07-14"), by=[]), now=NOW, policy=Policy()
    )

    assert moved.in_words == "Moved from 14 Jul 2027 to 12 Jul 2027: The distributor called"
    assert back.in_words == (
        "According to another source: 14 Jul 2027; the source before said 12 Jul 2027"
    )
    assert [ended.entries[KEY].sequence, corrected.entries[KEY].sequence] == [2, 1]


DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31)).map(str)


@given(told=st.lists(DAYS, min_size=1, max_size=4, unique=True), said=DAYS)
def test_no_announcement_is_lost_by_an_override(told, said):
    """All announcements of the sources stay in their order, with the correction last."""
    catalogue = merged(opening(*told), by=[override(said)])

    history = [str(each.when) for each in catalogue.films["film"].releases[0].history]
    assert history[-1] == said
    assert [when for when in history if when != said] == [when for when in told if when != said]
