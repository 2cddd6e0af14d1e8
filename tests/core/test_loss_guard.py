"""The brake: what would go at once is held until a person lets it through."""

from dataclasses import replace

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.editions import NOTHING
from releasecal.core.loss_guard import losses
from releasecal.core.models import Status
from releasecal.core.revise import revise
from support.build import DAY, NOW, POLICY, film, opening, revision

TODAY = NOW.date()


def edition_of(*films, before=NOTHING, address="data", now=NOW):
    catalogue = merge([Reading(tuple(films), address=address)])
    return revise(before, catalogue, now=now, policy=POLICY)[0]


def many(count, when="2027-07-14", **facts):
    return [opening(revision(when, **facts), id_=f"film-{i:02}") for i in range(count)]


def held(before, *films, addresses=("data",)):
    after = edition_of(*films, before=before, now=NOW + DAY)
    return losses(before, after, addresses, TODAY)


def test_a_source_that_had_films_and_has_none():
    """One film or a thousand: none is too few."""
    before = edition_of(opening("2027-07-14"))

    assert held(before) == ("data told of 1 films and tells of none now",)


@pytest.mark.parametrize(
    ("had", "gone", "is_held"), [(10, 4, False), (10, 5, True), (25, 5, False), (25, 6, True)]
)
@pytest.mark.parametrize("how", ["withdrawn", "undated"])
def test_a_fifth_and_five(had, gone, is_held, how):
    """More than a fifth of what is to come, and at least five."""
    before = edition_of(*many(had))
    left = many(had)[gone:]
    lost = many(had, when="")[:gone] if how == "undated" else []

    reasons = held(before, *left, *lost)

    assert bool(reasons) == is_held
    if is_held:
        assert reasons[0].startswith(
            f"data no longer dates {gone} of its {had} upcoming releases ("
        )


def test_the_past_may_go():
    """Films that have opened are no loss to a calendar."""
    before = edition_of(*many(10, when="2020-01-01"), film("other"))

    assert held(before, film("other")) == ()


def test_a_cancellation_is_no_loss():
    """A studio may cancel all it has; the source says so."""
    before = edition_of(*many(10))

    assert held(before, *many(10, status=Status.CANCELLED)) == ()


@pytest.mark.parametrize("when", ["2027-07", "2027-Q3", "2027"])
def test_a_coarser_date_is_no_loss(when):
    """What becomes a month or a year still has a date, as the README says."""
    before = edition_of(*many(10))

    assert held(before, *many(10, when=when)) == ()


def test_a_source_that_is_not_read_any_more():
    """Taking a source out of the settings is a decision."""
    before = edition_of(*many(10))

    assert held(before, addresses=("elsewhere",)) == ()


def test_what_went_before_is_not_lost_again():
    """After a loss was accepted, the next refresh is free."""
    before = edition_of(*many(10), film("other"))
    after = edition_of(film("other"), before=before, now=NOW + DAY)

    assert losses(after, replace(after), ("data",), TODAY) == ()
