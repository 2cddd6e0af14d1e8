"""A small site with chance in it, and its export."""

import random

import pytest

from support.clock import Clock
from support.exporting import Catalogue, publisher_of


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def catalogue(tmp_path):
    """Return a catalogue of 20 films, written to a file."""
    made = Catalogue(random.Random(7), 20)
    made.write(tmp_path / "films.json")
    return made


@pytest.fixture
def publisher(tmp_path, catalogue, clock):
    assert catalogue.films
    made = publisher_of(tmp_path / "state", tmp_path / "films.json", clock)
    made.refresh()
    yield made
    made.store.close()
