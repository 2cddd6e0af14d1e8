"""Films put aside: they come back as they were, in whichever order."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal import sources
from releasecal.store import films_on_disk
from releasecal.store.films_on_disk import FilmsAside
from releasecal.store.prepared_rows import Scratch
from support.build import film, opening
from support.paths import SAMPLES


@pytest.fixture(autouse=True)
def _all_aside(monkeypatch):
    monkeypatch.setattr(films_on_disk, "IN_MEMORY", 0)


@pytest.fixture
def aside():
    with closing(Scratch()) as scratch:
        yield FilmsAside(scratch)


def test_every_field_comes_back(aside):
    """A film with all that a data file can say of it is equal to itself afterwards."""
    told = sources.read_one(str(SAMPLES / "every_field.yaml"), sources.no_progress).reading.films

    aside.update({each.id: each for each in told})

    assert tuple(aside.all) == tuple(told)
    assert repr([*aside.all]) == repr([*told])  # of the same types


@given(
    steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "drop", "sort"]))),
    in_memory=st.integers(0, 4),
)
def test_a_room_is_a_mapping(steps, in_memory):
    """However many films are in memory, it has what a dict would have, in the same order."""
    known = {}
    with closing(Scratch()) as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(films_on_disk, "IN_MEMORY", in_memory)
        room = FilmsAside(scratch)
        for number, (id_, step) in enumerate(steps):
            if step == "put":
                known[id_] = room[id_] = film(id_, title=f"{number}")
            elif step == "drop" and id_ in known:
                del known[id_], room[id_]
            elif step == "sort":
                known = dict(sorted(known.items()))
                room.sort()
            assert list(room.items()) == list(known.items())
            assert len(room) == len(known)
            assert ("a" in room) == ("a" in known)


def test_films_put_aside_take_no_memory(aside):
    """Nothing holds a film that was put aside: each look-up makes it anew."""
    aside["dune"] = opening("2027-07-14", id_="dune")

    assert aside["dune"] == aside["dune"]
    assert aside["dune"] is not aside["dune"]


@pytest.mark.parametrize("in_memory", [0, 1, 5])
@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_films_of_another_room_are_taken_as_they_are(monkeypatch, in_memory, is_elsewhere):
    """Wherever it has them, and whatever becomes of them there; only those with the ids are."""
    monkeypatch.setattr(films_on_disk, "IN_MEMORY", in_memory)
    told = {id_: film(id_, refs=(("tmdb", id_),)) for id_ in "cab"}
    with closing(Scratch()) as scratch, closing(Scratch()) as elsewhere:
        other = FilmsAside(elsewhere if is_elsewhere else scratch)
        other.update(told)
        room = FilmsAside(scratch)
        room["d"] = film("d")

        room.take(other, {"a", "c", "e"})
        other["a"] = film("a", title="Another")
        del other["c"]

        assert list(room.items()) == [("d", film("d")), ("c", told["c"]), ("a", told["a"])]


@pytest.mark.parametrize("in_memory", [0, 1, 5])
def test_ids_come_without_the_films(monkeypatch, in_memory):
    """They are those of the films, in the same order."""
    monkeypatch.setattr(films_on_disk, "IN_MEMORY", in_memory)
    told = [film("b", other_ids=("x", "y")), film("a", refs=(("imdb", "tt1"), ("tmdb", "1")))]
    with closing(Scratch()) as scratch:
        room = FilmsAside(scratch)
        room.update({each.id: each for each in told})

        found = [(each.id, each.other_ids, each.refs) for each in room.identified]

        assert found == [(each.id, each.other_ids, each.refs) for each in told]
