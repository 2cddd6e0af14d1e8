"""Namesakes: films of one title are told apart, whatever they have that differs."""

import pytest

from releasecal.core.namesakes import distinctions
from support.build import film, only, opening, publish, release


def dune(id_, when="", **facts):
    return film(id_, *([release(id_, when)] if when else []), title="Dune", **facts)


@pytest.mark.parametrize(
    ("films", "expected"),
    [
        ([dune("dune", "2021-10-22"), dune("dune-1984", "2021-10-22")], ["2021", "1984"]),
        ([dune("dune", "2021"), dune("dune-again", "2027-03-05")], ["2021", "2027"]),
        (
            [
                dune("dune", "2027-03-05", distributor="Warner"),
                dune("dune-b", "2027-03-05", distributor="Arrow"),
            ],
            ["Warner", "Arrow"],
        ),
        ([dune("dune", "2027-03-05"), dune("dune-b", "2027-03-05")], ["dune", "dune-b"]),
        ([dune("dune"), dune("dune-b", distributor="Arrow")], ["dune", "Arrow"]),
        ([dune("dune", "2027"), opening("2027", id_="dune-2", title="DUNE")], ["dune", "dune-2"]),
        ([dune("dune", "2027-03-05"), opening("2027-03-05", id_="other")], []),
    ],
)
def test_namesakes_are_told_apart(films, expected):
    """By year, then distributor, then id: the first that no namesake has."""
    told = distinctions(films)

    assert [told[film.id] for film in films if film.id in told] == expected


def test_a_film_without_namesakes_any_more_needs_no_distinction():
    """It goes with the other film's title."""
    before = publish(dune("dune", "2027-03-05"), dune("dune-1984", "2027-03-05"))
    after = publish(dune("dune", "2027-03-05"), before=before)

    assert [entry.facts.distinction for entry in before.entries.values()] == ["2027", "1984"]
    assert after.entries[only(publish(dune("dune", "2027-03-05"))).key].facts.distinction == ""
