"""The published edition in parts: what is told again is not read again."""

import pytest
from sqlalchemy import text

from releasecal.core.editions import NOTHING
from releasecal.core.value_classes import replace
from releasecal.store import Inputs, codec, lease, write
from releasecal.store.reading_in_parts import PublishedEdition
from support.build import NOW, catalogue, opening, publish, release

FILM = catalogue(opening("2027-07-14", id_="seven", title="Seven")).films["seven"]


def put(store, *films):
    assert lease.acquire(store, "me", now=NOW)
    write.save(store, publish(*films), NOTHING, (), inputs=Inputs("digest"), holder="me")
    lease.release(store, "me")


def part(store, *told):
    """Return the film on record, with *told* at hand."""
    films, _ = PublishedEdition(store).part(["seven"], {film.id: film for film in told})
    return films["seven"]


def test_a_film_that_is_told_again_is_not_decoded(store, monkeypatch):
    """Its text is enough."""
    put(store, FILM)
    again = replace(FILM)
    monkeypatch.setattr(codec, "FILM", NoDecoder())

    assert part(store, again) is again
    assert PublishedEdition(store).films.has(again)


class NoDecoder:
    """An adapter of films that cannot read them."""

    to_json = staticmethod(codec.FILM.to_json)


def test_a_film_in_other_words_is_the_same(store):
    """Older code may have left other fields out."""
    put(store, FILM)
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE films SET data = replace(data, '\"title\"', ' \"title\"')"))

    assert part(store, FILM) is FILM
    assert PublishedEdition(store).films.has(FILM)


@pytest.mark.parametrize("told", [(), (replace(FILM, runtime=90),)], ids=["untold", "other"])
def test_any_other_film_is_that_on_record(store, told):
    """Another one that is told now, or none."""
    put(store, FILM)

    assert part(store, *told) == FILM
    assert not any(map(PublishedEdition(store).films.has, told))


def test_a_film_with_repeats_has_all_of_them(store):
    """What is told alone is not what is on record, if a repeat is no longer listed."""
    evening = release("seven", "2027-08-01", number=2, label="Evening")
    put(store, replace(FILM, releases=(*FILM.releases, evening)))

    assert not PublishedEdition(store).films.has(FILM)
