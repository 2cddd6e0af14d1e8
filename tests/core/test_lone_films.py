"""Lone films: those that need no comparison."""

import pytest

from releasecal.core.film_storage import FilmsInMemory
from releasecal.core.films_on_record import NONE, FilmsOnRecord
from releasecal.core.lone_films import Repeats, lone_films
from support.build import film

DUNE = film("dune", refs=(("tmdb", "438631"),))
HEAT = film("heat", refs=(("tmdb", "949"),))


def lone(told, published):
    kept = [FilmsInMemory({each.id: each for each in films}) for films in told]
    return lone_films(kept, published)


def on_record(*films):
    return FilmsOnRecord({each.id: each for each in films})


def test_films_of_one_source_are_lone():
    """So are all films that nothing else tells of."""
    assert lone([[DUNE, HEAT]], NONE) == {"dune", "heat"}


@pytest.mark.parametrize(
    "other",
    [
        film("dune"),
        film("dune-1", refs=DUNE.refs),
        film("dune-1", other_ids=("dune",)),
    ],
    ids=["its id", "its id elsewhere", "its id as a former one"],
)
def test_an_id_that_another_account_has_needs_a_comparison(other):
    """Whether in another source or in the same one."""
    assert lone([[DUNE, HEAT], [other]], NONE) == {"heat"}
    if other.id != "dune":
        assert lone([[DUNE, HEAT, other]], NONE) == {"heat"}


def test_a_film_that_had_another_id_needs_a_comparison():
    """It had that in its source, or it is on record with it."""
    assert lone([[film("dune", other_ids=("d",)), HEAT]], NONE) == {"heat"}
    known = on_record(film("dune", other_ids=("d",)), HEAT)
    assert lone([[DUNE, HEAT]], known) == {"heat"}


def test_a_new_film_may_be_one_that_nobody_tells_of_any_more():
    """It is lone where all films on record are told of."""
    assert lone([[DUNE, HEAT]], on_record(HEAT)) == {"dune", "heat"}
    assert lone([[DUNE, HEAT]], on_record(HEAT, film("gone"))) == {"heat"}


def test_keys_that_were_added_twice_repeat():
    """Those that were added once do not."""
    repeats = Repeats()
    repeats.add(["a", ("tmdb", "1")])
    repeats.add(["b", "a"])

    assert repeats.has_any()
    assert repeats.has_any(["c", "a"])
    assert not repeats.has_any(["b", ("tmdb", "1")])
