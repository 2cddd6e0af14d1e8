"""The loss guard: a large loss or change at once is held until a person lets it through."""

from dataclasses import replace

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import NOTHING
from releasecal.core.loss_guard import losses
from releasecal.core.models import ReleaseKind, Source, Status, Window
from releasecal.core.revise import revise
from support.build import DAY, NOW, POLICY, film, opening, release, revision

TODAY = NOW.date()
TMDB = Source("tmdb", machine=True)


def edition_of(*films, before=NOTHING, address="data", now=NOW, sources=()):
    catalogue = merge([Reading(tuple(films), tuple(sources), address=address)])
    return revise(before, catalogue, now=now, policy=POLICY)[0]


def many(count, when="2027-07-14", **facts):
    return [opening(revision(when, **facts), id_=f"film-{i:02}") for i in range(count)]


def held(before, *films, addresses=("data",)):
    after = edition_of(*films, before=before, now=NOW + DAY)
    return tuple(map(str, losses(before, after, addresses, TODAY)))


def test_a_source_that_loses_all_its_films_is_held():
    """One film or a thousand: none is too few."""
    before = edition_of(opening("2027-07-14"))

    assert held(before) == ("data told of 1 film and tells of none now",)


@pytest.mark.parametrize(
    ("had", "gone", "is_held"),
    [
        (2, 1, False),
        (3, 2, True),
        (4, 1, False),
        (4, 2, True),
        (8, 3, False),
        (8, 4, True),
        (10, 4, False),
        (10, 5, True),
        (25, 4, False),
        (25, 5, True),
        (26, 5, False),
        (26, 6, True),
    ],
)
@pytest.mark.parametrize("how", ["withdrawn", "undated"])
def test_a_half_and_two_or_a_fifth_and_five_are_held(had, gone, is_held, how):
    """Half of what is to come and at least two, or a fifth of it and at least five."""
    before = edition_of(*many(had))
    left = many(had)[gone:]
    lost = many(had, when="")[:gone] if how == "undated" else []

    reasons = held(before, *left, *lost)

    assert bool(reasons) == is_held
    if is_held:
        assert reasons[0].startswith(
            f"data no longer dates {gone} of its {had} upcoming releases ("
        )


def test_all_that_is_to_come_is_held_however_few():
    """A source that has only its past left has lost its one coming film."""
    past = many(10, when="2020-01-02")
    before = edition_of(*past, opening("2027-07-14"))

    (reason,) = held(before, *past)

    assert reason == "data no longer dates its only upcoming release (film.theatrical.us, …)"


def test_one_film_that_loses_its_date_by_an_announcement_is_no_loss():
    """A file of one film may say that its date is gone; that it is silent is held."""
    before = edition_of(opening("2027-07-14"), film("other"))

    assert held(before, opening(""), film("other")) == ()
    assert held(before, film("other")) != ()


def test_a_source_answers_for_its_own_releases_alone():
    """Those of another source of the same films neither hide its loss nor count as one."""

    def edition(own, listed, before=NOTHING, now=NOW):
        ids = [f"film-{number:02}" for number in range(10)]
        german = [film(id_, release(id_, "2027-08-01", region="DE")) for id_ in ids[:listed]]
        told = [
            Reading(tuple(many(10)[:own]), address="own"),
            Reading(tuple(german), address="list"),
        ]
        return revise(before, merge(told), now=now, policy=POLICY)[0]

    def lost(before, after):
        found = losses(before, after, ("own", "list"), TODAY)
        return {loss.source: str(loss) for loss in found}

    before = edition(10, 4)
    few = edition(10, 2, before, NOW + DAY)
    fewer = edition(4, 4, before, NOW + DAY)

    assert lost(before, few) == {
        "list": (
            "list no longer dates 2 of its 4 upcoming releases "
            "(film-02.theatrical.de, film-03.theatrical.de, …)"
        )
    }
    assert lost(before, fewer).keys() == {"own"}


def test_past_releases_are_no_loss():
    """Films that have opened are no loss to a calendar."""
    before = edition_of(*many(10, when="2020-01-02"), film("other"))

    assert held(before, film("other")) == ()


def test_a_list_that_is_empty_because_all_came_out_is_no_loss():
    """What lists only what is coming has nothing to tell for a while."""
    before = edition_of(*many(10, when="2020-01-02"))

    assert held(before) == ()


def test_a_cancellation_is_no_loss():
    """A studio may cancel all it has; the source says so."""
    before = edition_of(*many(10))

    assert held(before, *many(10, status=Status.CANCELLED)) == ()


@pytest.mark.parametrize("when", ["2027-07", "2027-Q3", "2027"])
def test_a_coarser_date_is_no_loss(when):
    """What becomes a month or a year still has a date, as the README says."""
    before = edition_of(*many(10))

    assert held(before, *many(10, when=when)) == ()


def test_a_derived_date_that_goes_with_its_opening_is_one_loss():
    """An opening that loses its date takes its streaming date along, which nobody announced."""
    window = Window(ReleaseKind.STREAMING, days=45)
    before = edition_of(replace(opening("2027-07-14"), windows=(window,)), opening("2027", id_="b"))
    undated = replace(opening(""), windows=(window,))

    assert len(before.entries) == 3
    assert held(before, undated, opening("2027", id_="b")) == ()


def test_a_source_taken_out_of_the_settings_is_no_loss():
    """Taking a source out of the settings is a decision."""
    before = edition_of(*many(10))

    assert held(before, addresses=("elsewhere",)) == ()


def test_a_loss_counts_once():
    """After a loss was accepted, the next refresh is free."""
    before = edition_of(*many(10), film("other"))
    after = edition_of(film("other"), before=before, now=NOW + DAY)

    assert losses(after, replace(after), ("data",), TODAY) == ()


# ── machines ─────────────────────────────────────────────────────────────────────────


def exported(count, when="2027-07-14", *, title="", region="US", start=0):
    """Return the films of a machine, each dated a day after the one before."""
    first = revision(when).when.first
    return [
        film(
            f"film-{i:02}",
            release(
                f"film-{i:02}",
                revision(str(first + i * DAY), source="tmdb"),
                region=region,
            ),
            title=f"{title}{i}" if title else "",
            source="tmdb",
        )
        for i in range(start, start + count)
    ]


class Machine:
    """Follows the editions of one machine, held or not, under a made-up clock."""

    def __init__(self, *films):
        self.now = NOW
        self.edition = edition_of(*films, sources=[TMDB])

    def look(self, *films, after=DAY):
        """Return why the next edition is held; one that is not is published."""
        self.now += after
        following = edition_of(*films, before=self.edition, now=self.now, sources=[TMDB])
        found = losses(self.edition, following, ("data",), self.now.date())
        reasons = tuple(map(str, found))
        if not reasons:
            self.edition = following
        return reasons

    def lasts(self, *films, days=60):
        """Look every day; return the first reason for which one is held."""
        found = (self.look(*films) for _ in range(days))
        return next((reasons for reasons in found if reasons), ())


@pytest.mark.parametrize("count", [1, 2, 4, 8, 30])
def test_a_machine_that_is_emptied_loses_nothing_film_by_film(count):
    """Losses settle at different times; those that are pending are counted with the first."""
    machine = Machine(*exported(count))
    up = len(machine.edition.entries)

    reasons = machine.lasts()

    assert len(reasons) == 1
    assert "data " in reasons[0]
    over = [e for e in machine.edition.entries.values() if e.current.status.is_over]
    assert (len(machine.edition.entries), over) == (up, [])


def test_a_machine_that_shifts_a_fifth_of_its_days_is_held():
    """An export in another time zone moves every film by one day."""
    machine = Machine(*exported(20))

    (reason,) = machine.lasts(*exported(5, "2027-07-15"), *exported(15, start=5))

    assert reason.startswith("tmdb moves by +1 day 5 of its 20 upcoming releases (")


@pytest.mark.parametrize(("moved", "of"), [(4, 10), (5, 26)])
def test_fewer_days_that_shift_alike_are_published(moved, of):
    """Less than five, or less than a fifth."""
    machine = Machine(*exported(of))

    told = [*exported(moved, "2027-07-15"), *exported(of - moved, start=moved)]

    assert machine.lasts(*told) == ()
    assert str(machine.edition.entries[told[0].releases[0].key].current.when) == "2027-07-15"


def test_days_that_shift_alike_at_different_looks_are_published():
    """Five films corrected by a day each, one a day, are five corrections."""
    machine = Machine(*exported(20))
    found = [
        machine.look(*exported(count, "2027-07-15"), *exported(20 - count, start=count))
        for count in range(1, 6)
    ]

    assert not any(found)
    assert machine.lasts(*exported(5, "2027-07-15"), *exported(15, start=5)) == ()


def test_days_that_move_by_different_lengths_are_published():
    """A strike moves everything, but not by one and the same number of days."""
    told = [
        opening(revision(f"2028-0{1 + i}-1{i}", source="tmdb"), id_=f"film-{i:02}")
        for i in range(8)
    ]

    assert Machine(*exported(8)).lasts(*told) == ()


def test_a_machine_that_makes_its_days_coarse_is_held():
    """A fifth of all days that become months or years at once are a fault of the export."""
    coarse = [opening(revision("2027", source="tmdb"), id_=f"film-{i:02}") for i in range(5)]

    (reason,) = Machine(*exported(20)).lasts(*coarse, *exported(15, start=5))

    assert reason.startswith("tmdb takes the day from 5 of its 20 upcoming releases (")


def test_a_machine_that_moves_its_days_to_a_1_january_is_held():
    """Such a day, though in two regions, is more often a year that was filled up."""

    def told(count, when=None):
        found = [exported(count, region=region) for region in ("GB", "US")]
        both = [
            replace(one, releases=(*one.releases, *other.releases))
            for one, other in zip(*found, strict=True)
        ]
        if when is None:
            return both
        january = revision(when, source="tmdb")
        return [
            replace(each, releases=tuple(replace(r, history=(january,)) for r in each.releases))
            for each in both
        ]

    reasons = Machine(*told(6)).lasts(*told(6, "2028-01-01"))

    assert any(reason.startswith("tmdb moves to a 1 January 12 of its 12") for reason in reasons)


def test_titles_that_change_places_are_held():
    """A list sorted in another way than its ids gives films the titles of others."""
    machine = Machine(*exported(10, title="Film "))
    films = exported(10, title="Film ")
    turned = [
        replace(each, title=films[(i + 1) % 3].title if i < 3 else each.title)
        for i, each in enumerate(films)
    ]

    (reason,) = machine.lasts(*turned)

    assert reason == "tmdb gives 3 films titles of others (film-00, film-01, film-02, …)"


def test_new_titles_are_published():
    """Three films may be retitled in one week."""
    films = exported(10, title="Film ")

    machine = Machine(*films)

    assert machine.lasts(*[replace(each, title=f"{each.title}!") for each in films]) == ()
    assert machine.edition.films["film-00"].title == "Film 0!"


def test_equal_moves_by_a_person_are_published():
    """What a person writes is meant."""
    before = edition_of(*many(20))

    assert held(before, *many(20, when="2027-07-15")) == ()


def test_a_loss_that_was_accepted_is_not_held_again():
    """What else is pending of the same change is published when it is due."""
    machine = Machine(*exported(20))
    shifted = exported(20, "2027-07-15")
    assert machine.lasts(*shifted)
    pending = {key: replace(each, accepted=True) for key, each in machine.edition.pending.items()}
    machine.edition = replace(machine.edition, pending=pending)

    assert machine.lasts(*shifted) == ()
    assert str(machine.edition.entries[shifted[19].releases[0].key].current.when) == "2027-08-03"


def test_a_part_has_a_reason_wherever_the_whole_has_one():
    """An increment that sees less is held more readily, and then everything is read."""
    before = edition_of(*many(40))
    after = edition_of(*many(40)[9:], before=before, now=NOW + DAY)
    gone = [f"film-{i:02}" for i in range(9)]

    def part(edition):
        entries = {key: entry for key, entry in edition.entries.items() if key.film in gone}
        films = {id_: each for id_, each in edition.films.items() if id_ in gone}
        return replace(edition, entries=entries, films=films)

    assert losses(before, after, ("data",), TODAY)
    assert losses(part(before), part(after), ("data",), TODAY, is_part=True)


# ── 1 January ────────────────────────────────────────────────────────────────────────


def shown(*films, sources=(TMDB,)):
    edition = edition_of(*films, sources=sources)
    return {str(key): str(entry.current.when) for key, entry in edition.entries.items()}


def test_a_1_january_from_a_machine_is_its_year():
    """Where only the year is known, databases have their contributors enter 1 January."""
    assert shown(opening(revision("2028-01-01", source="tmdb"))) == {"film.theatrical.us": "2028"}


def test_a_1_january_from_a_person_is_a_day():
    """A person who writes a day means it."""
    assert shown(opening("2028-01-01")) == {"film.theatrical.us": "2028-01-01"}


def test_a_1_january_that_another_region_has_is_a_day():
    """Two regions that agree are no accident."""
    told = [
        release("film", revision("2028-01-01", source="tmdb"), region=region)
        for region in ("GB", "US")
    ]

    assert set(shown(film("film", *told)).values()) == {"2028-01-01"}


def test_a_1_january_that_another_source_has_is_a_day():
    """A second source that says so is a witness, wherever it stands in precedence."""
    catalogue = merge(
        [
            Reading((opening(revision("2028-01-01", source="tmdb")),), (TMDB,)),
            Reading((opening("2028-01-01"),)),
        ]
    )

    (only,) = catalogue.films["film"].releases
    assert str(only.current.when) == "2028-01-01"


def test_a_year_that_becomes_a_placeholder_is_no_news():
    """A history of a year and its 1 January says the same once."""
    told = opening(revision("2028", source="tmdb"), revision("2028-01-01", source="tmdb"))

    catalogue = merge([Reading((told,), (TMDB,))])

    (only,) = catalogue.films["film"].releases
    assert [str(each.when) for each in only.history] == ["2028"]
