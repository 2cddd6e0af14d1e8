"""Merged releases: coarse dates agree with exact ones, and precedence decides contradictions."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.catalogue import Reading, merge
from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.editions import NOTHING
from releasecal.core.models import Certainty, ReleaseKey, ReleaseKind, Source, Status, Window
from releasecal.core.overrides import Override
from releasecal.core.revise import revise
from releasecal.errors import Place
from support.build import DAY, NOW, POLICY, account, film, release, revision, when

HOUR = timedelta(hours=1)
OWN = Source("own", "Our list")
DATABASE = Source("db", "The Database", machine=True)
LONGEST = timedelta(days=14)


def merged(*accounts, sources=(OWN, DATABASE)):
    """Return the release that *accounts* tell of, each by a source of its own, and its catalogue."""
    readings = [
        Reading((each,), sources, address=f"source {number}")
        for number, each in enumerate(accounts)
    ]
    catalogue = merge(readings, NOW.date())
    (found,) = catalogue.films["film"].releases
    return found, catalogue


def story(found):
    return [str(each.when) for each in found.history]


def conflicts(catalogue):
    return [each.other for each in catalogue.conflicts]


# ── one release from several accounts ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("coarse", "exact"),
    [
        ("2027", "2027-07-14"),
        ("2027", "2027-07"),
        ("2027", "2027-Q3"),
        ("2027", "2027-summer"),
        ("2027-Q3", "2027-07"),
        ("2027-Q3", "2027-09-30"),
        ("2027-summer", "2027-06"),
        ("2027-summer", "2027-08-31"),
        ("2027-07", "2027-07-14"),
        ("2027-winter", "2028-02-29"),
        ("2027", "2027-H1"),
        ("2027-H1", "2027-early"),
        ("2027-early", "2027-Q1"),
        ("2027-mid", "2027-summer"),
        ("2027-summer", "2027-summer-late"),
        ("2027-03", "2027-03-mid"),
        ("2027-03-mid", "2027-03-11"),
        ("2027-spring", "2027-03/2027-04"),
        ("2027-03/2027-05", "2027-05-31"),
        ("2027-07-03/2027-07-07", "2027-07-07"),
        ("2027-03~", "2027-03"),
        ("2027-03~", "2027-04-02"),
        ("2027-07-14~", "2027-07-16"),
        ("2027~", "2027"),
    ],
)
def test_the_more_exact_date_wins(coarse, exact):
    """Whichever source has it, and no conflict: both are true."""
    for accounts in ((coarse, exact), (exact, coarse)):
        found, catalogue = merged(*map(account, accounts))
        assert str(found.current.when) == exact
        assert catalogue.conflicts == ()
    assert story(merged(account(coarse), account(exact))[0]) == [coarse, exact]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("2027", "2028-07-14"),
        ("2027-Q3", "2027-10"),
        ("2027-summer", "2027-09-01"),
        ("2027-winter", "2027-02-01"),
        ("2027-07-14", "2027-07-15"),
        ("2027-H1", "2027-07-01"),
        ("2027-early", "2027-05"),
        ("2027-03-late", "2027-03-20"),
        ("2027-03/2027-05", "2027-06-01"),
        ("2027-03~", "2027-05-02"),
        ("2027-07-14~", "2027-07-18"),
    ],
)
def test_precedence_decides_contradictions(first, other):
    """Of dates that exclude each other the first source's stands, and the other is a conflict."""
    for accounts in ((first, other), (other, first)):
        found, catalogue = merged(*map(account, accounts))
        assert str(found.current.when) == accounts[0]
        assert conflicts(catalogue) == [when(accounts[1]).in_words]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("2027-summer", "2027-Q3"),
        ("2027", "2026-winter"),
        ("2027-early", "2027-03/2027-06"),
        ("2027-03/2027-05", "2027-spring"),
    ],
)
def test_dates_that_overlap_agree(first, other):
    """Neither is within the other, and both can be true: the first one stands."""
    for accounts in ((first, other), (other, first)):
        found, catalogue = merged(*map(account, accounts))
        assert story(found) == [accounts[0]]
        assert catalogue.conflicts == ()


def test_no_date_that_is_said_first_stands():
    """Whoever keeps the file says that there is no date; another source's is a conflict."""
    found, catalogue = merged(account("", source="own"), account("2027-07-14", source="db"))

    assert found.current.when is None
    assert [str(each) for each in catalogue.conflicts] == [
        "film.theatrical.us: no date yet stands, another source says 14 Jul 2027 (db)"
    ]


def test_no_date_that_is_said_later_contradicts_nothing():
    """A later source without a date hides no third one either."""
    found, catalogue = merged(*map(account, ("2027", "", "2027-07-14")))

    assert story(found) == ["2027", "2027-07-14"]
    assert catalogue.conflicts == ()


@pytest.mark.parametrize(
    ("told", "published", "other"),
    [
        (("2027", "2027-Q3", "2027-07-14"), "2027-07-14", []),
        (("2027", "2027-07-14", "2027-Q3"), "2027-07-14", []),
        (("2027", "2027-Q3", "2027-10-01"), "2027-Q3", ["1 Oct 2027"]),
        (("2027", "2028-01-02", "2027-10-01"), "2027-10-01", ["2 Jan 2028"]),
        (("2027", "2027-07-14", "2027-07-15"), "2027-07-14", ["15 Jul 2027"]),
        (("2026-winter", "2027", "2026-12-18"), "2026-winter", ["18 Dec 2026"]),
    ],
)
def test_of_three_sources_each_is_asked_in_its_order(told, published, other):
    """What contradicts a source before it is a conflict, and what agrees with all may be finer."""
    found, catalogue = merged(*map(account, told))

    assert str(found.current.when) == published
    assert conflicts(catalogue) == other


def test_a_day_that_was_taken_back_stays_so():
    """A source that says 14 July, then only 2027, is not answered by one that knows but the day."""
    found, catalogue = merged(account("2027-07-14", "2027"), account("2027-07-14"))

    assert story(found) == ["2027-07-14", "2027"]
    assert catalogue.conflicts == ()


@pytest.mark.parametrize(
    ("own", "other", "woven"),
    [
        (["2027"], ["2027-05-01", "2027-07-14"], ["2027", "2027-05-01", "2027-07-14"]),
        (["2026", "2027"], ["2026-10-10", "2027-07-14"], ["2026", "2027", "2027-07-14"]),
        (["2026", "2027"], ["2026", "2027", "2027-07-14"], ["2026", "2027", "2027-07-14"]),
        (["2027-07-14", "2027"], ["2027-07-14", "2027-09-01"], ["2027-07-14", "2027", "2027-09-01"]),
    ],
)  # fmt: skip
def test_the_histories_of_both_become_one(own, other, woven):
    """The coarse announcement comes first, then what made it more exact; nothing stands twice."""
    found, _ = merged(account(*own), account(*other))

    assert story(found) == woven


def test_days_of_announcement_place_what_came_before():
    """What another source knew earlier stands earlier."""
    own = account(revision("2027", as_of=date(2026, 3, 1)))
    other = account(
        revision("2026-10-10", as_of=date(2025, 5, 5)),
        revision("2027-05-01", as_of=date(2026, 4, 1)),
        revision("2027-07-14", as_of=date(2026, 6, 1)),
    )

    found, _ = merged(own, other)

    assert story(found) == ["2026-10-10", "2027", "2027-05-01", "2027-07-14"]


def test_a_later_source_never_reorders_the_first_ones_history():
    """A source that goes on where the first one ended is a conflict, and no news."""
    found, catalogue = merged(
        account("2026-01-09", "2026-02-09", "2026-03-09"),
        account("2026-02-09", "2026-03-09", "2026-01-09", "2028-01-09"),
    )

    assert story(found)[-1] == "2026-03-09"
    assert conflicts(catalogue) == ["9 Jan 2028"]


def test_a_cancellation_is_no_exact_date():
    """A second source's cancellation within the year is a conflict."""
    cancelled = account(revision("2027-07-14", status=Status.CANCELLED))

    found, catalogue = merged(account("2027"), cancelled)

    assert story(found) == ["2027"]
    assert conflicts(catalogue) == ["cancelled (14 Jul 2027)"]


def test_a_first_of_january_of_a_database_is_its_year_and_agrees():
    """It makes nothing exact and contradicts no year, quarter or month in it."""
    for own in ("2027", "2027-Q3", "2027-01", "2026-winter"):
        found, catalogue = merged(account(own), account("2027-01-01", source="db"))
        assert story(found) == [own]
        assert catalogue.conflicts == ()


def test_a_first_of_january_by_a_person_is_a_day():
    """New Year's Day in a file that is kept by hand makes the database's year exact."""
    found, _ = merged(account("2027", source="db"), account("2027-01-01", source="own"))

    assert str(found.current.when) == "2027-01-01"


def test_an_override_is_not_made_exact():
    """Somebody who knows that the day is off writes the year, and it stands."""
    by_anna = Override(
        "film",
        "Anna",
        "They called",
        Source("override:anna"),
        Place("overrides.yaml"),
        releases=account(revision("2027", source="override:anna")).releases,
    )
    readings = [
        Reading((account("2027"),), overrides=(by_anna,)),
        Reading((account("2027-07-14"),)),
    ]

    (found,) = merge(readings).films["film"].releases

    assert str(found.current.when) == "2027"
    assert (found.refined, found.contested) == ((), ())


def test_a_calculated_date_keeps_the_conflict():
    """A release without a date has the calculated one, and says what another source has."""

    def told(day, source):
        streaming = release("film", revision(day, source=source), kind=ReleaseKind.STREAMING)
        window = Window(ReleaseKind.STREAMING, days=45)
        return film("film", release("film", "2027-03-05"), streaming, windows=(window,))

    readings = [Reading((told("", "own"),), (OWN, DATABASE)), Reading((told("2027-05-01", "db"),))]
    edition, _ = revise(NOTHING, merge(readings), now=NOW, policy=POLICY)
    entry = edition.entries[ReleaseKey("film", "streaming", "US")]

    assert str(entry.current.when) == "2027-04-19"
    assert [str(other.when) for other in entry.facts.release.contested] == ["2027-05-01"]
    assert [source.id for source in entry.facts.sources] == ["own", "db"]


# ── as time goes by ──────────────────────────────────────────────────────────────────


class Calendar:
    """Follows our own list and a database under a made-up clock."""

    def __init__(self, own, db, database=DATABASE, now=NOW):
        self.edition, self.now, self.database = NOTHING, now, database
        self.look(timedelta(), own, db)

    def look(self, after, own, db, *, overrides=(), read=("own", "db")):
        """
        Look again *after* some time; return the kinds of change of "film".

        *own* and *db* are the dates that each source gives, None where it does not list the
        film; each always lists another one. Only the addresses *read* are asked.
        """
        self.now += after
        told = {
            "own": Reading(
                _listed("own", own), (OWN, self.database), "own", overrides=tuple(overrides)
            ),
            "db": Reading(_listed("db", db), (OWN, self.database), "db"),
        }
        catalogue = merge([told[address] for address in read], self.now.date())
        self.edition, changes = revise(self.edition, catalogue, now=self.now, policy=POLICY)
        return [change.kind.value for change in changes if change.key.film == "film"]

    @property
    def entry(self):
        return self.edition.entries[ReleaseKey("film", "theatrical", "US")]

    @property
    def story(self):
        return story(self.entry.facts.release)

    @property
    def wait(self):
        (pending,) = self.edition.pending.values()
        return pending.due - self.now


def _listed(source, day):
    film_ = [] if day is None else [account(day, source=source)]
    return (film(f"of-{source}"), *film_)


def test_what_a_database_makes_exact_waits():
    """A day within our year counts when the database has said so for its wait, and both are named."""
    calendar = Calendar("2027", None)

    assert calendar.look(HOUR, "2027", "2027-01-31") == []
    assert calendar.look(timedelta(days=6), "2027", "2027-01-31") == []
    assert calendar.look(DAY, "2027", "2027-01-31") == ["refined"]
    assert calendar.story == ["2027", "2027-01-31"]
    assert [source.id for source in calendar.entry.facts.sources] == ["own", "db"]


def test_a_day_that_flickers_makes_nothing_exact():
    """A database that takes its day back within the wait has changed nothing."""
    calendar = Calendar("2027", None)
    for number in range(10):
        assert calendar.look(DAY, "2027", None if number % 2 else "2027-07-14") == []

    assert calendar.story == ["2027"]


def test_the_first_look_at_a_database_counts_at_once():
    """As all that a source says when it is read for the first time."""
    calendar = Calendar("2027", "2027-07-14")
    assert calendar.story == ["2027", "2027-07-14"]

    edition, _ = revise(
        NOTHING,
        merge([Reading((account("2027", source="own"),), (OWN,), "own")]),
        now=NOW,
        policy=POLICY,
    )
    calendar.edition = edition
    assert calendar.look(DAY, "2027", "2027-07-14") == ["refined"]


def test_what_a_person_makes_exact_counts_at_once():
    """A second file that is kept by hand waits for nothing."""
    calendar = Calendar("2027", None, database=Source("db"))

    assert calendar.look(HOUR, "2027", "2027-07-14") == ["refined"]


def test_a_day_that_contradicts_later_does_not_pull_the_calendar_away():
    """A database that goes on to 2028 has left our year, which stands; its day is a conflict."""
    calendar = Calendar("2027", "2027-12-31")

    assert calendar.look(HOUR, "2027", "2028-03-03") == []
    assert calendar.wait == LONGEST
    assert calendar.story == ["2027", "2027-12-31"]
    assert calendar.look(LONGEST, "2027", "2028-03-03") == ["blurred", "conflict"]
    assert calendar.story == ["2027", "2027-12-31", "2027"]
    assert calendar.look(HOUR, "2027", "2027-12-31") == []
    assert calendar.look(LONGEST, "2027", "2027-12-31") == ["refined"]


@pytest.mark.parametrize(
    ("own", "kinds", "shown"),
    [
        ("2028", ["delayed", "conflict"], "2028"),
        ("2027-Q4", ["delayed", "conflict"], "2027-Q4"),
        ("2027-07-16", ["delayed", "conflict"], "2027-07-16"),
        ("", ["undated", "conflict"], "None"),
        ("2027-Q3", [], "2027-07-14"),
    ],
)
def test_our_own_word_counts_at_once(own, kinds, shown):
    """Whatever the database has made exact before, and says still."""
    calendar = Calendar("2027", "2027-07-14")

    assert calendar.look(HOUR, own, "2027-07-14") == kinds
    assert str(calendar.entry.current.when) == shown


def test_a_database_in_front_waits_before_it_overrules_a_person():
    """A machine's change is a machine's, also where a person's date has stood till then."""
    ours = account("2027-12-31", source="own")
    readings = [Reading((film("other"),), (DATABASE,), "db"), Reading((ours,), (OWN,), "own")]
    edition, _ = revise(NOTHING, merge(readings), now=NOW, policy=POLICY)
    theirs = Reading((film("other"), account("2028-01-02", source="db")), (DATABASE,), "db")

    following, changes = revise(
        edition, merge([theirs, readings[1]]), now=NOW + HOUR, policy=POLICY
    )

    assert changes == ()
    (pending,) = following.pending.values()
    assert pending.due == NOW + HOUR + LONGEST


def test_the_end_of_an_override_counts_at_once():
    """What the database makes exact then is not new."""
    calendar = Calendar("2027", "2027-07-14")
    by_anna = Override(
        "film",
        "Anna",
        "They called",
        Source("override:anna"),
        Place("overrides.yaml"),
        releases=account("2027", source="override:anna").releases,
    )

    assert calendar.look(HOUR, "2027", "2027-07-14", overrides=[by_anna]) == ["blurred"]
    assert calendar.look(HOUR, "2027", "2027-07-14") == ["refined"]


def test_the_silence_of_the_exact_source_waits_as_a_loss():
    """If the database does not list the film any more, the day goes after twice the wait."""
    calendar = Calendar("2027", "2027-12-31")

    assert calendar.look(HOUR, "2027", None) == []
    assert calendar.wait == 2 * LONGEST
    assert calendar.look(2 * LONGEST, "2027", None) == ["blurred"]


@pytest.mark.parametrize("machine", [True, False])
def test_silence_takes_back_no_exact_day_that_came_out(machine):
    """A list of what is coming drops the film after its day, and our year does not return."""
    calendar = Calendar("2026", "2026-11-24", database=Source("db", machine=machine))
    calendar.look(2 * DAY, "2026", "2026-11-24")
    for _ in range(60):
        assert calendar.look(DAY, "2026", None) == []

    assert calendar.story == ["2026", "2026-11-24"]
    assert calendar.edition.pending == {}
    assert calendar.look(DAY, "2026-Q4", None) == []  # which agrees with it


def test_silence_outside_of_what_the_exact_source_covers_says_nothing():
    """It lists but the next year, and the day of ours is none of it."""
    covering = Source("db", machine=True, covers=Coverage.parse("2027/.."))
    calendar = Calendar("2026", "2026-12-18", database=covering)

    for _ in range(20):
        assert calendar.look(DAY, "2026", None) == []


@pytest.mark.parametrize(("day", "kinds"), [("2026-12-20", ["blurred"]), ("2026-11-20", [])])
def test_a_source_that_is_taken_out_of_the_settings_takes_its_day_along(day, kinds):
    """Somebody has decided that; but what came out came out."""
    calendar = Calendar("2026", day, database=Source("db"))

    assert calendar.look(DAY, "2026", None, read=["own"]) == kinds


# ── whatever they say ────────────────────────────────────────────────────────────────


dates = st.sampled_from(
    ["", "2027", "2027-Q3", "2027-summer", "2026-winter", "2027-07", "2027-07-14", "2027-07-15"]
)
days_of_announcement = st.sampled_from([None, date(2026, 1, 1), date(2026, 6, 1)])
revisions = st.builds(
    lambda day, as_of, certainty: revision(day, as_of=as_of, certainty=certainty),
    dates,
    days_of_announcement,
    st.sampled_from([Certainty.CONFIRMED, Certainty.CONFIRMED, Certainty.TENTATIVE]),
)
accounts = st.lists(
    st.lists(revisions, min_size=1, max_size=3).map(lambda history: account(*history)),
    min_size=1,
    max_size=4,
)


@given(accounts)
def test_any_accounts_come_to_an_agreement(told):
    """The date is the first source's or within it, and a conflict contradicts what stands."""
    found, catalogue = merged(*told)
    (first,) = told[0].releases
    whens = [each.releases[0].current for each in told]

    published = found.current
    assert published.statement in {each.statement for each in whens}
    if published.statement != first.current.statement:
        assert first.current.when.contains(published.when)
        assert found.refined[0].statement == first.current.statement
    chain = (*found.refined, published)
    assert all(coarse.when.contains(exact.when) for coarse, exact in itertools.pairwise(chain))
    assert {each.statement for each in found.contested} <= {each.statement for each in whens}
    assert published.statement not in {each.statement for each in found.contested}
    again = merge([Reading((catalogue.films["film"],))]).films["film"].releases
    assert again[0].history == found.history
